"""Claims and networks with numbers of any size get verdicts and reports, never an error of the arithmetic."""

import random
from decimal import Decimal

import pytest

from backproof import check
from backproof.errors import BackproofError
from backproof.evaluation import evaluate
from backproof.expression import Call, Div, Number
from backproof.render import render
from backproof.reports.marking import marking
from backproof.rounding import differs_in_last_digit
from backproof.worksheet import loads

PRINTED = [
    "1e-320", "0e-320", "0.55e-10", "0", "0.0", "-0", "1e300", "-1e308", "1e-300", "0.0000000001", "0.50", "0e300",
    "123456789012345678901234567890", "1.7976931348623157e308", "-0.00122", "0." + "1" * 300,
]  # fmt: skip
NUMBERS = ["0", "1", "100", "1e300", "-1e300", "1e-300", "1e154", "5e-324", "1e-160", "0.5", "-3"]
ACTIVATIONS = ["identity", "sigmoid", "relu", "tanh", "softplus", "silu", "exponential", "elu"]
COSTS = ["half_squared_error", "binary_cross_entropy", "absolute_error", "poisson", "huber"]
NAMES = ["w1", "w3", "b", "new w1", "step w2", "E", "a[o]", "h[h]", "dE/dh[o]", "delta[h]", "dE/dw1", "dE/da[o]"]
PRODUCTS = ["eta*dE/dw1", "delta[o]*w3", "dE/da[o]*da/dh[o]", "-eta*dE/dw3", "delta[o]*a[h]*w1", "w1*a[x]"]


def sheet(draw: random.Random, printed: list[str], numbers: list[str]) -> str:
    """A worksheet of two inputs, a hidden unit and an output, with a few claims."""
    number = iter(lambda: draw.choice(numbers), None)
    chosen = draw.sample([*NAMES, *PRODUCTS], draw.randint(2, 6))
    claims = "".join(f'[[claims]]\nof = "{name}"\nvalue = "{draw.choice(printed)}"\n' for name in chosen)
    return f"""
[network]
units = [["x", "z"], ["h"], ["o"]]
activations = ["{draw.choice(ACTIVATIONS)}", "{draw.choice(ACTIVATIONS)}"]
cost = "{draw.choice(COSTS)}"
weights = [
  {{name = "w1", from = "x", to = "h", value = {next(number)}}},
  {{name = "w2", from = "z", to = "h", value = {next(number)}}},
  {{name = "w3", from = "h", to = "o", value = {next(number)}}},
]
biases = [{{name = "b", to = "o", value = {next(number)}}}]
[data]
inputs = [[{next(number)}, {next(number)}]]
targets = [[{next(number)}]]
[training]
learning_rate = {draw.choice(["0.5", "0", "1e300", "1e-300"])}
{claims}"""


@pytest.mark.parametrize("seed", range(10))
def test_claims_of_any_size_are_judged_and_reported(seed):
    draw = random.Random(seed)
    zeros, ordinary = ["0", "0.0", "-0"], ["0.1", "1", "100", "-100", "0", "800"]
    for turn in range(50):
        written = sheet(draw, *((zeros, ordinary) if turn % 3 == 0 else (PRINTED, NUMBERS)))
        try:
            found = check(loads(written))
        except BackproofError:
            continue
        found.to_json()
        assert render(marking(found), "text")


@pytest.mark.parametrize(
    ("printed", "truth", "differs"),
    [
        ("0.280", 0.27868, True),
        ("0.278", 0.27868, True),
        ("0.279", 0.27868, False),
        ("0.281", 0.27868, False),
        ("1e-320", 0.5, False),
        ("0e-320", 1e300, False),
        ("0.55e-10", 1e300, False),
        ("1.7976931348623157e308", 1.7976931348623157e308, False),
        ("1.7976931348623156e308", 1.7976931348623157e308, True),
        ("10", float("inf"), False),
        ("10", float("nan"), False),
        ("0." + "3" * 900, 1 / 3, False),
    ],
)
def test_a_last_digit_is_compared_at_any_size(printed, truth, differs):
    assert differs_in_last_digit(printed, truth) is differs


def test_a_last_digit_is_compared_as_whole_numbers_of_units():
    draw = random.Random(0)
    for _ in range(2000):
        truth, places = draw.uniform(-2, 2), draw.randint(1, 6)
        printed = Decimal(round(truth * 10**places) + draw.randint(-3, 3)).scaleb(-places)
        apart = abs(round(Decimal(repr(truth)), places) - printed)
        assert differs_in_last_digit(str(printed), truth) is (apart == Decimal(1).scaleb(-places))


def test_a_formula_of_plain_numbers_divides_by_0_as_floats_do():
    assert evaluate(Div(Number(1), Number(0))) == float("inf")
    assert evaluate(Div(Number(-1), Call("exp", (Number(-1000),)))) == float("-inf")
    assert evaluate(Div(Number(0), Number(0))) != 0

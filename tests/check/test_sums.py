"""Slips in weighted sums and in the cost: what is exchanged, multiplied or taken to another base; and equal names."""

import math
from itertools import permutations

import numpy as np
import pytest

import sheets
from backproof.checking.claims import check
from backproof.worksheet import loads
from sheets import Planted


def other_bias(p, m, j):
    return p.sum(m, j) + p.b(m, (j + 1) % p.sizes[m]) if p.sizes[m] > 1 else None


def exchanged_weights(p, m, j):
    weights = [p.W(m, i, j) for i in range(p.sizes[m - 1])]
    weights[:2] = weights[1::-1]
    return sum(p("a", m - 1, i) * weight for i, weight in enumerate(weights)) + p.b(m, j)


def products_multiplied(p, m, j):
    return math.prod(p("a", m - 1, i) * p.W(m, i, j) for i in range(p.sizes[m - 1])) + p.b(m, j)


@pytest.mark.parametrize(
    ("id", "work"),
    [("wrong_index", other_bias), ("wrong_index", exchanged_weights), ("product_for_sum", products_multiplied)],
)
def test_a_slip_in_a_weighted_sum_is_named_and_nothing_right_accused(id, work, monkeypatch):
    monkeypatch.setattr(sheets, "SLIPS", [Planted((id,), "h", work)])
    named = wrong = 0
    for seed in range(15):
        sheet = sheets.random_sheet(np.random.default_rng(seed), whole=True, digits=5)
        for claim, expected in zip(check(sheet.worksheet).claims, sheet.expected, strict=True):
            if expected.verdict == "right":
                assert claim.verdict in ("right", "rounded")
            if expected.verdict == "wrong" and expected.ids:
                wrong += 1
                named += bool(claim.mistakes) and claim.mistakes[0].id == id
    assert wrong >= 15
    assert named >= 0.85 * wrong


SHEET = """
[network]
units = [["x"], ["h"], ["o", "p"]]
activations = ["tanh", "{activation}"]
cost = "{cost}"
weights = [
  {{name = "{one}", from = "x", to = "h", value = 0.6}},
  {{name = "{two}", from = "h", to = "o", value = 0.7}},
  {{name = "{three}", from = "h", to = "p", value = -0.4}},
]
biases = [{{name = "{four}", to = "h", value = 0.3}}]
[data]
inputs = [[0.8], [0.3]]
targets = [[0, 1], [1, 0]]
[training]
learning_rate = 0.5
"""


def write_sheet(names="wvub", activation="sigmoid", cost="half_squared_error"):
    one, two, three, four = names
    return SHEET.format(activation=activation, cost=cost, one=one, two=two, three=three, four=four)


@pytest.mark.parametrize(("activation", "cost"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")])
def test_a_cost_with_the_decimal_logarithm_is_named(activation, cost):
    text = write_sheet(activation=activation, cost=cost)
    trace = loads(text).trace(sample=1)
    lines = [(f"a[{unit}]", trace[f"a[{unit}]"]) for unit in "op"] + [("E", trace["E"] / math.log(10))]
    claims = "".join(f'[[claims]]\nof = "{of}"\nvalue = "{value:.5f}"\nsample = 1\n' for of, value in lines)
    *right, wrong = check(loads(text + claims)).claims
    assert all(claim.verdict == "right" for claim in right)
    assert (wrong.verdict, wrong.mistakes[0].id) == ("wrong", "decimal_logarithm")


@pytest.mark.parametrize("names", list(permutations("vuhxokj", 4))[::60], ids="".join)
def test_a_parameter_may_have_the_name_of_a_unit_or_an_index(names):
    text = write_sheet(names)
    trace = loads(text).trace()
    for name in names:
        derivation = trace.explain(f"dE/d{name}")
        assert derivation.value == pytest.approx(derivation.estimate, abs=1e-7)
    values = {f"dE/d{name}": 1.7 * trace[f"dE/d{name}"] for name in names}
    claims = "".join(f'[[claims]]\nof = "{of}"\nvalue = "{value:.6f}"\n' for of, value in values.items())
    assert check(loads(text + claims)).summary["wrong"] == len(names)

"""No false alarm: true numbers, printed at two to nine digits, rounded or cut, are right."""

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from backproof.checking.claims import examine
from backproof.errors import NumberError
from backproof.rounding import agrees
from backproof.worksheet import Claim, Worksheet
from networks import names_of, sane_case

ROUNDINGS = (ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_HALF_DOWN, ROUND_DOWN)


def printed(value: float, digits: int, rounding: str) -> str:
    exact = Decimal(repr(float(value)))
    if exact == 0:
        return "0." + "0" * (digits - 1)
    place = exact.adjusted() - digits + 1
    rounded = exact.quantize(Decimal(1).scaleb(place), rounding=rounding)
    return f"{rounded:f}" if abs(place) < 15 else f"{rounded:e}"


def true_claims(case, rng, count):
    """Claims about random numbers of the first step, each printed at some digits in some rounding."""
    trace = case.trace()
    names = [each.name for each in names_of(case.network)]
    for name in rng.choice(names, size=min(count, len(names)), replace=False):
        whole = str(name).startswith(("new ", "step ")) or len(trace.numbers) == 1
        sample = None if whole else int(rng.choice(trace.numbers))
        value = trace.of_sample(sample)[str(name)]
        if np.isfinite(value):
            digits, rounding = int(rng.integers(2, 10)), ROUNDINGS[rng.integers(len(ROUNDINGS))]
            yield Claim(of=str(name), value=printed(value, digits, rounding), sample=sample)


@pytest.mark.parametrize("block", range(4))
def test_ten_thousand_true_numbers_are_right(block):
    rng = np.random.default_rng(block)
    judged = 0
    while judged < 2500:
        case = sane_case(int(rng.integers(10**9)), depth=3, width=4)
        claims = tuple(true_claims(case, rng, 60))
        sheet = Worksheet("", case.network, case.x, case.y, training=case.training, claims=claims)
        verdicts = {work.verdict for work in examine(sheet).works}
        assert verdicts <= {"right"}
        judged += len(claims)


@pytest.mark.parametrize(
    ("digits", "truth", "fits"),
    [
        ("0.279", 0.27868, True),
        ("0.278", 0.27868, True),
        ("0.277", 0.27868, False),
        ("0.280", 0.27868, False),
        ("-0.28", -0.275, True),
        ("-0.27", -0.275, True),
        ("-0.0", 0.0, True),
        ("0.00", -0.004, True),
        ("0", 1e-300, True),
        ("1", 0.5, True),
        ("1.0", 0.9999999999999999, True),
        ("0.99", 0.9999999999999999, True),
        ("1e3", 1499.0, True),
        ("1e3", 2000.0, False),
        ("1", 2.0, False),
        ("0", 1.0, False),
        ("0.4", 0.5, False),
        ("-1", -2.0, False),
        ("12e-1", 1.2, True),
        (".5", 0.5, True),
        ("5.", 5.4, True),
        ("-0.122", 0.122, False),
        ("0.1", float("nan"), False),
        ("0.1", float("inf"), False),
    ],
)
def test_printed_digits_agree_with_the_truth(digits, truth, fits):
    assert agrees(digits, truth) is fits


@pytest.mark.parametrize(
    "value", ["1e99999999999", "1e401", "-9.9e309", "1e-400", "0e-324000", "1e" + "9" * 999, "x", "1,5", "6" * 1001]
)
def test_a_claim_is_a_number_that_can_be_held_against_another(value):
    with pytest.raises(NumberError, match=r"expected a number|too large or too small"):
        Claim("E", value)

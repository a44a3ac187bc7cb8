"""Printed numbers held against the truth: one place that says whether digits on paper agree with a number.

The truth counts as an interval of 1e-12 of itself, so that the last bits of float64 decide nothing.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import isfinite

from backproof.errors import NumberError
from backproof.validate import describe

#: A number as people write it, in ASCII digits.
PRINTED = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
#: Characters of a printed number.
LONGEST = 1000
SLACK = Decimal("1e-12")
#: What float64 leaves of terms that cancel: no further from 0 than this.
NOISE = Decimal("1e-15")
#: Enough digits for every printed number and every float64.
_WIDE = Context(prec=4000)


def agrees(printed: str, truth: float) -> bool:
    """Whether the truth, rounded (ties either way) or cut towards zero at the last printed place, is what was printed.

    `agrees("-0.279", -0.27868)` is True, and so is `agrees("-0.278", -0.27868)` (cut). -0 is 0.
    """
    if not isfinite(truth):
        return False
    number, unit = Decimal(printed), last_place(printed)
    exact = Decimal(repr(float(truth)))
    slack = abs(exact) * SLACK
    if abs(number - exact) >= unit:
        return False  # a whole unit away is neither rounded nor cut
    low, high = exact - slack, exact + slack
    rounded = low <= number + unit / 2 and high >= number - unit / 2
    if number == 0:
        return rounded or (high > -unit and low < unit)
    if number > 0:
        return rounded or (high >= number and low < number + unit)
    return rounded or (low <= number and high > number - unit)


def differs_in_last_digit(printed: str, truth: float) -> bool:
    """Whether a printed number is one unit in its last place away from the truth rounded at that place.

    Decimals of every size are compared, so neither a tiny unit nor a huge truth overflows.
    """
    number, unit = Decimal(printed), last_place(printed)
    exact = Decimal(repr(float(truth)))
    if not exact.is_finite() or abs(_WIDE.subtract(exact, number)) > 2 * unit:
        return False
    nearest = exact.quantize(unit, ROUND_HALF_EVEN, _WIDE)
    return abs(_WIDE.subtract(nearest, number)) == unit


def nearly_agrees(printed: str, truth: float) -> bool:
    """Whether a printed number is the truth, but for one unit in its last place if it has two digits or more."""
    return agrees(printed, truth) or (count_digits(printed) > 1 and differs_in_last_digit(printed, truth))


def is_exactly(printed: str, truth: float) -> bool:
    """Whether a number is the printed one itself, but for float noise: then even one digit tells it."""
    if not isfinite(truth):
        return False
    number, exact = Decimal(printed), Decimal(repr(float(truth)))
    return abs(_WIDE.subtract(exact, number)) <= max(abs(exact) * SLACK, NOISE if number == 0 else 0)


def count_digits(printed: str) -> int:
    """The number of significant digits: 3 in 0.00120 and, as what is written counts, in 100; none in 0.00."""
    mantissa = printed.lower().lstrip("+-").split("e")[0].replace(".", "").lstrip("0")
    return len(mantissa)


def require_printed(printed: str) -> None:
    """Raise NumberError if a text is not a printed number, or no floating-point number is near it."""
    if len(printed) > LONGEST or not PRINTED.fullmatch(printed):
        raise NumberError(f'expected a number such as "-0.00122" or "1.5e-3", received {describe(printed)}.')
    exponent = printed.lower().partition("e")[2]
    beyond = len(exponent) > 5 or abs(int(exponent or 0)) > 400
    if beyond or not isfinite(float(printed)) or not float(last_place(printed)):
        raise NumberError(f"{describe(printed)} is too large or too small for a floating-point number.")


def last_place(printed: str) -> Decimal:
    """What one unit in the last printed place is worth: 0.001 for `-0.279`, 1e-8 for `1.23e-6`."""
    return Decimal(1).scaleb(int(Decimal(printed).as_tuple().exponent))

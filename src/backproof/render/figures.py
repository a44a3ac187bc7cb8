"""How numbers are rounded for readers: significant digits, powers of ten, simple fractions."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan

#: Denominators that people write as a fraction; 1/5 and 1/10 are easier to read as decimals.
_DENOMINATORS = (2, 3, 4, 6, 7, 8, 9, 12)


@dataclass(frozen=True)
class Figure:
    """A decimal number as it is written: sign, digits, and the power of ten, if any. `digits` may be `inf` or `nan`."""

    negative: bool
    digits: str
    exponent: int | None = None


def rounded(value: float, digits: int = 6) -> Figure:
    """A measured number at that many significant digits."""
    return _figure(f"{value:.{digits}g}", value)


def exact(value: float) -> Figure:
    """A constant of a formula, by its shortest decimal form."""
    return _figure(repr(float(value)), value)


def simple_ratio(value: float) -> tuple[int, int] | None:
    """The fraction with small numbers that this constant is exactly, such as 1/2 for 0.5; None for a whole number."""
    if not isfinite(value) or value == int(value) or abs(value) > 10:
        return None
    ratios = ((round(value * bottom), bottom) for bottom in _DENOMINATORS)
    return next(((top, bottom) for top, bottom in ratios if top and top / bottom == value), None)


def _figure(written: str, value: float) -> Figure:
    if not isfinite(value):
        return Figure(value < 0, "nan" if isnan(value) else "inf")
    mantissa, _, exponent = written.removeprefix("-").partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return Figure(value < 0, mantissa, int(exponent) if exponent else None)

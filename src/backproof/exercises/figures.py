"""How an answer is printed: plain decimals with the digits that were asked for."""

from __future__ import annotations

from decimal import Decimal

#: Nearer to 0 than this is what float64 makes of 0.
_ZERO = 1e-12
#: Smaller or larger numbers than these are written with a power of ten.
_PLAIN = (1e-9, 1e12)


def write_figure(value: float, digits: int) -> str:
    """A number with `digits` significant digits: "-0.01220"; exact ones are not filled up with zeros: "0.35"."""
    if abs(value) < _ZERO:
        return "0"
    short = f"{value:.{digits}g}"
    exact = abs(float(short) - value) <= 1e-12 * abs(value)
    written = short if exact else f"{value:.{digits - 1}e}"
    if not _PLAIN[0] <= abs(value) < _PLAIN[1]:
        return written
    return f"{Decimal(written):f}"


def digits_beside(value: float, step: float, digits: int, most: int = 12) -> int:
    """The number of digits of `value` at which the `step` that leads to it shows with two digits."""
    if not step or not value:
        return digits
    shown = Decimal(repr(value)).adjusted() - Decimal(repr(step)).adjusted() + 2
    return min(max(digits, shown), max(most, digits))

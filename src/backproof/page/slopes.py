"""Units through which little or nothing of the error gets back: their own slope g'(h) is 0, or nearly so."""

from __future__ import annotations

from collections.abc import Iterable

from backproof.drawing.readings import read_number
from backproof.names import parse_name
from backproof.quantity import Quantity
from backproof.trace import Trace

#: A unit whose slope is below this is saturated.
NEARLY_FLAT = 0.01


def find_flat_units(trace: Trace, names: Iterable[str]) -> dict[str, str]:
    """For each slope of a unit that is 0 or nearly so, what that means, by its name."""
    found = {}
    for name in names:
        quantity = parse_name(name, trace.network)
        value = read_number(trace, name) if isinstance(quantity, Quantity) and quantity.is_slope else None
        if value is not None and abs(value) < NEARLY_FLAT:
            found[name] = _explain_slope(value)
    return found


def _explain_slope(value: float) -> str:
    if value == 0:
        return "Dead here: the slope of its activation function is 0, so nothing of the error gets through this unit."
    return (
        f"Saturated: the slope of its activation function is only {value:.2g}, and the error that gets through this "
        "unit is as much smaller."
    )

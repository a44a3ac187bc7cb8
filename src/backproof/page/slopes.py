"""Units through which little or nothing of the error gets back, with the factor that did it."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

from backproof.drawing.readings import read_number
from backproof.quantity import Quantity
from backproof.trace import Trace

#: A unit whose slope is below this is saturated.
NEARLY_FLAT = 0.01
#: An error that is this much smaller than the largest one of the outputs has vanished.
VANISHED = 1e-3


def find_flat_units(trace: Trace, names: Iterable[str]) -> dict[str, str]:
    """For each slope of a unit that is 0 or nearly so, what that means, by its name."""
    found = {}
    for name in names:
        quantity = trace.read_name(name)
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


def find_vanished_errors(trace: Trace, names: Iterable[str]) -> dict[str, str]:
    """For each error of a unit that is far smaller than those of the outputs, the smallest factor behind it."""
    architecture = trace.architecture
    outputs = [read_number(trace, f"dE/dh[{unit}]") for unit in architecture.output_units]
    largest = max((abs(each) for each in outputs if each is not None and isfinite(each)), default=0.0)
    found = {}
    for name in names:
        quantity = trace.read_name(name)
        value = read_number(trace, name) if isinstance(quantity, Quantity) and quantity.is_error else None
        if value is not None and 0 < abs(value) < VANISHED * largest:
            assert isinstance(quantity, Quantity)
            factors = _list_factors(trace, quantity.of[0])
            if not factors:  # an output of a softmax, whose error is small because it is right
                continue
            factor, size = min(factors, key=lambda each: abs(each[1]))
            found[name] = (
                f"Vanishing: the error is only {abs(value) / largest:.1g} of that at the output. "
                f"The smallest factor on its way back is {factor} = {size:.2g}."
            )
    return found


def _list_factors(trace: Trace, unit: str) -> list[tuple[str, float]]:
    """Along the largest term on the way from a unit to the cost, each factor and its value."""
    architecture = trace.architecture
    factors: list[tuple[str, float]] = []
    while True:
        slope = read_number(trace, f"da/dh[{unit}]")
        factors += [] if slope is None else [(f"da/dh[{unit}]", slope)]
        ways = []
        for receiver in architecture.receivers(*architecture.place(unit)):
            other = architecture.layers[receiver.layer].unit(receiver.position)
            weight = architecture.weight_between(unit, other) or f"dh[{other}]/da[{unit}]"
            size, error = read_number(trace, weight) or 0.0, read_number(trace, f"dE/dh[{other}]") or 0.0
            ways.append((abs(size * error), weight, size, other))
        if not ways:
            return factors
        _, weight, size, unit = max(ways)
        factors.append((weight, size))

"""Central differences: an estimate of a derivative that knows nothing of any rule of differentiation.

(f(v + e) - f(v - e)) / 2e is off by about e² f'''/6 and, in float64, by about 1e-16 |f| / e; e = 6e-6 max(1, |v|)
balances the two, which leaves about ten right digits. Across a kink it is the mean of both slopes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from backproof.errors import BackproofError
from backproof.expression import Quantity
from backproof.propagation import Forward
from backproof.trace import Trace

STEP = 6e-6  # about the cube root of the spacing of float64 numbers at 1


def central_difference(f: Callable[[float], float], at: float) -> float:
    """The slope of f at a point, from two values of f beside it."""
    reach = STEP * max(1.0, abs(at))
    above, below = at + reach, at - reach
    return (f(above) - f(below)) / (above - below)


def estimate(trace: Trace, quantity: Quantity) -> float | None:
    """The central difference for a derivative of a trace; None for what is no derivative, or cannot be estimated."""
    role = "dE/dh" if quantity.role == "delta" else quantity.role
    if "/" not in role:
        return None
    top, bottom = Quantity(role).parts
    by = quantity.of[-1]
    owner = quantity.of[:1] if role == "da/dh" else quantity.of[:-1]
    target = Quantity(top, owner, sample=quantity.sample)
    start = trace.value(Quantity("w" if bottom == "w" else bottom, (by,), sample=quantity.sample))
    if not np.isfinite(start):
        return None
    changed = _with_parameter if bottom == "w" else _with_unit
    try:
        return central_difference(lambda value: changed(trace, bottom, by, quantity, value).value(target), start)
    except BackproofError:
        return None


def _with_parameter(trace: Trace, bottom: str, name: str, quantity: Quantity, value: float) -> Trace:
    """The same step with another number for one parameter, at all its uses."""
    arrays = {key: array.copy() for key, array in trace.network.parameters.items()}
    for use in trace.network.parameter(name).uses:
        arrays[use.array][use.index] = value
    return replace(trace, network=trace.network.with_parameters(arrays))


def _with_unit(trace: Trace, bottom: str, unit: str, quantity: Quantity, value: float) -> Trace:
    """The same step with another h or a of one unit in one sample; what comes after it follows."""
    layer, position = trace.network.place(unit)
    h, a = trace.forward.h, trace.forward.a
    changed = (h if bottom == "h" else a)[layer].copy()
    changed[trace.row(quantity), position] = value
    if bottom == "h":
        return replace(trace, begun=Forward((*h[:layer], changed), a[:layer]))
    return replace(trace, begun=Forward(h[: layer + 1], (*a[:layer], changed)))

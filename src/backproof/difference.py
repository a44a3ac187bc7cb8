"""Central differences: an estimate of a derivative that knows nothing of any rule of differentiation.

(f(v + e) - f(v - e)) / 2e is off by about e² f'''/6 and, in float64, by about 1e-16 |f| / e; e = 6e-6 max(1, |v|)
balances the two, which leaves about ten right digits. Across a kink it is the mean of both slopes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import BackproofError
from backproof.operations.activation import Elementwise
from backproof.propagation import Forward
from backproof.quantity import COST, Kind, Quantity
from backproof.trace import Trace

#: An estimate that is off by more than this part of the derivative is explained.
FAR = 1e-3
STEP = 6e-6  # about the cube root of the spacing of float64 numbers at 1


def central_difference(f: Callable[[float], float], at: float) -> float:
    """The slope of f at a point, from two values of f beside it."""
    reach = STEP * max(1.0, abs(at))
    above, below = at + reach, at - reach
    return (f(above) - f(below)) / (above - below)


def estimate_derivative(trace: Trace, quantity: Quantity) -> float | None:
    """The central difference for a derivative of a trace; None for what is no derivative, or cannot be estimated.

    Where samples are coupled, the cost that counts is that of the whole batch, and a sample's share has no estimate.
    """
    varied = _vary_denominator(trace, quantity)
    if varied is None:
        return None
    try:
        return central_difference(*varied)
    except BackproofError:
        return None


def explain_gap(trace: Trace, quantity: Quantity, value: float, estimate: float) -> str:
    """Why the estimate of a derivative is far from its value, as a sentence; empty where it is near."""
    near = FAR * max(abs(value), abs(estimate))
    varied = _vary_denominator(trace, quantity)
    if varied is None or (np.isfinite((value, estimate)).all() and abs(value - estimate) <= max(near, 1e-9)):
        return ""
    f, at = varied
    reach = STEP * max(1.0, abs(at))
    try:
        left, right = (f(at) - f(at - reach)) / reach, (f(at + reach) - f(at)) / reach
    except BackproofError:
        left = right = np.nan
    if np.isfinite((left, right)).all() and abs(left - right) > FAR * max(abs(left), abs(right)):
        sides = f"its slope is about {left + 0:.3g} just below this point and {right + 0:.3g} just above it"
        kink = _find_kink(*_find_ends(trace, quantity)[::2], reach)
        if kink:
            return f"{kink}. The central difference averages both sides of the number that is differentiated: {sides}."
        return (
            f"The function bends sharply here: {sides}. A central difference is the mean of both, so it cannot confirm "
            "the derivative at the point."
        )
    return (
        "The numbers are too large or too small for a central difference, which subtracts two nearly equal ones; "
        "it cannot confirm the derivative here."
    )


def _find_kink(trace: Trace, by: Quantity, reach: float) -> str:
    """The activation that bends where a unit stands that the varied number reaches, in words; else empty."""
    moved = _change_number(trace, by, trace.value(by) + reach).forward.h
    for layer, here, there in zip(trace.architecture.layers[1:], trace.forward.h[1:], moved[1:], strict=True):
        if isinstance(layer.activation, Elementwise):
            below, at, above = (_measure_slope(layer.activation, here + side * reach) for side in (-1, 0, 1))
            bends = np.abs(above - below) > FAR * np.maximum(np.abs(above), np.abs(below))
            found = np.flatnonzero(bends & (here != there) & (np.abs(here) <= reach))
            if found.size:
                name = layer.activation.name.replace("_", " ")
                return f"{name} has a kink at 0: its stated derivative there is {at.flat[found[0]]:.3g}"
    return ""


def _measure_slope(activation: Elementwise, h: AnyArray) -> AnyArray:
    with np.errstate(all="ignore"):
        return np.broadcast_to(activation.derivative(h, activation.forward(h)), np.shape(h))


def _vary_denominator(trace: Trace, quantity: Quantity) -> tuple[Callable[[float], float], float] | None:
    """For a derivative, its numerator as a function of its denominator, and where that stands; else None."""
    if not quantity.is_derivative:
        return None
    share = quantity.is_gradient and not trace.covers_batch(quantity)
    if (trace.architecture.couples_samples and share) or not np.isfinite(trace.value(quantity.denominator)):
        return None
    seen, target, by = _find_ends(trace, quantity)
    return lambda value: _change_number(seen, by, value).value(target), seen.value(by)


def _find_ends(trace: Trace, quantity: Quantity) -> tuple[Trace, Quantity, Quantity]:
    """Numerator and denominator of a derivative, in the trace in which one depends on the other.

    Where samples are coupled, the cost is that of the whole batch.
    """
    target, by = quantity.numerator, quantity.denominator
    if trace.architecture.couples_samples and target.is_total:
        return trace.of_sample(None), COST, by.of_sample(trace.sample if by.sample is None else by.sample)
    return trace, target, by


def _change_number(trace: Trace, quantity: Quantity, value: float) -> Trace:
    """The same step with another number for one quantity, and all that follows from it."""
    return (
        replace(trace, network=trace.network.with_parameter(quantity.of[0], value))
        if quantity.kind is Kind.PARAMETER
        else _with_unit(trace, quantity, value)
    )


def _with_unit(trace: Trace, quantity: Quantity, value: float) -> Trace:
    """Another h or a of one unit in one sample; what comes after it in the order of the layers follows."""
    layer, position = trace.architecture.place(quantity.of[0])
    h, a = trace.forward.h, trace.forward.a
    is_h = quantity.kind is Kind.PRE_ACTIVATION
    changed = (h if is_h else a)[layer].copy()
    changed[trace.row(quantity)].flat[position] = value
    if is_h:
        return replace(trace, begun=Forward((*h[:layer], changed), a[:layer], trace.forward.masks))
    return replace(trace, begun=Forward(h[: layer + 1], (*a[:layer], changed), trace.forward.masks))

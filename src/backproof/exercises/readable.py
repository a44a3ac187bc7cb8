"""Whether numbers are good to work with by hand: no unit saturated, no answer too small for a few digits."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite

import numpy as np

from backproof.operations.activation import Elementwise
from backproof.trace import Trace

#: An answer nearer to 0 than this loses its digits in the working; a slope flatter than FLAT cannot be read well.
SMALL, FLAT = 1e-3, 0.05
#: Beyond this a pre-activation with a flat slope is saturated; nearer to 0 it is on a flat piece, as in relu.
FAR = 2.0


def faults(trace: Trace, answers: Iterable[float]) -> int:
    """How much there is to dislike about a variant; 0 for a good one."""
    return sum(map(_answer, answers)) + sum(_layer(trace, layer) for layer in range(1, trace.network.depth + 1))


def _answer(value: float) -> int:
    if not isfinite(value):
        return 1000
    return int(0 < abs(value) < SMALL) + 10 * int(0 < abs(value) < 1e-9)


def _layer(trace: Trace, layer: int) -> int:
    """Saturated units; units at a kink; a layer of which most units let nothing pass."""
    h, a = trace.forward.h[layer], trace.forward.a[layer]
    activation = trace.network.activations[layer - 1]
    if not isinstance(activation, Elementwise):
        return int(((a < 0.02) | (a > 0.98)).sum())
    slope = np.abs(activation.derivative(h, a) + np.zeros_like(h))
    flat = slope < FLAT
    return int((flat & (np.abs(h) > FAR)).sum() + (np.abs(h) < 1e-9).sum() + 3 * (flat.mean() > 0.5))

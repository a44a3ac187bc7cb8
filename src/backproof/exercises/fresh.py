"""Fresh numbers for a worksheet, and whether they are good to work with by hand.

Parameters and data have one or two decimals, none is 0 and no two parameters are alike; in a good variant no unit is
saturated and no answer too small for a few digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite

import numpy as np

from backproof.arrays import Array
from backproof.network import Network
from backproof.operations.activation import Elementwise
from backproof.trace import Trace
from backproof.wiring import Explicit
from backproof.worksheet import Worksheet

#: Sizes in hundredths: one decimal, steps of 0.05, two decimals - the coarsest that gives every parameter its own.
_GRIDS = (range(10, 100, 10), range(10, 100, 5), range(11, 100))
_DATA = range(5, 100, 5)
#: An answer nearer to 0 than this loses its digits in the working; a slope flatter than FLAT cannot be read well.
SMALL, FLAT = 1e-3, 0.05
#: Beyond this a pre-activation with a flat slope is saturated; nearer to 0 it is on a flat piece, as in relu.
FAR = 2.0


def draw_numbers(sheet: Worksheet, random: np.random.Generator) -> Worksheet:
    """The same network and data with other numbers; data of 0 and 1 (gates, classes) stay as they are."""
    network = sheet.network.with_parameters(_draw_parameters(sheet.network, random))
    return replace(sheet, network=network, x=_draw_inputs(sheet.x, random), y=_draw_targets(sheet, random))


def _draw_parameters(network: Network, random: np.random.Generator) -> dict[str, Array]:
    """A number of its own for each parameter, different in size from the others, with either sign."""
    wiring = network.wiring
    assert isinstance(wiring, Explicit)
    count = len(wiring.parameters)
    grid = next((each for each in _GRIDS if len(each) * 2 >= 3 * count), _GRIDS[-1])
    sizes = random.choice(np.array(grid), count, replace=count > len(grid))
    arrays = {key: np.zeros(shape) for key, shape in network.shapes.items()}
    for parameter, size, sign in zip(wiring.parameters, sizes, random.choice([-1, 1], count), strict=True):
        for place in parameter.places:
            arrays[place.array][place.index] = int(sign * size) / 100
    return arrays


def _draw_inputs(x: Array, random: np.random.Generator) -> Array:
    return x if _is_binary(x) else np.stack([_draw_like(column, random) for column in x.T], axis=1)


def _draw_targets(sheet: Worksheet, random: np.random.Generator) -> Array:
    """Classes, distributions and targets that the cost does not need stay; others are drawn within reach."""
    y, last = sheet.y, sheet.network.activations[-1]
    if _is_binary(y) or last.coupled or not sheet.network.cost.needs_target:
        return y
    positive = last.output_range[0] >= -1e-9
    return np.stack([_draw_like(abs(column) if positive else column, random) for column in y.T], axis=1)


def _is_binary(data: Array) -> bool:
    """Whether these are truth values, written as 0 and 1 or as -1 and 1."""
    return bool(np.isin(data, (0, 1)).all() or np.isin(data, (-1, 1)).all())


def _draw_like(column: Array, random: np.random.Generator) -> Array:
    """Numbers such as these: small whole numbers where these are, else decimals; negative ones where some of these are.

    As long as there are enough, no number comes twice.
    """
    largest = float(abs(column).max())
    whole = bool((column == np.rint(column)).all()) and largest <= 9
    pool = np.arange(1, max(3, int(largest)) + 1) * 100 if whole else np.array(_DATA)
    sizes = random.choice(pool, len(column), replace=len(column) > len(pool))
    signs = random.choice([-1, 1], len(column)) if (column < 0).any() else np.ones(len(column), int)
    found: Array = np.asarray(sizes * signs / 100.0, dtype=np.float64)
    return found


def count_faults(trace: Trace, answers: Iterable[float]) -> int:
    """How much there is to dislike about a variant; 0 for a good one."""
    return sum(map(_judge_answer, answers)) + sum(
        _judge_layer(trace, layer) for layer in range(1, trace.network.depth + 1)
    )


def _judge_answer(value: float) -> int:
    if not isfinite(value):
        return 1000
    return int(0 < abs(value) < SMALL) + 10 * int(0 < abs(value) < 1e-9)


def _judge_layer(trace: Trace, layer: int) -> int:
    """Saturated units; units at a kink; a layer of which most units let nothing pass."""
    h, a = trace.forward.h[layer], trace.forward.a[layer]
    activation = trace.network.activations[layer - 1]
    if not isinstance(activation, Elementwise):
        return int(((a < 0.02) | (a > 0.98)).sum())
    slope = np.abs(activation.derivative(h, a) + np.zeros_like(h))
    flat = slope < FLAT
    return int((flat & (np.abs(h) > FAR)).sum() + (np.abs(h) < 1e-9).sum() + 3 * (flat.mean() > 0.5))

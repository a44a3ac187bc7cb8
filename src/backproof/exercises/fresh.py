"""Fresh numbers for a worksheet: parameters and data of one or two decimals, none 0, no two parameters alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backproof.arrays import Array
from backproof.network import Network
from backproof.wiring import Explicit
from backproof.worksheet import Worksheet

#: Sizes in hundredths: one decimal, steps of 0.05, two decimals - the coarsest that gives every parameter its own.
_GRIDS = (range(10, 100, 10), range(10, 100, 5), range(11, 100))
_DATA = range(5, 100, 5)


def fresh(sheet: Worksheet, random: np.random.Generator) -> Worksheet:
    """The same network and data with other numbers; data of 0 and 1 (gates, classes) stay as they are."""
    network = sheet.network.with_parameters(_parameters(sheet.network, random))
    return replace(sheet, network=network, x=_inputs(sheet.x, random), y=_targets(sheet, random))


def _parameters(network: Network, random: np.random.Generator) -> dict[str, Array]:
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


def _inputs(x: Array, random: np.random.Generator) -> Array:
    return x if _binary(x) else np.stack([_like(column, random) for column in x.T], axis=1)


def _targets(sheet: Worksheet, random: np.random.Generator) -> Array:
    """Classes, distributions and targets that the cost does not need stay; others are drawn within reach."""
    y, last = sheet.y, sheet.network.activations[-1]
    if _binary(y) or last.coupled or not sheet.network.cost.needs_target:
        return y
    positive = last.output_range[0] >= -1e-9
    return np.stack([_like(abs(column) if positive else column, random) for column in y.T], axis=1)


def _binary(data: Array) -> bool:
    """Whether these are truth values, written as 0 and 1 or as -1 and 1."""
    return bool(np.isin(data, (0, 1)).all() or np.isin(data, (-1, 1)).all())


def _like(column: Array, random: np.random.Generator) -> Array:
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

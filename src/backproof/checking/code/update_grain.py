"""Gradients that are read off an update, (before - after) / rate: the digits that the weights' own type leaves of them.

A float32 weight of 0.7 stands on a grid of 6e-8; a step of 1e-5 on it has no more than two digits after the first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backproof.arrays import Array

#: Learning rates that are met.
RATES = tuple(sorted(digit * 10.0**-power for power in range(8) for digit in (1, 2, 3, 5)))
#: Maximum size of a number, in units of its grid, that tells something about the grid; minimum number of such numbers.
MOST_UNITS, LEAST_ENTRIES = 1e4, 6


def update_grain(before: Array, after: Array, rate: float, kind: str) -> Array:
    """How far rounding to a kind of number can move each entry of (before - after) / rate."""
    largest = np.maximum(np.abs(before), np.abs(after)).astype(kind)
    return np.asarray(np.spacing(largest).astype(np.float64) / rate)


def find_update_grains(gradients: Mapping[str, Array], parameters: Mapping[str, Array]) -> dict[str, Array]:
    """The grains of float32 gradients that were read off an update of the parameters; none where they were not.

    The learning rate is the smallest common one for which all gradients stand on the grids of their float32 weights.
    """
    if any((array.astype(np.float32) != array).any() for array in parameters.values()):
        return {}
    for rate in RATES:
        units = np.concatenate([_units(array, parameters[name], rate) for name, array in gradients.items()])
        telling = units[(units != 0) & (np.abs(units) < MOST_UNITS)]
        if len(telling) >= LEAST_ENTRIES and 2 * len(telling) > np.count_nonzero(units) and _is_whole(telling):
            return {
                name: update_grain(parameters[name], parameters[name] - rate * array, rate, "float32")
                for name, array in gradients.items()
            }
    return {}


def _units(gradient: Array, before: Array, rate: float) -> Array:
    """The steps of an update in units of the grid on which a float32 weight stands before or after it."""
    step = rate * gradient
    smallest = np.minimum(np.abs(before), np.abs(before - step)).astype(np.float32)
    return np.asarray(step / np.spacing(smallest).astype(np.float64)).reshape(-1)


def _is_whole(units: Array) -> bool:
    return bool((np.abs(units - np.round(units)) <= 0.02 + 3e-7 * np.abs(units)).all())

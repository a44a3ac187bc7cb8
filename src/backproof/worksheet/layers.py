"""Whole layers by their sizes, with parameters from a file or freshly drawn."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import BackproofError
from backproof.network import initial_arrays, made_up_units
from backproof.operations.initialiser import Initialiser, initialisers
from backproof.schema import Fault, Path, Table, filled, placed, text, whole
from backproof.validate import all_finite
from backproof.wiring import Shapes, chain_shapes
from backproof.worksheet import weights

MOST_UNITS, MOST_PARAMETERS = 1_000_000, 50_000_000


def read(table: Table, folder: FilePath | None) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
    """The units and the parameters: from `parameters`, else from `initialiser` and `seed` (glorot_uniform, 0)."""
    sizes = table.need("layers", _sizes)
    units = made_up_units(sizes)
    if "parameters" not in table:
        return units, draw_parameters(table, chain_shapes(units))
    for key in ("initialiser", "seed"):
        if key in table:
            raise Fault(f"'{key}' does not go with 'parameters', which already says every number.", (*table.path, key))
    name = table.need("parameters", text)
    return units, weights.read(name, (*table.path, "parameters"), folder, dict(chain_shapes(units)))


def _sizes(value: Any, path: Path) -> list[int]:
    """The number of units of each layer, small enough to be held in memory."""
    sizes = [whole(each, place, 1, MOST_UNITS) for each, place in filled(value, path)]
    if len(sizes) < 2:
        raise Fault(f"expected at least two layers, inputs and outputs; received {len(sizes)}.", path)
    count = sum((sent + 1) * received for sent, received in pairwise(sizes))
    for found, most, what in ((sum(sizes), MOST_UNITS, "units"), (count, MOST_PARAMETERS, "parameters")):
        if found > most:
            raise Fault(f"these layers have {found:,} {what}; at most {most:,} are read from a worksheet.", path)
    return sizes


def draw_parameters(table: Table, shapes: Shapes) -> dict[str, Array]:
    """Fresh parameters by the keys `initialiser` and `seed`."""
    seed = table.take("seed", lambda value, path: whole(value, path, 0), 0)
    start = table.take("initialiser", _initialiser, "glorot_uniform")
    try:
        with np.errstate(all="ignore"):
            arrays = initial_arrays(shapes, start, seed)
    except BackproofError as error:
        raise Fault(str(error), (*table.path, "initialiser")) from None
    except ValueError as error:  # NumPy's own, for a spread below 0
        raise Fault(f"the initialiser cannot draw such numbers: {error}.", (*table.path, "initialiser")) from None
    if not all(map(all_finite, arrays.values())):
        raise Fault("the initialiser draws numbers that are not finite.", (*table.path, "initialiser"))
    return arrays


def _initialiser(value: Any, path: Path) -> Initialiser | str:
    with placed(path):
        return initialisers.make(value)

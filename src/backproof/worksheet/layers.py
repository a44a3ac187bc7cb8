"""Whole layers, by their sizes or as a graph of layers by name, with parameters from a file or freshly drawn."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import prod
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.errors import BackproofError
from backproof.graph import check_input_shape, make_plan, plan_graph
from backproof.layers import LayerPlan
from backproof.network import made_up_units
from backproof.operations.cost import Cost
from backproof.operations.initialiser import Initialiser, initial_arrays, initialisers
from backproof.schema import Fault, Path, Table, filled, mapping, placed, text, whole
from backproof.validate import all_finite
from backproof.wiring import Shapes, chain_shapes
from backproof.worksheet.explicit import read_name
from backproof.worksheet.weights import read_arrays, read_written_arrays

MOST_UNITS, MOST_PARAMETERS = 1_000_000, 50_000_000


def read_layers(table: Table, folder: FilePath | None) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
    """The units and the parameters: from `parameters`, else from `initialiser` and `seed` (glorot_uniform, 0)."""
    sizes = table.need("layers", _read_sizes)
    units = made_up_units(sizes)
    return units, _read_parameters(table, chain_shapes(units), folder)


def _read_sizes(value: Any, path: Path) -> list[int]:
    """The number of units of each layer, small enough to be held in memory."""
    sizes = [whole(each, place, 1, MOST_UNITS) for each, place in filled(value, path)]
    if len(sizes) < 2:
        raise Fault(f"expected at least two layers, inputs and outputs; received {len(sizes)}.", path)
    count = sum((sent + 1) * received for sent, received in pairwise(sizes))
    for found, most, what in ((sum(sizes), MOST_UNITS, "units"), (count, MOST_PARAMETERS, "parameters")):
        if found > most:
            raise Fault(f"these layers have {found:,} {what}; at most {most:,} can be read from a worksheet.", path)
    return sizes


def _read_parameters(
    table: Table, shapes: Shapes, folder: FilePath | None, starts: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Array]:
    """The numbers of all arrays: written, of a file that is named, or fresh ones; `starts` as in initial_arrays."""
    if "parameters" not in table:
        return _draw_parameters(table, shapes, starts)
    for key in ("initialiser", "seed"):
        if key in table:
            raise Fault(
                f"'{key}' cannot be combined with 'parameters', which already gives every number.", (*table.path, key)
            )
    path = (*table.path, "parameters")
    if isinstance(table.values["parameters"], dict):
        return read_written_arrays(table.values["parameters"], path, dict(shapes))
    return read_arrays(table.need("parameters", text), path, folder, dict(shapes))


def _draw_parameters(table: Table, shapes: Shapes, starts: Mapping[str, float]) -> dict[str, Array]:
    """Fresh parameters by the keys `initialiser` and `seed`."""
    seed = table.take("seed", lambda value, path: whole(value, path, 0), 0)
    start = table.take("initialiser", _read_initialiser, "glorot_uniform")
    try:
        with np.errstate(all="ignore"):
            arrays = initial_arrays(shapes, start, seed, starts)
    except BackproofError as error:
        raise Fault(str(error), (*table.path, "initialiser")) from None
    except ValueError as error:  # NumPy's own, for a spread below 0
        raise Fault(f"the initialiser cannot draw such numbers: {error}.", (*table.path, "initialiser")) from None
    if not all(map(all_finite, arrays.values())):
        raise Fault("the initialiser draws numbers that are not finite.", (*table.path, "initialiser"))
    return arrays


def _read_initialiser(value: Any, path: Path) -> Initialiser | str:
    with placed(path):
        return initialisers.make(value)


def read_graph(
    table: Table, cost: Cost, reduction: str, folder: FilePath | None
) -> tuple[Architecture, dict[str, Array]]:
    """The architecture and the parameters: from `parameters`, else from `initialiser` and `seed`."""
    shape, names = table.need("inputs", _read_inputs)
    plans = table.need("layers", lambda value, path: [_read_plan(*each) for each in filled(value, path)])
    outputs = table.take("outputs", lambda value, path: [text(*each) for each in filled(value, path)], [])
    with placed((*table.path, "layers")):
        architecture = plan_graph(shape, plans, cost, outputs=outputs, reduction=reduction, input_names=names)
    _check_size(architecture, (*table.path, "layers"))
    return architecture, _read_parameters(table, architecture.wiring.shapes, folder, architecture.starts)


def _read_inputs(value: Any, path: Path) -> tuple[tuple[int, ...], tuple[str, ...]]:
    with placed(path):
        shape, names = check_input_shape(value)
    for position, name in enumerate(names, start=1):
        read_name(name, (*path, position), "unit")
    if prod(shape) > MOST_UNITS:
        raise Fault(f"{prod(shape):,} inputs; at most {MOST_UNITS:,} can be read from a worksheet.", path)
    return shape, names


def _read_plan(value: Any, path: Path) -> LayerPlan:
    with placed(path):
        return make_plan(mapping(value, path))


def _check_size(architecture: Architecture, path: Path) -> None:
    units = sum(layer.size for layer in architecture.layers)
    for found, most, what in ((units, MOST_UNITS, "units"), (architecture.wiring.count, MOST_PARAMETERS, "parameters")):
        if found > most:
            raise Fault(f"these layers have {found:,} {what}; at most {most:,} can be read from a worksheet.", path)

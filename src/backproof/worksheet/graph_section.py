"""A network as a graph of named layers, each of a kind, with parameters from a file or freshly drawn."""

from __future__ import annotations

from math import prod
from pathlib import Path as FilePath
from typing import Any

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.graph import LayerPlan, make_plan, plan_graph
from backproof.network import check_input_shape
from backproof.operations.cost import Cost
from backproof.schema import Fault, Path, Table, filled, mapping, placed, text
from backproof.worksheet import weights
from backproof.worksheet.drawn import named
from backproof.worksheet.layers import MOST_PARAMETERS, MOST_UNITS, draw_parameters

KEYS = ("inputs", "layers", "outputs", "cost", "parameters", "initialiser", "seed")


def is_graph(table: Table) -> bool:
    """Whether the layers of a network are tables, not sizes."""
    layers = table.values.get("layers")
    return "inputs" in table or (isinstance(layers, list) and any(isinstance(each, dict) for each in layers))


def read(table: Table, cost: Cost, reduction: str, folder: FilePath | None) -> tuple[Architecture, dict[str, Array]]:
    """The architecture and the parameters: from `parameters`, else from `initialiser` and `seed`."""
    shape, names = table.need("inputs", _inputs)
    plans = table.need("layers", lambda value, path: [_plan(*each) for each in filled(value, path)])
    outputs = table.take("outputs", lambda value, path: [text(*each) for each in filled(value, path)], [])
    with placed((*table.path, "layers")):
        architecture = plan_graph(shape, plans, cost, outputs=outputs, reduction=reduction, input_names=names)
    _check_size(architecture, (*table.path, "layers"))
    if "parameters" not in table:
        return architecture, draw_parameters(table, architecture.wiring.shapes)
    for key in ("initialiser", "seed"):
        if key in table:
            raise Fault(f"'{key}' does not go with 'parameters', which already says every number.", (*table.path, key))
    file = table.need("parameters", text)
    return architecture, weights.read(file, (*table.path, "parameters"), folder, architecture.shapes)


def _inputs(value: Any, path: Path) -> tuple[tuple[int, ...], tuple[str, ...]]:
    with placed(path):
        shape, names = check_input_shape(value)
    for position, name in enumerate(names, start=1):
        named(name, (*path, position), "unit")
    if prod(shape) > MOST_UNITS:
        raise Fault(f"{prod(shape):,} inputs; at most {MOST_UNITS:,} are read from a worksheet.", path)
    return shape, names


def _plan(value: Any, path: Path) -> LayerPlan:
    with placed(path):
        return make_plan(mapping(value, path))


def _check_size(architecture: Architecture, path: Path) -> None:
    units = sum(layer.size for layer in architecture.layers)
    for found, most, what in ((units, MOST_UNITS, "units"), (architecture.wiring.count, MOST_PARAMETERS, "parameters")):
        if found > most:
            raise Fault(f"these layers have {found:,} {what}; at most {most:,} are read from a worksheet.", path)

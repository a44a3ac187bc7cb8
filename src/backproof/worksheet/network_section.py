"""`[network]`: units and connections by name, or whole layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from backproof.architecture import Architecture
from backproof.network import Network
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs
from backproof.schema import Fault, Path, Table, items, placed
from backproof.worksheet.explicit import read_explicit

SHARED_KEYS = ("activations", "cost")
EXPLICIT_KEYS = ("units", "weights", "biases")
LAYERS_KEYS = ("layers", "parameters", "initialiser", "seed")
GRAPH_KEYS = ("inputs", *LAYERS_KEYS, "outputs", "cost")


def read_network(value: Any, path: Path, reduction: str, folder: FilePath | None) -> Network:
    """The network; `folder` is where a file of parameters stands."""
    table = Table(value, path, (*EXPLICIT_KEYS, *SHARED_KEYS, *LAYERS_KEYS, "inputs", "outputs"))
    if _is_graph(table):
        from backproof.worksheet.layers import read_graph

        _check_keys(table, "a graph of layers", GRAPH_KEYS)
        return Network.of(*read_graph(table, table.need("cost", _read_cost), reduction, folder))
    _check_form(table)
    if "units" in table:
        units, wiring, arrays = read_explicit(table)
    else:
        from backproof.worksheet.layers import read_layers

        units, arrays = read_layers(table, folder)
        wiring = None
    chosen = table.need("activations", lambda given, place: _read_activations(given, place, len(units) - 1))
    cost = table.need("cost", _read_cost)
    with placed((*path, "cost")):
        return Network.of(Architecture.chain(units, chosen, cost, reduction, wiring), arrays)


def _is_graph(table: Table) -> bool:
    """Whether the layers of a network are tables, not sizes."""
    layers = table.values.get("layers")
    return "inputs" in table or (isinstance(layers, list) and any(isinstance(each, dict) for each in layers))


def _check_form(table: Table) -> None:
    """Either `units` with their weights and biases, or `layers` with where the parameters come from."""
    if ("units" in table) == ("layers" in table):
        raise Fault("expected either 'units' (each by name) or 'layers' (their sizes).", table.path)
    form, others = ("units", LAYERS_KEYS) if "units" in table else ("layers", EXPLICIT_KEYS)
    _check_keys(table, f"'{form}'", [key for key in table.values if key not in (*others, "inputs", "outputs")])


def _check_keys(table: Table, form: str, allowed: Sequence[str]) -> None:
    for key in table.values:
        if key not in allowed:
            raise Fault(f"'{key}' cannot be combined with {form}.", (*table.path, key))


def _read_activations(value: Any, path: Path, expected: int) -> list[Activation]:
    if isinstance(value, str | dict):
        raise Fault('expected a list, one for each layer after the inputs, as in ["sigmoid", "sigmoid"].', path)
    given = items(value, path)
    if len(given) != expected:
        raise Fault(
            f"expected {expected} activations, one for each layer after the inputs; received {len(given)}.", path
        )
    return [_read_activation(each, place) for each, place in given]


def _read_activation(value: Any, path: Path) -> Activation:
    with placed(path):
        return activations.make(value)


def _read_cost(value: Any, path: Path) -> Cost:
    with placed(path):
        return costs.make(value)

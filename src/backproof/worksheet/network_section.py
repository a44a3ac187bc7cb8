"""`[network]`: units and connections as somebody drew them, or whole layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from backproof.architecture import Architecture
from backproof.network import Network
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs
from backproof.schema import Fault, Path, Table, items, placed
from backproof.worksheet import drawn, graph_section, layers

SHARED_KEYS = ("activations", "cost")
DRAWN_KEYS = ("units", "weights", "biases")
LAYERS_KEYS = ("layers", "parameters", "initialiser", "seed")


def read(value: Any, path: Path, reduction: str, folder: FilePath | None) -> Network:
    """The network; `folder` is where a file of parameters stands."""
    table = Table(value, path, (*DRAWN_KEYS, *SHARED_KEYS, *LAYERS_KEYS, "inputs", "outputs"))
    if graph_section.is_graph(table):
        _check_keys(table, "a graph of layers", graph_section.KEYS)
        return Network.of(*graph_section.read(table, table.need("cost", _cost), reduction, folder))
    _one_form(table)
    if "units" in table:
        units, wiring, arrays = drawn.read(table)
    else:
        units, arrays = layers.read(table, folder)
        wiring = None
    chosen = table.need("activations", lambda given, place: _activations(given, place, len(units) - 1))
    cost = table.need("cost", _cost)
    with placed((*path, "cost")):
        return Network.of(Architecture.chain(units, chosen, cost, reduction, wiring), arrays)


def _one_form(table: Table) -> None:
    """Either `units` with their weights and biases, or `layers` with where the parameters come from."""
    if ("units" in table) == ("layers" in table):
        raise Fault("expected either 'units' (each by name) or 'layers' (their sizes).", table.path)
    form, others = ("units", LAYERS_KEYS) if "units" in table else ("layers", DRAWN_KEYS)
    _check_keys(table, f"'{form}'", [key for key in table.values if key not in (*others, "inputs", "outputs")])


def _check_keys(table: Table, form: str, allowed: Sequence[str]) -> None:
    for key in table.values:
        if key not in allowed:
            raise Fault(f"'{key}' does not go with {form}.", (*table.path, key))


def _activations(value: Any, path: Path, expected: int) -> list[Activation]:
    if isinstance(value, str | dict):
        raise Fault('expected a list, one for each layer after the inputs, as in ["sigmoid", "sigmoid"].', path)
    given = items(value, path)
    if len(given) != expected:
        raise Fault(
            f"expected {expected} activations, one for each layer after the inputs; received {len(given)}.", path
        )
    return [_activation(each, place) for each, place in given]


def _activation(value: Any, path: Path) -> Activation:
    with placed(path):
        return activations.make(value)


def _cost(value: Any, path: Path) -> Cost:
    with placed(path):
        return costs.make(value)

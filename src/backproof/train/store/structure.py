"""A network as JSON, without its numbers: who is connected to whom, by which parameter, and the operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import AnyArray
from backproof.custom import Custom, written
from backproof.errors import OptionError
from backproof.graph import check_input_shape, make_plan, plan_graph, write_layers
from backproof.layers import LayerPlan
from backproof.network import Network, made_up_units
from backproof.operations.activation import Activation, activations
from backproof.operations.cost import Cost, costs
from backproof.operations.registry import NAME, write_operation
from backproof.schema import (
    Fault,
    Path,
    Table,
    as_is,
    check_arrays,
    filled,
    flag,
    items,
    mapping,
    placed,
    shown,
    text,
    whole,
)
from backproof.train.store import formula
from backproof.wiring import Explicit, Parameter, Place, chain_shapes

#: Maximum number of units of a layer.
LARGEST = 10**15
CHAIN_KEYS = ("layers", "units", "parameters", "activations", "cost", "reduction")
GRAPH_KEYS = ("inputs", "graph", "outputs", "cost", "reduction")


def write_network(network: Network) -> dict[str, Any]:
    """The JSON of a network. Errors: OptionError for an operation that is code of one's own."""
    if network.architecture.is_chain:
        activations = [write_any_operation(each) for each in network.activations]
        structure = {**_write_wiring(network), "activations": activations}
    else:
        structure = _write_graph(network.architecture)
    return {**structure, "cost": write_any_operation(network.cost), "reduction": network.reduction}


def _write_graph(architecture: Architecture) -> dict[str, Any]:
    inputs = architecture.layers[0]
    tables = write_layers(architecture, write_any_operation)
    outputs = [architecture.layers[number].name for number in architecture.outputs]
    return {"inputs": list(inputs.own_names or inputs.shape), "graph": tables, "outputs": outputs}


def _write_wiring(network: Network) -> dict[str, Any]:
    """Sizes alone where every name is made up; parameters one by one where they were drawn."""
    wiring, units = network.wiring, network.units
    sizes = [len(layer) for layer in units]
    if isinstance(wiring, Explicit):
        parameters = [write_parameter(each) for each in wiring.parameters]
        return {"units": [list(layer) for layer in units], "parameters": parameters}
    if units == made_up_units(sizes):
        return {"layers": sizes}
    return {"units": [list(layer) for layer in units]}


def write_any_operation(given: Activation | Cost) -> Any:
    """The JSON of an operation, also of an activation of one's own from a formula. Errors: OptionError."""
    if isinstance(given, Custom):
        return {"name": given.name, "formula": formula.write_formula(given.body)}
    if not type(given).__module__.startswith("backproof.operations."):
        raise OptionError(
            f"'{given.name}' is a class of your own, which cannot be saved; write it as one formula with "
            "backproof.activation instead."
        )
    return write_operation(given)


def read_network(value: Any, path: Path, arrays: Mapping[str, AnyArray]) -> Network:
    """The network of a JSON document and its arrays, float64 and of just the right names and shapes."""
    if "graph" in mapping(value, path):
        return _read_graph(Table(value, path, GRAPH_KEYS), arrays)
    table = Table(value, path, CHAIN_KEYS)
    units, wiring = _read_wiring(table, arrays)
    chosen = table.need("activations", lambda given, place: [read_activation(*each) for each in items(given, place)])
    cost, reduction = table.need("cost", _read_cost), table.need("reduction", text)
    with placed(path):
        return Network.of(Architecture.chain(units, chosen, cost, reduction, wiring), arrays)


def _read_graph(table: Table, arrays: Mapping[str, AnyArray]) -> Network:
    plans = table.need("graph", lambda value, path: [_read_plan(*each) for each in filled(value, path)])
    outputs = table.need("outputs", lambda value, path: [text(*each) for each in filled(value, path)])
    cost, reduction = table.need("cost", _read_cost), table.need("reduction", text)
    with placed(table.path):
        shape, names = check_input_shape(table.need("inputs", as_is))
        made = plan_graph(shape, plans, cost, outputs=outputs, reduction=reduction, input_names=names)
        _check_arrays(arrays, made.shapes)
        return Network.of(made, arrays)


def _read_plan(value: Any, path: Path) -> LayerPlan:
    layer = dict(mapping(value, path))
    if "activation" in layer:
        layer["activation"] = read_activation(layer["activation"], (*path, "activation"))
    with placed(path):
        return make_plan(layer)


def _read_wiring(table: Table, arrays: Mapping[str, AnyArray]) -> tuple[tuple[tuple[str, ...], ...], Explicit | None]:
    """The arrays are held against the sizes before anything of those sizes is made."""
    if ("layers" in table) == ("units" in table):
        raise Fault("expected either 'layers' (their sizes) or 'units' (each by name).", table.path)
    if "layers" in table:
        if "parameters" in table:
            raise Fault("'parameters' cannot be combined with 'layers'.", (*table.path, "parameters"))
        sizes = table.need("layers", _read_layers(_read_size))
        _check_shapes(arrays, [range(size) for size in sizes])
        return made_up_units(sizes), None
    units = tuple(table.need("units", _read_layers(_read_names)))
    _check_distinct(units, (*table.path, "units"))
    _check_shapes(arrays, units)
    parameters = table.maybe("parameters", lambda value, path: read_parameters(value, path, units))
    return units, None if parameters is None else Explicit(chain_shapes(units), parameters)


def _read_layers(one: Callable[[Any, Path], Any]) -> Callable[[Any, Path], list[Any]]:
    def read(value: Any, path: Path) -> list[Any]:
        found = [one(*each) for each in filled(value, path)]
        if len(found) < 2:
            raise Fault("expected at least two layers, inputs and outputs; received 1.", path)
        return found

    return read


def _read_size(value: Any, path: Path) -> int:
    return whole(value, path, 1, LARGEST)


def _read_names(value: Any, path: Path) -> tuple[str, ...]:
    return tuple(text(*each) for each in filled(value, path))


def _check_distinct(units: tuple[tuple[str, ...], ...], path: Path) -> None:
    seen: set[str] = set()
    for unit in (unit for layer in units for unit in layer):
        if unit in seen:
            raise Fault(f"there are two units named {shown(unit)}.", path)
        seen.add(unit)


def _check_shapes(arrays: Mapping[str, AnyArray], units: Any) -> None:
    _check_arrays(arrays, dict(chain_shapes(units)))


def _check_arrays(arrays: Mapping[str, AnyArray], expected: Mapping[str, tuple[int, ...]]) -> None:
    found = {key: (array.shape, array.dtype.name) for key, array in arrays.items()}
    check_arrays(found, ("arrays",), expected, kinds=(np.dtype(np.float64).name,))


def read_activation(value: Any, path: Path) -> Activation:
    """The activation of a JSON document."""
    if not (isinstance(value, dict) and "formula" in value):
        with placed(path):
            return activations.make(value)
    table = Table(value, path, ("name", "formula"))
    name, body = table.need("name", text), table.need("formula", formula.read_formula)
    if not NAME.fullmatch(name):
        raise Fault(
            f"expected lower-case letters, digits and _, as in 'my_gate'; received {shown(name)}.", (*path, "name")
        )
    with placed(path):
        return written(name, body)


def _read_cost(value: Any, path: Path) -> Cost:
    with placed(path):
        return costs.make(value)


Units = tuple[tuple[str, ...], ...]


def write_parameter(parameter: Parameter) -> dict[str, Any]:
    """The JSON of one parameter; `trained` is left out where it holds."""
    uses = [
        [int(place.array[1:]), *(place.index if len(place.index) == 2 else (None, *place.index))]
        for place in parameter.places
    ]
    return {"name": parameter.name, "uses": uses, **({} if parameter.trained else {"trained": False})}


def read_parameters(value: Any, path: Path, units: Units) -> tuple[Parameter, ...]:
    """All parameters, no two of one name or at one place."""
    found = tuple(_read_parameter(each, place, units) for each, place in items(value, path))
    names: set[str] = set()
    taken: dict[Place, str] = {}
    for position, parameter in enumerate(found, start=1):
        if parameter.name in names:
            raise Fault(f"there are two parameters named {shown(parameter.name)}.", (*path, position))
        names.add(parameter.name)
        for use in parameter.places:
            if use in taken:
                raise Fault(
                    f"{shown(parameter.name)} is in the same place as {shown(taken[use])}.", (*path, position, "uses")
                )
            taken[use] = parameter.name
    return found


def _read_parameter(value: Any, path: Path, units: Units) -> Parameter:
    table = Table(value, path, ("name", "uses", "trained"))
    uses = table.need("uses", lambda given, place: [_read_place(*each, units) for each in filled(given, place)])
    if len({len(place.index) for place in uses}) > 1:
        raise Fault("these places are a weight's and a bias's; expected those of one kind.", (*path, "uses"))
    return Parameter(table.need("name", text), tuple(uses), table.take("trained", flag, True))


def _read_place(value: Any, path: Path, units: Units) -> Place:
    parts = items(value, path)
    if len(parts) != 3:
        raise Fault(f"expected a place as [layer, row, column], received a list of {len(parts)}.", path)
    (layer, at_layer), (row, at_row), (column, at_column) = parts
    number = whole(layer, at_layer, 1, len(units) - 1)
    sender = None if row is None else whole(row, at_row, 0, len(units[number - 1]) - 1)
    receiver = whole(column, at_column, 0, len(units[number]) - 1)
    return Place(f"b{number}", (receiver,)) if sender is None else Place(f"W{number}", (sender, receiver))

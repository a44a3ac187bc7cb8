"""From layers as somebody wrote them down, by name and in any order, to an Architecture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.errors import BackproofError, NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.layers import INPUTS, Layer, infer_layer
from backproof.operations.activation import MOST_AXES, activations
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.cost import Cost
from backproof.operations.layer import LARGEST, Kind, Shape, kinds
from backproof.operations.registry import write_operation
from backproof.validate import check_whole, describe
from backproof.wiring import Indexed

#: Keys of a layer's table that are not options of its kind.
LAYER_KEYS = ("name", "kind", "from", "activation", "weights_of")


@final
@dataclass(frozen=True)
class LayerPlan:
    """A layer as somebody wrote it down: its name, kind, senders by name, activation, and whose parameters it shares.

    Without senders it receives from the layer before it.
    """

    name: str
    kind: Kind
    receives: tuple[str, ...] = ()
    activation: Any = "identity"
    weights_of: str | None = None


def make_plan(table: Mapping[str, Any]) -> LayerPlan:
    """A layer from a table such as `{"name": "c", "kind": "conv2d", "channels": 2, "kernel": 3, "activation": "relu"}`.

    `from` names one sender or a list of them, `weights_of` the layer whose parameters it shares; other keys are options
    of the kind. Raise OptionError or NameUnknown for what does not exist.
    """
    if not isinstance(table, Mapping):
        raise OptionError(f"a layer is a table with a name and a kind, received {describe(table)}.")
    for key in ("name", "kind"):
        if not isinstance(table.get(key), str):
            raise OptionError(f"a layer needs a {key}, a string; received {describe(table.get(key))}.")
    name = check_name("layer", table["name"])
    senders = _check_names(f"layer '{name}': from", table.get("from", ()))
    owner = table.get("weights_of")
    if owner is not None and not isinstance(owner, str):
        raise OptionError(f"layer '{name}': weights_of must be the name of a layer, received {describe(owner)}.")
    options = {key: value for key, value in table.items() if key not in LAYER_KEYS}
    try:
        kind = kinds.make({"name": table["kind"], **options})
        activation = activations.make(table.get("activation", "identity"))
    except BackproofError as error:
        raise type(error)(f"layer '{name}': {error}") from None
    return LayerPlan(name, kind, senders, activation, owner)


def _check_names(what: str, value: Any) -> tuple[str, ...]:
    """Names of layers, where one may stand alone. Raise OptionError for anything else."""
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise OptionError(f"{what} must be a name or a list of names, received {describe(value)}.")
    return tuple(names)


def check_input_shape(inputs: Any) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The shape of one sample's inputs, and the names of the units if given. Raise ShapeError or OptionError."""
    if isinstance(inputs, int | np.integer) and not isinstance(inputs, bool):
        return (check_whole("inputs", inputs, 1, LARGEST),), ()
    if isinstance(inputs, list | tuple) and inputs:
        if all(isinstance(each, str) for each in inputs):
            if len(set(inputs)) < len(inputs):
                raise ShapeError(f"inputs: two units have the same name in {describe(inputs)}.")
            return (len(inputs),), tuple(check_name("unit", each) for each in inputs)
        if not any(isinstance(each, str) for each in inputs):
            check_whole("number of axes of the inputs", len(inputs), 1, MOST_AXES)
            return tuple(check_whole("inputs", each, 1, LARGEST) for each in inputs), ()
    raise ShapeError(f"inputs must be a number, a shape or the names of the units, received {describe(inputs)}.")


def write_layers(architecture: Architecture) -> list[dict[str, Any]]:
    """The tables of its layers, of which `make_plan` makes the same layers again."""
    owners: dict[str, str] = {}
    tables = []
    for number, layer in enumerate(architecture.layers):
        if number == 0:
            continue
        senders = [architecture.layers[sender].name for sender in layer.receives]
        kind = write_operation(layer.works)
        options = {} if isinstance(kind, str) else {key: value for key, value in kind.items() if key != "name"}
        owner = owners.setdefault(layer.arrays[0][1], layer.name) if layer.arrays else layer.name
        table: dict[str, Any] = {"name": layer.name, "kind": layer.works.name, **options}
        if layer.receives != (number - 1,):
            table["from"] = senders
        if layer.activation != IdentityFunction():
            table["activation"] = write_operation(layer.activation)
        if owner != layer.name:
            table["weights_of"] = owner
        tables.append(table)
    return tables


def check_name(what: str, name: str) -> str:
    """The name of a layer or a unit: letters, digits, _ and ', beginning with a letter. Raise OptionError."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_']*", name) or name in ("E", "eta"):
        raise OptionError(
            f"{what} name {describe(name)}: expected letters a to z, digits, _ and ', beginning with a letter, and "
            "neither E (the cost) nor eta (the learning rate)."
        )
    return name


def plan_graph(
    inputs: Shape,
    plans: Sequence[LayerPlan],
    cost: Cost,
    *,
    outputs: str | Sequence[str] = (),
    reduction: str = "sum",
    input_names: tuple[str, ...] = (),
) -> Architecture:
    """The architecture of named layers, which may be written in any order that has no cycle.

    Without `outputs` the cost judges the last layer. Raise NameUnknown, ShapeError or OptionError, with the layer.
    """
    if not plans:
        raise ShapeError("expected at least one layer after the inputs, received none.")
    ordered = _sort_plans(plans)
    layers = [Layer(INPUTS, None, (), IdentityFunction(), (), inputs, input_names)]
    numbers, shapes = {INPUTS: 0}, dict[str, Shape]()
    for number, (plan, senders) in enumerate(ordered, start=1):
        layers.append(_make_layer(plan, tuple(numbers[name] for name in senders), layers, numbers, shapes))
        numbers[plan.name] = number
    judged = _check_names("outputs", outputs) or (plans[-1].name,)
    for name in judged:
        if name not in numbers or name == INPUTS:
            raise NameUnknown(f"outputs: there is no layer '{name}'.{did_you_mean(name, list(numbers)[1:])}")
    buffers = dict.fromkeys(
        array for layer in layers[1:] for role, array in layer.arrays if role in layer.works.buffers
    )
    wiring = Indexed(tuple(shapes.items()), tuple(buffers))
    return Architecture(tuple(layers), tuple(numbers[name] for name in judged), cost, wiring, reduction)


def _sort_plans(plans: Sequence[LayerPlan]) -> list[tuple[LayerPlan, tuple[str, ...]]]:
    """Plans in topological order, each with the names of its senders; as written where that is one already."""
    names = [plan.name for plan in plans]
    known = {INPUTS}
    for name in names:
        if name in known:
            raise OptionError(f"there are two layers named '{name}'{' (the inputs)' if name == INPUTS else ''}.")
        known.add(name)
    senders, needs = list[tuple[str, ...]](), list[set[str]]()
    waiting: dict[str, list[int]] = {name: [] for name in known}
    for number, (plan, before) in enumerate(zip(plans, [INPUTS, *names], strict=False)):
        senders.append(plan.receives or (before,))
        needs.append({*senders[number], *([plan.weights_of] if plan.weights_of else [])})
        for name in needs[number]:
            if name not in known:
                raise NameUnknown(f"layer '{plan.name}': there is no layer '{name}'.{did_you_mean(name, names)}")
            waiting[name].append(number)
    placed, ready = [INPUTS], list[int]()  # of those that may stand next, the first as written does
    order: list[int] = []
    for name in placed:
        for number in waiting[name]:
            needs[number].remove(name)
            if not needs[number]:
                heappush(ready, number)
        if ready:
            order.append(heappop(ready))
            placed.append(names[order[-1]])
    if len(order) < len(plans):
        cycle = _find_cycle({name: need for name, need in zip(names, needs, strict=True) if need})
        raise OptionError(f"the layers form a cycle: {' -> '.join(cycle)}.")
    return [(plans[number], senders[number]) for number in order]


def _find_cycle(needs: Mapping[str, set[str]]) -> list[str]:
    """The names of a cycle, its first one again at its end; a layer stands before the one that receives from it."""
    trail: dict[str, None] = {}
    name = next(iter(needs))
    while name not in trail:
        trail[name] = None
        name = min(needs[name])
    names = [*trail]
    return [name, *names[: names.index(name) : -1], name]


def _make_layer(
    plan: LayerPlan,
    senders: tuple[int, ...],
    layers: Sequence[Layer],
    numbers: Mapping[str, int],
    shapes: dict[str, Shape],
) -> Layer:
    """One layer, its shape worked out; its parameter arrays are entered among `shapes`."""
    activation = activations.make(plan.activation)
    shape, parameters = infer_layer(plan.name, plan.kind, activation, [layers[sender].shape for sender in senders])
    owner = plan.weights_of or plan.name
    if plan.weights_of:
        theirs = {role: shapes[array] for role, array in layers[numbers[owner]].arrays}
        if theirs != parameters:
            raise ShapeError(
                f"layer '{plan.name}' has parameters of shapes {parameters}, those of '{owner}' are {theirs}; "
                "layers that share parameters must have the same kind and size."
            )
        arrays = layers[numbers[owner]].arrays
    else:
        arrays = tuple((role, f"{owner}.{role}") for role in parameters)
        shapes.update({array: parameters[role] for role, array in arrays})
    return Layer(plan.name, plan.kind, senders, activation, arrays, shape)

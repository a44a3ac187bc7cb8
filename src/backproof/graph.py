"""From layers as somebody wrote them down, by name and in any order, to an Architecture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

import numpy as np

from backproof.architecture import Architecture
from backproof.errors import BackproofError, NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.layers import INPUTS, Layer, LayerPlan, check_senders, infer_layer
from backproof.operations.activation import activations
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.cost import Cost
from backproof.operations.layer import LARGEST, Kind, Shape, kinds
from backproof.operations.registry import write_operation
from backproof.operations.shorthand import Shorthand, shorthands
from backproof.validate import MOST_AXES, check_whole, describe
from backproof.wiring import Indexed

#: Keys of a layer's table that are not options of its kind.
LAYER_KEYS = ("name", "kind", "from", "activation", "weights_of", "arrays", "untrained")


def make_plan(table: Mapping[str, Any]) -> LayerPlan:
    """A layer from a table such as `{"name": "c", "kind": "conv2d", "channels": 2, "kernel": 3, "activation": "relu"}`.

    `from` names one sender or a list of them, `weights_of` the layer whose parameters it shares, `arrays` the
    name of the parameter array of each role, `untrained` the roles that no update changes; other keys are options of
    the kind. Raise OptionError or NameUnknown for what does not exist.
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
    arrays = _check_arrays(name, table.get("arrays", {}))
    untrained = _check_names(f"layer '{name}': untrained", table.get("untrained", ()))
    options = {key: value for key, value in table.items() if key not in LAYER_KEYS}
    try:
        kind = _make_kind(table["kind"], options)
        activation = activations.make(table["activation"]) if "activation" in table else None
    except BackproofError as error:
        raise type(error)(f"layer '{name}': {error}") from None
    if isinstance(kind, Shorthand) and (arrays or untrained):
        raise OptionError(f"layer '{name}': {kind.name} stands for several layers; arrays and untrained are for one.")
    return LayerPlan(name, kind, senders, activation, owner, arrays, untrained)


def _check_arrays(layer: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Names of parameter arrays by role. Raise OptionError for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
        raise OptionError(f"layer '{layer}': arrays must be names of arrays by role, received {describe(value)}.")
    for array in value.values():
        if not re.fullmatch(r"[A-Za-z0-9_']+(\.[A-Za-z0-9_']+)*", array) or array in ("E", "eta"):
            raise OptionError(
                f"layer '{layer}': array name {describe(array)}: expected letters a to z, digits, _ and ', in parts "
                "divided by dots, as in 'block.1.weight'."
            )
    return tuple(value.items())


def _make_kind(name: str, options: Mapping[str, Any]) -> Kind | Shorthand:
    """A kind of layer or a shorthand. Raise NameUnknown with the nearest of both."""
    if name in shorthands.names():
        return shorthands.make({"name": name, **options})
    if name in kinds.names():
        return kinds.make({"name": name, **options})
    known = sorted({*kinds.names(), *shorthands.names()})
    raise NameUnknown(
        f"unknown kind of layer {describe(name)}; expected one of {', '.join(known)}.{did_you_mean(name, known)}"
    )


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


def write_layers(
    architecture: Architecture, write_activation: Callable[[Any], Any] = write_operation
) -> list[dict[str, Any]]:
    """The tables of its layers as they were written, of which `make_plan` makes the same layers again."""
    plans = list(dict.fromkeys(_list_plans(architecture)))
    befores = (INPUTS, *(plan.name for plan in plans))
    return [_write_plan(plan, before, write_activation) for plan, before in zip(plans, befores, strict=False)]


def _list_plans(architecture: Architecture) -> Iterator[LayerPlan]:
    """What each layer was made from, once for every part of a shorthand."""
    owners: dict[str, str] = {}
    for layer in architecture.layers[1:]:
        owner = owners.setdefault(layer.arrays[0][1], layer.name) if layer.arrays else layer.name
        senders = tuple(architecture.layers[sender].name for sender in layer.receives)
        activation = None if layer.activation == IdentityFunction() else layer.activation
        arrays = layer.arrays if any(array != f"{owner}.{role}" for role, array in layer.arrays) else ()
        shared = None if arrays or owner == layer.name else owner
        untrained = tuple(role for role, array in layer.arrays if not architecture.wiring.trains(array))
        plan = LayerPlan(layer.name, layer.works, senders, activation, shared, arrays, untrained)
        yield layer.part_of or plan


def _write_plan(plan: LayerPlan, before: str, write_activation: Callable[[Any], Any]) -> dict[str, Any]:
    kind = write_operation(plan.kind)
    options = {} if isinstance(kind, str) else {key: value for key, value in kind.items() if key != "name"}
    table: dict[str, Any] = {"name": plan.name, "kind": plan.kind.name, **options}
    if plan.receives != (before,):
        table["from"] = list(plan.receives)
    if plan.activation is not None:
        table["activation"] = write_activation(plan.activation)
    if plan.weights_of is not None:
        table["weights_of"] = plan.weights_of
    if plan.arrays:
        table["arrays"] = dict(plan.arrays)
    if plan.untrained:
        table["untrained"] = list(plan.untrained)
    return table


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
    maker = _LayerMaker(Layer(INPUTS, None, (), IdentityFunction(), (), inputs, input_names))
    for plan, senders in _sort_plans(plans):
        maker.add(replace(plan, receives=senders))
    numbers = maker.numbers
    judged = _check_names("outputs", outputs) or (plans[-1].name,)
    for name in judged:
        if name not in numbers or name == INPUTS:
            raise NameUnknown(f"outputs: there is no layer '{name}'.{did_you_mean(name, list(numbers)[1:])}")
    wiring = Indexed(tuple(maker.shapes.items()), tuple(maker.untrained))
    return Architecture(tuple(maker.layers), tuple(numbers[name] for name in judged), cost, wiring, reduction)


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
                raise NameUnknown(f"layer '{plan.name}': there is no layer '{name}'.{_suggest_layer(name, names)}")
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


def _suggest_layer(name: str, names: Sequence[str]) -> str:
    """The nearest name; of a part of a shorthand what can be received instead, both as a sentence."""
    whole = name.partition(".")[0]
    if whole != name and whole in names:
        return f" Layers receive from '{whole}' as a whole; a layer of kind select or slice takes one step of it."
    return did_you_mean(name, names)


def _find_cycle(needs: Mapping[str, set[str]]) -> list[str]:
    """The names of a cycle, its first one again at its end; a layer stands before the one that receives from it."""
    trail: dict[str, None] = {}
    name = next(iter(needs))
    while name not in trail:
        trail[name] = None
        name = min(needs[name])
    names = [*trail]
    return [name, *names[: names.index(name) : -1], name]


class _LayerMaker:
    """Layers in the making: those so far, their numbers by name, the shapes of their parameter arrays."""

    def __init__(self, inputs: Layer) -> None:
        self.layers, self.numbers = [inputs], {inputs.name: 0}
        self.shapes: dict[str, Shape] = {}
        self.untrained: dict[str, None] = {}
        self.plans: dict[str, LayerPlan] = {}

    def add(self, plan: LayerPlan) -> None:
        """A layer as written, whose senders are here; a shorthand as the layers that it stands for."""
        activation = None if plan.activation is None else activations.make(plan.activation)
        self.plans[plan.name] = plan = replace(plan, activation=activation)
        if isinstance(plan.kind, Kind):
            self._place_layer(plan, plan.kind)
        elif plan.weights_of and self.plans[plan.weights_of].kind != plan.kind:
            raise ShapeError(
                f"layer '{plan.name}' shares the parameters of '{plan.weights_of}', which must have the same kind and "
                "the same options."
            )
        else:
            self._open(plan, plan.kind, self._find_owner(plan), plan)

    def _find_owner(self, plan: LayerPlan) -> str:
        """The shorthand after which the arrays of one are called: itself, or the one that it shares them with."""
        return self._find_owner(self.plans[plan.weights_of]) if plan.weights_of else plan.name

    def _open(self, plan: LayerPlan, shorthand: Shorthand, prefix: str, whole: LayerPlan) -> None:
        """All parts of a shorthand, their arrays named by the prefix; `whole` is what was written."""
        check_senders(plan.name, shorthand, len(plan.receives))
        received = [self.layers[self.numbers[sender]].shape for sender in plan.receives]
        try:
            parts = shorthand.expand(received, plan.activation)
        except ShapeError as error:
            raise ShapeError(f"layer '{plan.name}': {error}") from None
        for part in parts:
            senders = tuple(
                plan.receives[each] if isinstance(each, int) else f"{plan.name}.{each}" for each in part.receives
            )
            own = LayerPlan(_join(plan.name, part.name), part.kind, senders, part.activation)
            weights = _join(prefix, part.weights or part.name)
            if isinstance(part.kind, Kind):
                self._place_layer(own, part.kind, weights, whole)
            else:
                self._open(own, part.kind, weights, whole)

    def _place_layer(self, plan: LayerPlan, kind: Kind, prefix: str = "", whole: LayerPlan | None = None) -> None:
        """One layer, its shape worked out; its parameter arrays are entered among `shapes`."""
        activation = activations.make("identity" if plan.activation is None else plan.activation)
        senders = tuple(self.numbers[sender] for sender in plan.receives)
        received = [self.layers[sender].shape for sender in senders]
        shape, parameters = infer_layer(plan.name, kind, activation, received)
        arrays = tuple(self._name_arrays(plan, parameters, prefix or plan.name).items())
        for role, array in arrays:
            if self.shapes.setdefault(array, parameters[role]) != parameters[role]:
                raise ShapeError(
                    f"layer '{plan.name}': its {role} has shape {parameters[role]}, but the array '{array}' that it "
                    f"shares has {self.shapes[array]}."
                )
        fixed = (*plan.untrained, *kind.buffers)
        self.untrained |= {array: None for role, array in arrays if role in fixed}
        self.numbers[plan.name] = len(self.layers)
        self.layers.append(Layer(plan.name, kind, senders, activation, arrays, shape, part_of=whole))

    def _name_arrays(self, plan: LayerPlan, parameters: Mapping[str, Shape], prefix: str) -> dict[str, str]:
        """The name of the array of each role: as written, as the layer that it shares them with, or by its own name."""
        for role in (*dict(plan.arrays), *plan.untrained):
            if role not in parameters:
                known = ", ".join(parameters) or "none"
                raise OptionError(f"layer '{plan.name}' has no parameter array '{role}'; its arrays: {known}.")
        names = {role: f"{prefix}.{role}" for role in parameters}
        if plan.weights_of:
            names = dict(self.layers[self.numbers[plan.weights_of]].arrays)
            theirs = {role: self.shapes[array] for role, array in names.items()}
            if theirs != parameters:
                raise ShapeError(
                    f"layer '{plan.name}' has parameters of shapes {parameters}, those of '{plan.weights_of}' are "
                    f"{theirs}; layers that share parameters must have the same kind and size."
                )
        return names | dict(plan.arrays)


def _join(name: str, part: str) -> str:
    return f"{name}.{part}" if part else name

"""From layers as somebody wrote them down, by name and in any order, to an Architecture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import INPUTS, Architecture, Layer
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.operations.activation import activations
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.cost import Cost
from backproof.operations.layer import Kind, Shape
from backproof.wiring import Indexed


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


def plan_graph(
    inputs: Shape,
    plans: Sequence[LayerPlan],
    cost: Cost,
    *,
    outputs: Sequence[str] = (),
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
    judged = tuple(outputs) or (plans[-1].name,)
    for name in judged:
        if name not in numbers or name == INPUTS:
            raise NameUnknown(f"outputs: there is no layer '{name}'.{did_you_mean(name, list(numbers)[1:])}")
    if len(set(judged)) < len(judged):
        raise OptionError(f"outputs names a layer twice: {', '.join(judged)}.")
    made = Architecture.join(
        layers, tuple(numbers[name] for name in judged), cost, reduction, Indexed(tuple(shapes.items()))
    )
    for number, layer in enumerate(made.layers):
        if number and not made.listeners[number] and number not in made.outputs:
            raise ShapeError(
                f"layer '{layer.name}': no layer receives from it and the cost does not judge it; name it in another "
                "layer's 'from', or in 'outputs'."
            )
    return made


def _sort_plans(plans: Sequence[LayerPlan]) -> list[tuple[LayerPlan, tuple[str, ...]]]:
    """Plans in topological order, each with the names of its senders; as written where that is one already."""
    names = [plan.name for plan in plans]
    for position, name in enumerate(names):
        if name == INPUTS or name in names[:position]:
            raise OptionError(f"there are two layers named '{name}'{' (the inputs)' if name == INPUTS else ''}.")
    senders: dict[str, tuple[str, ...]] = {}
    for plan, before in zip(plans, [INPUTS, *names], strict=False):
        senders[plan.name] = plan.receives or (before,)
        for name in (*senders[plan.name], *([plan.weights_of] if plan.weights_of else [])):
            if name not in (*names, INPUTS):
                raise NameUnknown(f"layer '{plan.name}': there is no layer '{name}'.{did_you_mean(name, names)}")
    waiting, placed, found = list(plans), {INPUTS}, []
    while waiting:
        ready = next((plan for plan in waiting if _needs(plan, senders) <= placed), None)
        if ready is None:
            cycle = _find_cycle({plan.name: _needs(plan, senders) - placed for plan in waiting})
            raise OptionError(f"the layers go round in a cycle: {' -> '.join(cycle)}.")
        waiting.remove(ready)
        placed.add(ready.name)
        found.append((ready, senders[ready.name]))
    return found


def _needs(plan: LayerPlan, senders: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {*senders[plan.name], *([plan.weights_of] if plan.weights_of else [])}


def _find_cycle(needs: Mapping[str, set[str]]) -> list[str]:
    """The names of a cycle, its first one again at its end; a layer stands before the one that receives from it."""
    trail = [next(iter(needs))]
    while trail[-1] not in trail[:-1]:
        trail.append(sorted(needs[trail[-1]])[0])
    return trail[trail.index(trail[-1]) :][::-1]


def _make_layer(
    plan: LayerPlan,
    senders: tuple[int, ...],
    layers: Sequence[Layer],
    numbers: Mapping[str, int],
    shapes: dict[str, Shape],
) -> Layer:
    """One layer, its shape worked out; its parameter arrays are entered among `shapes`."""
    least, most = plan.kind.senders
    if len(senders) < least or (most is not None and len(senders) > most):
        wanted = f"at least {least} layers" if most is None else f"{least} layer{'s' if least > 1 else ''}"
        raise ShapeError(f"layer '{plan.name}': {plan.kind.name} receives from {wanted}, not from {len(senders)}.")
    received = [layers[sender].shape for sender in senders]
    try:
        shape, parameters = plan.kind.infer_shape(received), plan.kind.parameter_shapes(received)
    except ShapeError as error:
        raise ShapeError(f"layer '{plan.name}': {error}") from None
    owner = plan.weights_of or plan.name
    if plan.weights_of:
        theirs = {role: shapes[array] for role, array in layers[numbers[owner]].arrays}
        if theirs != parameters:
            raise ShapeError(
                f"layer '{plan.name}' has parameters of shapes {parameters}, those of '{owner}' are {theirs}; "
                "layers that share parameters must be of one kind and size."
            )
        arrays = layers[numbers[owner]].arrays
    else:
        arrays = tuple((role, f"{owner}.{role}") for role in parameters)
        shapes.update({array: parameters[role] for role, array in arrays})
    activation = activations.make(plan.activation)
    if activation.coupled and len(shape) > 1:
        raise ShapeError(
            f"layer '{plan.name}': {activation.name} expects one axis, received {shape}; flatten it first."
        )
    return Layer(plan.name, plan.kind, senders, activation, arrays, shape)

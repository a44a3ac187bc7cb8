"""The recurrent operators of ONNX and the shorthands that they are."""

from __future__ import annotations

from typing import NamedTuple

from backproof.architecture import Architecture
from backproof.layers import LayerPlan
from backproof.operations.recurrence import Recurrence


class Gates(NamedTuple):
    """A shorthand, what its gates are called in the order of the operator, and the operator's own activations."""

    shorthand: str
    names: tuple[str, ...]
    activations: tuple[str, ...]


OPERATORS = {
    "LSTM": Gates("lstm", ("_i", "_o", "_f", "_g"), ("Sigmoid", "Tanh", "Tanh")),
    "GRU": Gates("gru", ("_z", "_r", "_n"), ("Sigmoid", "Tanh")),
    "RNN": Gates("recurrent", ("",), ("Tanh",)),
}
DIRECTIONS = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}
#: What may stand in the place of tanh.
SQUASHING = {"Tanh": "tanh", "Relu": "relu", "Sigmoid": "sigmoid", "Softsign": "softsign", "Softplus": "softplus"}


def find_operators(architecture: Architecture) -> dict[int, LayerPlan]:
    """The recurrences that can be written as one operator each, by the numbers of their parts.

    No other layer receives from a part but the last one, which has the name of the whole, or shares its parameters.
    """
    layers, groups = architecture.layers, dict[str, list[int]]()
    for number, layer in enumerate(layers):
        if layer.part_of is not None and _is_operator(layer.part_of):
            groups.setdefault(layer.part_of.name, []).append(number)
    found: dict[int, LayerPlan] = {}
    for name, numbers in groups.items():
        members, plan = set(numbers), layers[numbers[0]].part_of
        inner = [number for number in numbers if layers[number].name != name]
        heard = any(each not in members for number in inner for each, _ in architecture.listeners[number])
        arrays = {array for number in numbers for _, array in layers[number].arrays}
        shared = any(
            array in arrays for at, layer in enumerate(layers) if at not in members for _, array in layer.arrays
        )
        if plan is not None and not (heard or shared or members.intersection(architecture.outputs) - {numbers[-1]}):
            found |= dict.fromkeys(numbers, plan)
    return found


def _is_operator(plan: LayerPlan) -> bool:
    """Whether a layer as written is a recurrence with an activation that the operators have."""
    squash = "tanh" if plan.activation is None else plan.activation.name
    return isinstance(plan.kind, Recurrence) and plan.weights_of is None and squash in SQUASHING.values()

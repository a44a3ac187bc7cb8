"""A layer of a graph as the steps of a tape, so that the slips of hand-written layers are made in it as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Array, Arrays
from backproof.checking.equations import AlteredEquations
from backproof.checking.tape import Normalise, OfKind, Plus, Product, Rearranged, Step, StepSlip, Taken, Tape, Times
from backproof.operations.layer import Kind
from backproof.operations.layers.batch_norm import BatchNorm
from backproof.operations.layers.conv2d import Conv2d
from backproof.operations.layers.embedding import Embedding
from backproof.operations.layers.layer_norm import LayerNorm
from backproof.operations.layers.matmul import Matmul
from backproof.operations.layers.multiply import Multiply
from backproof.propagation import Forward


def make_tape(kind: Kind, received: Sequence[Array], parameters: Mapping[str, Array]) -> Tape | None:
    """The steps of a kind of layer; None of one that no slip is known in."""
    make = MAKERS.get(type(kind))
    known = not (isinstance(kind, Multiply) and len(received) != 2) and not getattr(kind, "is_fixed", False)
    if make is None or not known:
        return None
    tape = Tape(kind.name)
    senders = [tape.leaf(f"sender {at}", array) for at, array in enumerate(received)]
    roles = {role: tape.leaf(role, array) for role, array in parameters.items()}
    tape.made.append(make(tape, kind, senders, roles))
    return tape


def _convolve(tape: Tape, kind: Any, senders: list[Step], roles: dict[str, Step]) -> Step:
    alone = replace(kind, bias=False)
    h = tape.do("the convolution", OfKind(alone, ("weight",)), senders[0], roles["weight"])
    return _add_bias(tape, h, roles)


def _normalise(tape: Tape, kind: Any, senders: list[Step], roles: dict[str, Step]) -> Step:
    count = senders[0].value.ndim
    axes = tuple(range(count - kind.axes, count)) if isinstance(kind, LayerNorm) else (0, *range(2, count))
    h = tape.do("the normalisation", Normalise(axes, kind.epsilon), senders[0])
    placed = {role: step if isinstance(kind, LayerNorm) else _by_channel(tape, step, h) for role, step in roles.items()}
    if "weight" in placed:
        h = tape.do("gamma", Times(gain=True), h, placed["weight"])
    return tape.do("the bias", Plus(bias=True), h, placed["bias"]) if "bias" in placed else h


def _look_up(tape: Tape, kind: Any, senders: list[Step], roles: dict[str, Step]) -> Step:
    table = roles["weight"]
    positions = senders[0].value.astype(np.int64)[..., None] * table.value.shape[1] + np.arange(table.value.shape[1])
    return tape.do("the rows", Taken(positions, "a token that appears several times"), table)


def _add_bias(tape: Tape, h: Step, roles: dict[str, Step]) -> Step:
    return tape.do("the bias", Plus(bias=True), h, _by_channel(tape, roles["bias"], h)) if "bias" in roles else h


def _by_channel(tape: Tape, parameter: Step, h: Step) -> Step:
    return tape.do("", Rearranged((0,), (-1, *[1] * (h.value.ndim - 2))), parameter)


Maker: TypeAlias = Callable[[Tape, Any, list[Step], dict[str, Step]], Step]
MAKERS: dict[type[Kind], Maker] = {
    Conv2d: _convolve,
    BatchNorm: _normalise,
    LayerNorm: _normalise,
    Embedding: _look_up,
    Multiply: lambda tape, kind, senders, roles: tape.do("the product", Times(), *senders),
    Matmul: lambda tape, kind, senders, roles: tape.do(
        "the product", Product(words=("the first", "the second")), *senders
    ),
}


class AlteredLayer(AlteredEquations):
    """What a layer sends back and the gradients of its parameters, with a slip in one of its steps."""

    def __init__(self, tape: Tape, slip: StepSlip) -> None:
        self.tape, self.slip, self.says = tape, slip, slip.says

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """To each sender."""
        made = self.tape.backward([delta], self.slip)
        return tuple(array for name, array in made.items() if name.startswith("sender "))

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """In the order of the kind's parameters."""
        made = self.tape.backward([delta], self.slip)
        return tuple(made[role] for role, _ in network.layers[layer].arrays)

"""A layer of a graph as the one step of a tape, so that the slips of hand-written layers are made in it as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backproof.architecture import Architecture
from backproof.arrays import Array, Arrays
from backproof.checking.equations import AlteredEquations
from backproof.checking.tape import StepSlip, Tape
from backproof.operations.layer import Kind
from backproof.propagation import Forward


def make_tape(kind: Kind, received: Sequence[Array], parameters: Mapping[str, Array]) -> Tape:
    """The one step of a kind of layer."""
    tape = Tape(kind.name)
    senders = [tape.leaf(f"sender {at}", array) for at, array in enumerate(received)]
    roles = {role: tape.leaf(role, array) for role, array in parameters.items()}
    tape.made.append(tape.do(f"the {kind.name.replace('_', ' ')}", kind, *senders, parameters=roles))
    return tape


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

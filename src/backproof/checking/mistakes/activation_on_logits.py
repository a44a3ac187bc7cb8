"""A hidden activation stands before the output activation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair
from backproof.operations.activation import Activation, activations
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class ActivationOnLogits(Mistake):
    """The last layer gets the activation of the hidden ones too, before its own.

    Why: a loop applies it to all layers, and the softmax comes after the loop.
    Example: softmax(relu(h)) for softmax(h).
    See it: every h below 0 gives the same output.
    """

    frequency = 3

    def in_outputs(self, activation: Activation, h: Array) -> Iterator[tuple[str, Array]]:
        for inner in INNER:
            yield (
                f"{inner} was applied to the outputs before {activation.name}",
                activation.forward(activations.make(inner).forward(h)),
            )

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        if step.last in BEFORE.get(step.loss, ()):
            says = f"{step.last} stands before {step.loss}, which expects numbers of any sign: take it out"
            yield Repair(says, "the outputs", Fix.LAST_OPERATION_OUT)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for inner in INNER:
            for masked in (True, False):
                yield code.output(Before(activations.make(inner), masked=masked))


#: What does not belong before the losses of PyTorch that apply an activation by themselves.
BEFORE = {
    "CrossEntropyLoss": ("relu", "sigmoid", "relu6", "hardsigmoid"),
    "BCEWithLogitsLoss": ("relu", "softmax", "relu6", "hardsigmoid"),
}
#: What is met before an output activation.
INNER = ("relu", "sigmoid", "tanh")


class Before(AlteredEquations):
    """delta where another activation stands before the output's; `masked`: its slope is multiplied in."""

    def __init__(self, inner: Activation, *, masked: bool) -> None:
        self.inner, self.masked = inner, masked
        self.says = f"{inner.name} was applied to the outputs before their own activation"

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        h = passed.h[-1]
        changed = self.inner.forward(h)
        a = network.activations[-1].forward(changed)
        at = passed._replace(h=(*passed.h[:-1], changed), a=(*passed.a[:-1], a))
        delta = super().output_error(network, at, y, self.cost_slope(network, y, a))
        return self.inner.backward(h, changed, delta) if self.masked else delta

"""The output activation is applied twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.operations.activation import Activation
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class OutputActivationTwice(Mistake):
    """The outputs go through their activation once more, inside the cost.

    Why: losses such as CrossEntropyLoss and BCEWithLogitsLoss apply it themselves, and the network did so before.
    Example: softmax as the last layer, then CrossEntropyLoss, which is log-softmax and the cross-entropy.
    See it: training is slow, and the outputs stay away from 0 and 1.
    """

    frequency = 4

    def in_outputs(self, activation: Activation, h: Array) -> Iterator[tuple[str, Array]]:
        if activation.name != "identity":
            yield f"{activation.name} was applied twice to the outputs", activation.forward(activation.forward(h))

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if code.network.activations[-1].name != "identity":
            for slope in ("short", "both", "outer", "inner"):
                yield code.output(Twice(slope))


class Twice(AlteredEquations):
    """delta with g(g(h)) for the outputs: by the short form, through both activations, or through one of them."""

    says = "the output activation was applied twice"

    def __init__(self, slope: str) -> None:
        self.slope = slope

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        last = network.activations[-1]
        h, once = passed.h[-1], passed.a[-1]
        twice = last.forward(once)
        at = Forward(passed.h, (*passed.a[:-1], twice))
        if self.slope == "short":
            return super().output_error(network, at, y, da)
        da = self.cost_slope(network, y, twice)
        if self.slope in ("both", "outer"):
            da = last.backward(once, twice, da)
        return da if self.slope == "outer" else last.backward(h, once, da)

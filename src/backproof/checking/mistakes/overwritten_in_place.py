"""An array was overwritten before it was used for the last time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.operations.activation import Activation
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class OverwrittenInPlace(Mistake):
    """An operation in place (out=, *=, -=) spoils h, a or an error that a later equation still needs.

    Why: it saves memory, and the name still says what the array once was.
    Example: np.tanh(h, out=h) in the forward pass and g'(h) in the backward one.
    See it: the gradients are right once the arrays are copied.
    """

    frequency = 4

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for again in AGAIN:
            yield from code.everywhere(ActivatedInPlace(again))
        yield code.output(Subtracted(code))
        yield from code.everywhere(SlopeForActivation(code), first=2)
        yield from code.everywhere(ErrorForActivation(code), first=2)


#: Whether the slope of an overwritten h works a out from h once more: never, always, where g' is not known from a.
AGAIN: tuple[Callable[[Activation, Any, Any], bool], ...] = (
    lambda activation, h, a: False,
    lambda activation, h, a: True,
    lambda activation, h, a: bool(np.any(activation.backward(h, a, 1.0) != activation.backward(h + 1, a, 1.0))),
)


class ActivatedInPlace(AlteredEquations):
    """delta = dE/da * g'(h) after h became a."""

    says = "h was overwritten by the activation a before g'(h) was taken"

    def __init__(self, again: Callable[[Activation, Any, Any], bool]) -> None:
        self.again = again

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        activation, a = network.activations[layer - 1], passed.a[layer]
        again = self.again(activation, passed.h[layer], a)
        return activation.backward(a, activation.forward(a) if again else a, da)


class Subtracted(AlteredEquations):
    """a -= y for the cost's derivative, and then g' of what stands in a."""

    says = "a was overwritten by a - y before g' was taken"

    def __init__(self, code: BackwardPass) -> None:
        self.code = code

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        gap = passed.a[layer] - self.code.y
        return network.activations[layer - 1].backward(passed.h[layer], gap, da)


class SlopeForActivation(AlteredEquations):
    """dE/dW_l with g'(h_{l-1}) where a_{l-1} stood."""

    says = "a was overwritten by its slope g'(h) before dE/dW took it"

    def __init__(self, code: BackwardPass) -> None:
        self.code = code

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        below = layer - 1
        slope = super().error(network, passed, below, 0 * passed.a[below] + 1)
        return slope.T @ delta, delta.sum(0)


class ErrorForActivation(AlteredEquations):
    """dE/dW_l with delta_{l-1} where a_{l-1} stood."""

    says = "a was overwritten by the error delta of its layer before dE/dW took it"

    def __init__(self, code: BackwardPass) -> None:
        self.code = code

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return self.code.backward.dh[layer - 1].T @ delta, delta.sum(0)

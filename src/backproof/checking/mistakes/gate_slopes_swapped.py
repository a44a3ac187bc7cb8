"""The slopes of sigmoid and tanh are swapped in a gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Send, Step
from backproof.operations.activation import Activation


@final
@dataclass(frozen=True)
class GateSlopesSwapped(Mistake):
    """A gate with a sigmoid gets the slope 1 - a^2 of a tanh, or the new content a (1 - a) of a sigmoid.

    Why: the lines for the four gates are copies of each other.
    Example: da_g = dg * g * (1 - g) where dg * (1 - g^2) belongs.
    See it: the parameters' gradients are wrong in the columns of one gate alone.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Activation):
            if step.work.name == "sigmoid":
                says = "the slope of a tanh, 1 - a^2, was taken for a sigmoid"
                yield says, lambda visit: {0: visit.delta * (1 - visit.step.value**2)}
            elif step.work.name == "tanh":
                says = "the slope of a sigmoid, a (1 - a), was taken for a tanh"
                yield says, lambda visit: {0: visit.delta * visit.step.value * (1 - visit.step.value)}

"""The kernel of a convolution is flipped where it is not, or not where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Send, Step
from backproof.operations.convolution import Convolution


@final
@dataclass(frozen=True)
class KernelFlipped(Mistake):
    """What a convolution sends back goes through the kernel turned by half a turn, or its gradient comes out so.

    Why: the gradient of a cross-correlation is a convolution, which flips the kernel; a library may do so already.
    Example: scipy.signal.convolve2d for correlate2d, or np.flip once too often.
    See it: with a symmetric kernel everything is right.
    """

    frequency = 5

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Convolution) and max(step.work.windows.size) > 1:
            weight, axes = step.parameters["weight"].value, tuple(range(2, step.value.ndim))
            yield (
                "the kernel is flipped in what goes back",
                lambda visit: visit.replace(0, visit.send(parameters={"weight": np.flip(weight, axes)})[0]),
            )
            says = "dE/dW has its kernels flipped"
            yield says, lambda visit: visit.replace("weight", np.flip(visit.true["weight"], axes))

"""The kernel of a convolution is flipped where it is not, or not where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, OfKind, Step, Visit
from backproof.operations.layers.conv2d import Conv2d


@final
@dataclass(frozen=True)
class KernelFlipped(Mistake):
    """What a convolution sends back goes through the kernel turned by half a turn, or its gradient comes out so.

    Why: the gradient of a cross-correlation is a convolution, which flips the kernel; a library may do so already.
    Example: scipy.signal.convolve2d for correlate2d, or np.flip once too often.
    See it: with a symmetric kernel everything is right.
    """

    frequency = 5

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if not (isinstance(step.work, OfKind) and isinstance(step.work.kind, Conv2d)):
            return
        work = step.work
        if step.received[1].value.shape[2:] == (1, 1):
            return

        def send_through_flipped(visit: Visit) -> Arrays:
            x, weight = visit.received
            return visit.replace(0, work.backward(visit.delta, (x, flip(weight)), visit.step.value)[0])

        yield "the kernel is flipped in what goes back", send_through_flipped
        yield "dE/dW has its kernels flipped", lambda visit: visit.replace(1, flip(visit.true[1]))


def flip(weight: Array) -> Array:
    """Rows and columns of each kernel in reverse order."""
    return weight[..., ::-1, ::-1]

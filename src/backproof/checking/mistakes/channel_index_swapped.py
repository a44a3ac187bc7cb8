"""The two channel indices of a kernel are swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, OfKind, Step, Visit
from backproof.operations.layers.conv2d import Conv2d


@final
@dataclass(frozen=True)
class ChannelIndexSwapped(Mistake):
    """Channels in and channels out of a convolution are swapped: w[d, c] where w[c, d] belongs.

    Why: with as many channels in as out the shapes fit either way.
    Example: np.einsum("ncij,dcuv->...") for "cduv" on the way back.
    See it: with one channel, or other numbers of them, it is right or does not run.
    """

    frequency = 4

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if not (isinstance(step.work, OfKind) and isinstance(step.work.kind, Conv2d)):
            return
        work, shape = step.work, step.received[1].value.shape
        if shape[0] != shape[1] or shape[0] == 1:
            return

        def send_through_swapped(visit: Visit) -> Arrays:
            x, weight = visit.received
            return visit.replace(0, work.backward(visit.delta, (x, weight.swapaxes(0, 1)), visit.step.value)[0])

        yield "channels in and out are swapped in what goes back", send_through_swapped
        yield "channels in and out are swapped in dE/dW", lambda visit: visit.replace(1, visit.true[1].swapaxes(0, 1))

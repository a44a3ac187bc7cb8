"""The two channel indices of a kernel are swapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.kernel_flipped import turn_kernels
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.operations.convolution import Convolution


@final
@dataclass(frozen=True)
class ChannelIndexSwapped(Mistake):
    """Channels in and channels out of a convolution are swapped: w[d, c] where w[c, d] belongs.

    Why: with as many channels in as out the shapes fit either way.
    Example: np.einsum("ncij,dcuv->...") for "cduv" on the way back.
    See it: with one channel, or other numbers of them, it is right or does not run.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        says = "channels in and out are swapped"
        yield from turn_kernels(site, says, lambda index, shape: (index[1], index[0], *index[2:]))

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Convolution):
            return
        weight = step.parameters["weight"].value
        if weight.shape[0] == weight.shape[1] > 1:
            yield (
                "channels in and out are swapped in what goes back",
                lambda visit: visit.replace(0, visit.send(parameters={"weight": weight.swapaxes(0, 1)})[0]),
            )
            says = "channels in and out are swapped in dE/dW"
            yield says, lambda visit: visit.replace("weight", visit.true["weight"].swapaxes(0, 1))

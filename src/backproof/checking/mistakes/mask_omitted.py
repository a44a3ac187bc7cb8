"""A mask is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.operations.layers.dropout import Dropout
from backproof.operations.max_pool import SlidingMaxPool


@final
@dataclass(frozen=True)
class MaskOmitted(Mistake):
    """The gradient also reaches what did not count: dropped units, or every place of a max pool's window.

    Why: the forward pass makes the mask, and forgets to hand it on.
    Example: dx = dout / keep without the mask; dx[window] += dout for all of the window.
    See it: dx has no zeros where the outputs have them.
    """

    frequency = 7

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Dropout) and "mask" in step.parameters:
            says = "the mask was forgotten"
            yield says, lambda visit: visit.send(parameters={"mask": np.ones_like(visit.delta)})
            if step.work.rate:
                yield "the mask and the factor were forgotten", lambda visit: visit.replace(0, visit.delta)
        if isinstance(step.work, SlidingMaxPool):
            pool, size = step.work, prod(step.work.windows.size)

            def spread(visit: Visit, share: float, places: slice = slice(None)) -> Sent:
                parts = np.zeros((*visit.delta.shape[:2], size, *visit.delta.shape[2:]))
                parts[:, :, places] = share * visit.delta[:, :, None]
                return visit.replace(0, pool.windows.lay_back(parts, visit.received[0].shape[2:]))

            all_places = "every place of the window gets the gradient, not the largest alone"
            yield all_places, lambda visit: spread(visit, 1.0)
            shared = "the gradient is spread evenly over the window, as if by a mean"
            yield shared, lambda visit: spread(visit, 1 / size)
            yield "the first place of the window gets the gradient", lambda visit: spread(visit, 1.0, slice(1))
            smallest = "the smallest of the window gets the gradient"
            yield smallest, lambda visit: visit.send(received=[-visit.received[0]])

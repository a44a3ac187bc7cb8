"""A mask is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, Largest, Masked, Step, Visit


@final
@dataclass(frozen=True)
class MaskOmitted(Mistake):
    """The gradient also reaches what did not count: dropped units, or every place of a max pool's window.

    Why: the forward pass makes the mask, and forgets to hand it on.
    Example: dx = dout / keep without the mask; dx[window] += dout for all of the window.
    See it: dx has no zeros where the outputs have them.
    """

    frequency = 7

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Masked):
            factor = step.work.factor
            yield "the mask was forgotten", lambda visit: visit.replace(0, factor * visit.delta)
            if factor != 1:
                says = "the mask and the factor were forgotten"
                yield says, lambda visit: visit.replace(0, visit.delta)
        if isinstance(step.work, Largest):
            size = step.received[0].value.shape[-1]
            all_places = "every place of the window gets the gradient, not the largest alone"
            yield all_places, lambda visit: visit.replace(0, visit.delta[..., None])
            shared = "the gradient is spread evenly over the window, as if by a mean"
            yield shared, lambda visit: visit.replace(0, visit.delta[..., None] / size)

            def send_to_other(visit: Visit, pick: int) -> Arrays:
                x = visit.received[0]
                chosen = np.argmin(x, -1) if pick < 0 else np.full(x.shape[:-1], pick)
                return visit.replace(0, np.where(np.arange(size) == chosen[..., None], visit.delta[..., None], 0.0))

            yield "the first place of the window gets the gradient", lambda visit: send_to_other(visit, 0)
            yield "the smallest of the window gets the gradient", lambda visit: send_to_other(visit, -1)

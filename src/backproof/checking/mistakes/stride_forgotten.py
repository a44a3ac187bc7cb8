"""The stride is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.sliding import go_back, is_sliding
from backproof.checking.tape import Send, Step


@final
@dataclass(frozen=True)
class StrideForgotten(Mistake):
    """The windows of a convolution or pooling move by its stride on the way there and by 1 on the way back.

    Why: i * stride stands in the forward loop, and the loop of the backward pass is written anew.
    Example: dx[:, :, i:i + k, j:j + k] += ... where i * stride belongs.
    See it: with stride 1 it is right; far rows and columns get no gradient.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not is_sliding(step.work) or max(step.work.windows.stride) == 1:
            return
        windows = replace(step.work.windows, stride=(1,) * len(step.work.windows.stride))

        yield "the stride is forgotten in what goes back", lambda visit: go_back(visit, windows, 0)
        if "weight" in step.parameters:
            yield "the stride is forgotten in dE/dW", lambda visit: go_back(visit, windows, "weight")
            yield "the stride is forgotten in dx and dE/dW", lambda visit: go_back(visit, windows, 0, "weight")

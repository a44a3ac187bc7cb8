"""The padding is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.stride_forgotten import move_windows
from backproof.checking.site import Change, Site
from backproof.checking.sliding import go_back, is_sliding
from backproof.checking.tape import Send, Step


@final
@dataclass(frozen=True)
class PaddingForgotten(Mistake):
    """The gradient is that of a picture without its padding, or is cut out of the padded one at the wrong place.

    Why: the forward pass pads, and the backward pass gets the picture as it was.
    Example: return dx_padded[:, :, :H, :W] where [:, :, p:-p, p:-p] belongs.
    See it: dx is the right one, moved by some rows and columns.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from move_windows(site, "the padding is left out", padding=0)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not is_sliding(step.work) or not any(step.work.windows.padding):
            return
        windows = replace(step.work.windows, padding=(0,) * len(step.work.windows.padding))

        says = "dx is cut out of the padded gradient at its corner, without the padding"
        yield says, lambda visit: go_back(visit, windows, 0)
        if "weight" in step.parameters:
            yield "the padding is left out in dE/dW", lambda visit: go_back(visit, windows, "weight")
            both = "the padding is left out in what goes back and in dE/dW"
            yield both, lambda visit: go_back(visit, windows, 0, "weight")

"""The padding is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.stride_forgotten import go_back
from backproof.checking.tape import Arrays, OfKind, Step, Visit
from backproof.operations.layers.conv2d import Conv2d


@final
@dataclass(frozen=True)
class PaddingForgotten(Mistake):
    """The gradient is that of a picture without its padding, or is cut out of the padded one at the wrong place.

    Why: the forward pass pads, and the backward pass gets the picture as it was.
    Example: return dx_padded[:, :, :H, :W] where [:, :, p:-p, p:-p] belongs.
    See it: dx is the right one, moved by some rows and columns.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        work = step.work
        if not (isinstance(work, OfKind) and isinstance(work.kind, Conv2d)) or work.kind.windows.padding == (0, 0):
            return
        stride, padding = work.kind.windows.stride, work.kind.windows.padding

        def cut_wrongly(visit: Visit) -> Arrays:
            return visit.replace(0, go_back(work, visit, stride, padding, crop=(0, 0))[0])

        def leave_out(visit: Visit, which: tuple[int, ...]) -> Arrays:
            made, true = go_back(work, visit, stride, (0, 0)), visit.true
            return tuple(made[at] if at in which else true[at] for at in range(2))

        yield "dx is cut out of the padded gradient at its corner, without the padding", cut_wrongly
        yield "the padding is left out in dE/dW", lambda visit: leave_out(visit, (1,))
        yield "the padding is left out in what goes back and in dE/dW", lambda visit: leave_out(visit, (0, 1))

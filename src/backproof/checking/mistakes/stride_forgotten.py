"""The stride is forgotten on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, OfKind, Step, Taken, Visit
from backproof.operations.layers.conv2d import Conv2d


@final
@dataclass(frozen=True)
class StrideForgotten(Mistake):
    """The windows of a convolution or pooling move by its stride on the way there and by 1 on the way back.

    Why: i * stride stands in the forward loop, and the loop of the backward pass is written anew.
    Example: dx[:, :, i:i + k, j:j + k] += ... where i * stride belongs.
    See it: with stride 1 it is right; far rows and columns get no gradient.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Taken) and "the stride" in step.work.other:
            taken = step.work
            other = taken.other["the stride"]
            yield (
                "the stride is forgotten in what goes back",
                lambda visit: (taken.put_back(visit.delta, other, visit.received[0].shape),),
            )
        work = step.work
        if not (isinstance(work, OfKind) and isinstance(work.kind, Conv2d)) or work.kind.windows.stride == (1, 1):
            return
        padding = work.kind.windows.padding

        def send(visit: Visit, which: tuple[int, ...]) -> Arrays:
            made = go_back(work, visit, (1, 1), padding)
            true = visit.true
            return tuple(made[at] if at in which else true[at] for at in range(2))

        yield "the stride is forgotten in what goes back", lambda visit: send(visit, (0,))
        yield "the stride is forgotten in dE/dW", lambda visit: send(visit, (1,))
        yield "the stride is forgotten in dx and dE/dW", lambda visit: send(visit, (0, 1))


def go_back(
    work: OfKind, visit: Visit, stride: tuple[int, ...], offset: tuple[int, ...], *, crop: tuple[int, ...] | None = None
) -> tuple[Array, Array]:
    """What a convolution sends back with another stride, or with the picture `offset` rows and columns further.

    `crop` is where the picture is cut out of the padded one again, if not where it was put in.
    """
    x, weight = visit.received
    assert isinstance(work.kind, Conv2d)
    delta, own = visit.delta, work.kind.windows.padding
    need = [stride[axis] * (delta.shape[2 + axis] - 1) + weight.shape[2 + axis] for axis in (0, 1)]
    room = [max(size, x.shape[2 + axis] + own[axis] + max(own[axis], offset[axis])) for axis, size in enumerate(need)]
    padded = np.zeros((*x.shape[:2], *room))
    rows, columns = (slice(offset[axis], offset[axis] + x.shape[2 + axis]) for axis in (0, 1))
    padded[:, :, rows, columns] = x
    kind = replace(work.kind, stride=stride, padding=(0, 0))
    window = padded[:, :, : need[0], : need[1]]
    sent, gradient = OfKind(kind, work.roles).backward(delta, (window, weight), visit.step.value)
    whole = np.zeros_like(padded)
    whole[:, :, : need[0], : need[1]] = sent
    start = offset if crop is None else crop
    return whole[:, :, start[0] : start[0] + x.shape[2], start[1] : start[1] + x.shape[3]], gradient

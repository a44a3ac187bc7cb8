"""What is used several times gets the gradient of one use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, OfKind, Step, Taken, Visit
from backproof.operations.layers.conv2d import Conv2d


@final
@dataclass(frozen=True)
class RepeatedIndexOnce(Mistake):
    """A token that appears twice, or a place under two windows, gets one of its gradients where the sum belongs.

    Why: dW[tokens] += dout writes each row once, however often it is named; np.add.at adds all.
    Example: dx[window] = ... where dx[window] += ... belongs.
    See it: with no token twice, or windows side by side, it is right.
    """

    frequency = 7

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Taken):
            work = step.work

            def keep(visit: Visit, order: int) -> Arrays:
                flat = visit.delta.reshape(-1)[::order]
                positions = work.positions.reshape(-1)[::order]
                return (work.put_back(flat, positions, visit.received[0].shape, add=False),)

            yield f"{work.what} gets the gradient of its last use alone", lambda visit: keep(visit, 1)
            yield f"{work.what} gets the gradient of its first use alone", lambda visit: keep(visit, -1)
            yield f"{work.what} gets the mean of its gradients, not the sum", lambda visit: (average(work, visit),)
        if isinstance(step.work, OfKind) and isinstance(step.work.kind, Conv2d):
            kind = step.work.kind
            says = "a place that several windows share gets the gradient of the last window alone"
            yield says, lambda visit: visit.replace(0, overwrite(kind, visit))


def overwrite(kind: Conv2d, visit: Visit) -> Array:
    """What a convolution sends back, each window's part written over what was there."""
    x, weight = visit.received
    (rows, columns), (p, q), (s, t) = weight.shape[2:], kind.windows.padding, kind.windows.stride
    found = np.zeros((*x.shape[:2], x.shape[2] + 2 * p, x.shape[3] + 2 * q))
    for i, j in np.ndindex(visit.delta.shape[2:]):
        part = np.einsum("nf,fchw->nchw", visit.delta[:, :, i, j], weight)
        found[:, :, i * s : i * s + rows, j * t : j * t + columns] = part
    return found[:, :, p : p + x.shape[2], q : q + x.shape[3]]


def average(work: Taken, visit: Visit) -> Array:
    """The mean of what comes back to each entry."""
    shape = visit.received[0].shape
    counts = work.put_back(np.ones(visit.delta.shape), work.positions, shape)
    return work.put_back(visit.delta, work.positions, shape) / np.maximum(counts, 1)

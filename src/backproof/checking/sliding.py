"""A step whose windows slide over a picture, run backward with other windows than those of the way there."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf
from typing import Any, TypeGuard

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Sent, Visit
from backproof.operations.average_pool import AveragePool
from backproof.operations.convolution import Convolution
from backproof.operations.max_pool import SlidingMaxPool
from backproof.operations.windows import Windows


def is_sliding(work: Any) -> TypeGuard[Convolution | SlidingMaxPool | AveragePool]:
    """Whether it is a kind that treats all its windows alike."""
    alike = not isinstance(work, AveragePool) or work.count_include_pad or not any(work.windows.padding)
    return isinstance(work, Convolution | SlidingMaxPool | AveragePool) and alike


class Sliding:
    """What each window sends back by itself: the same kind goes back over all windows laid side by side."""

    def __init__(self, visit: Visit) -> None:
        kind = visit.step.work
        assert is_sliding(kind)
        self.visit, self.windows = visit, kind.windows
        self.counts, self.shape = visit.delta.shape[2:], visit.received[0].shape[2:]
        size = self.windows.size
        ones = (1,) * len(size)
        self.apart = Windows(size, size, (0,) * len(size), ones)
        names = {each.name for each in fields(kind)} & {"stride", "padding", "dilation"}
        self.kind = replace(kind, **{name: getattr(self.apart, name) for name in names})
        self.fill = -inf if isinstance(kind, SlidingMaxPool) else 0.0

    def send(self, windows: Windows) -> Sent:
        """What goes back if the windows are others on the way back: where they look, and where they lay."""
        beyond = [(0, 0), (0, 0), *((0, 2 * more) for more in self.windows.padding)]
        room = np.pad(self.visit.received[0], beyond, constant_values=self.fill)
        laid = windows.lay_back(self.list_parts(), room.shape[2:])
        inside = laid[(..., *(slice(length) for length in self.shape))]
        return {**self._send_apart(room, windows), 0: inside}

    def list_parts(self) -> Array:
        """What goes back from each window to each of its places, shape (samples, channels, places, *counts)."""
        sent = self._send_apart(self.visit.received[0], self.windows)[0]
        return np.asarray(self.apart.cut(sent, self.counts))

    def _send_apart(self, picture: Array, windows: Windows) -> Sent:
        """What goes back to the windows side by side, and to the parameters."""
        held = windows.cut(picture, self.counts, fill=self.fill)
        wide = tuple(count * size for count, size in zip(self.counts, self.windows.size, strict=True))
        return self.visit.send(received=[self.apart.lay_back(held, wide)], work=self.kind)

    def write_over(self, order: int) -> Array:
        """The parts not added up: of each place the one of the last window, or of the first (-1)."""
        parts = np.moveaxis(self.list_parts(), 2, -1)
        picture = np.arange(1, np.prod(self.shape) + 1).reshape(1, 1, *self.shape)
        places = np.moveaxis(self.windows.cut(picture, self.counts)[0, 0], 0, -1).reshape(-1)  # 0 outside
        found = np.zeros((*parts.shape[:2], picture.size + 1))
        found[..., places[::order]] = parts.reshape(*parts.shape[:2], -1)[..., ::order]
        return found[..., 1:].reshape(*parts.shape[:2], *self.shape)

    def count_uses(self) -> Array:
        """How many windows hold each place, shape (1, 1, *shape)."""
        ones = np.ones((1, 1, np.prod(self.windows.size), *self.counts))
        return np.asarray(self.windows.lay_back(ones, self.shape))


def go_back(visit: Visit, windows: Windows, *which: int | str) -> Sent:
    """What a step sends back, to some of those that it received by other windows."""
    made = Sliding(visit).send(windows)
    return {**visit.true, **{at: made[at] for at in which}}

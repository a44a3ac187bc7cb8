"""Which samples each step takes, epoch by epoch: shuffled anew by the seed and the epoch's number, and by nothing else.

So an epoch has the same order however a run got there: in one go, in pieces, or taken up again after a kill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.train.settings import Settings


class Order(NamedTuple):
    """The rows of each step, shape (epochs, steps, width), and which of them count where the last is not full."""

    rows: NDArray[np.int32]
    counts: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Orders:
    """The orders of a run on `count` samples. `steps` an epoch take `width` samples each, the last perhaps fewer."""

    count: int
    given: tuple[tuple[int, ...], ...]
    size: int | None
    shuffle: bool

    @classmethod
    def of(cls, settings: Settings, count: int) -> Orders:
        """The orders that the settings ask for."""
        size = settings.batch_size
        return cls(count, settings.batches, None if size is None or size >= count else size, settings.shuffle)

    @property
    def whole(self) -> bool:
        """Whether each step takes all samples, in their own order."""
        return not self.given and self.size is None

    @property
    def width(self) -> int:
        """The most samples of a step."""
        return max(map(len, self.given)) if self.given else (self.size or self.count)

    @property
    def steps(self) -> int:
        """The steps of an epoch."""
        return len(self.given) or -(-self.count // self.width)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many samples each step takes, shape (steps,)."""
        if self.given:
            return np.array([len(batch) for batch in self.given])
        return np.minimum(self.width, self.count - self.width * np.arange(self.steps))

    def of_epochs(self, seed: int, first: int, epochs: int, room: int = 1) -> Order | None:
        """The order of some epochs from the `first` (counted from 0); None where each step takes all samples.

        With room for more epochs than that, so that the shape is the same in every call.
        """
        if self.whole:
            return None
        places = self.places
        rows = np.zeros((max(epochs, room), self.steps, self.width), np.int32)
        for epoch in range(epochs):
            rows[epoch, places] = self._rows(seed, first + epoch)
        return Order(rows, None if places.all() else places)

    @property
    def places(self) -> NDArray[np.bool_]:
        """Where a step has a sample, shape (steps, width)."""
        return np.arange(self.width) < self.sizes[:, None]

    def _rows(self, seed: int, epoch: int) -> AnyArray:
        if self.given:
            return np.concatenate([np.array(batch) for batch in self.given]) - 1
        if not self.shuffle:
            return np.arange(self.count)
        return np.random.default_rng((seed, epoch)).permutation(self.count)

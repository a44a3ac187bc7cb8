"""Which samples each step takes, epoch by epoch: shuffled anew by the seed and the epoch's number, and by nothing else.

So an epoch has the same order however a run got there: in one go, in pieces, or taken up again after a kill.

Samples that are read block by block go to the engine in slabs, a few megabytes at a time. All slabs of a run have the
same shape, so that one program serves them all; while the engine works on one, the next is put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.source import Batch, Source
from backproof.train.options import TrainingOptions


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
    def of(cls, options: TrainingOptions, count: int) -> Orders:
        """The orders that the options ask for."""
        size = options.batch_size
        return cls(count, options.batches, None if size is None or size >= count else size, options.shuffle)

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
            rows[epoch, places] = self.list_rows(seed, first + epoch)
        return Order(rows, None if places.all() else places)

    @property
    def places(self) -> NDArray[np.bool_]:
        """Where a step has a sample, shape (steps, width)."""
        return np.arange(self.width) < self.sizes[:, None]

    def list_rows(self, seed: int, epoch: int) -> AnyArray:
        """The rows of all samples that an epoch (counted from 0) takes, in their order."""
        if self.given:
            return np.concatenate([np.array(batch) for batch in self.given]) - 1
        if not self.shuffle:
            return np.arange(self.count)
        return np.random.default_rng((seed, epoch)).permutation(self.count)


class Piece(NamedTuple):
    """Some samples, the order in which the steps take them (None: all in each), and how many steps.

    `whole`: these are all samples there are, so that the order has their own numbers.
    """

    data: Batch
    order: Order | None
    steps: int
    whole: bool


def read_slabs(source: Source, orders: Orders, epoch: int, size: int) -> Iterator[Piece]:
    """The samples of one epoch (counted from 0), in slabs of about `size` bytes of inputs."""
    first = 0
    for data in _fill_blocks(source.blocks(epoch), orders.width, size):
        most = len(data.x) // orders.width
        steps = min(most, orders.steps - first)
        rows = np.arange(most * orders.width, dtype=np.int32).reshape(1, most, orders.width)
        places = np.zeros((most, orders.width), bool)
        places[:steps] = orders.places[first : first + steps]
        yield Piece(data, Order(rows, None if orders.places.all() else places), steps, False)
        first += steps


def _fill_blocks(blocks: Iterator[Batch], width: int, size: int) -> Iterator[Batch]:
    """The same samples in blocks that all have as many rows, a multiple of the width; the last is filled up."""
    held: list[Batch] = []
    wanted = 0
    for block in blocks:
        held.append(block)
        wanted = wanted or _count_rows(block.x, width, size)
        while sum(len(each.x) for each in held) >= wanted:
            joined = _join(held)
            yield Batch(*(None if each is None else each[:wanted] for each in joined))
            held = [Batch(*(None if each is None else each[wanted:] for each in joined))]
    if held and len(held[-1].x):
        yield Batch(*(None if each is None else _pad(each, wanted) for each in _join(held)))


def _count_rows(x: AnyArray, width: int, size: int) -> int:
    """How many rows make a slab: a multiple of the width."""
    return width * max(1, size // max(1, width * x[:1].nbytes))


def _join(held: list[Batch]) -> Batch:
    if len(held) == 1:
        return held[0]
    return Batch(*(None if parts[0] is None else np.concatenate(parts) for parts in zip(*held, strict=True)))


def _pad(array: AnyArray, rows: int) -> AnyArray:
    return np.concatenate([array, np.zeros((rows - len(array), *array.shape[1:]), array.dtype)])

"""Slabs: samples that are read block by block, handed to the engine a few megabytes at a time.

All slabs of a run have the same shape, so that one program serves them all; while the engine works on one, the next is
put together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Batch, Source
from backproof.train.orders import Order, Orders


class Piece(NamedTuple):
    """Some samples, the order in which the steps take them (None: all in each), and how many steps."""

    data: Batch
    order: Order | None
    steps: int


def of(source: Source, orders: Orders, epoch: int, size: int) -> Iterator[Piece]:
    """The samples of one epoch (counted from 0), in slabs of about `size` bytes of inputs."""
    first = 0
    for data in _filled(source.blocks(epoch), orders.width, size):
        most = len(data.x) // orders.width
        steps = min(most, orders.steps - first)
        rows = np.arange(most * orders.width, dtype=np.int32).reshape(1, most, orders.width)
        places = np.zeros((most, orders.width), bool)
        places[:steps] = orders.places[first : first + steps]
        yield Piece(data, Order(rows, None if orders.places.all() else places), steps)
        first += steps


def _filled(blocks: Iterator[Batch], width: int, size: int) -> Iterator[Batch]:
    """The same samples in blocks that all have as many rows, a multiple of the width; the last is filled up."""
    held: list[Batch] = []
    wanted = 0
    for block in blocks:
        held.append(block)
        wanted = wanted or _rows(block.x, width, size)
        while sum(len(each.x) for each in held) >= wanted:
            joined = _joined(held)
            yield Batch(*(None if each is None else each[:wanted] for each in joined))
            held = [Batch(*(None if each is None else each[wanted:] for each in joined))]
    if held and len(held[-1].x):
        yield Batch(*(None if each is None else _padded(each, wanted) for each in _joined(held)))


def _rows(x: AnyArray, width: int, size: int) -> int:
    """How many rows make a slab: a multiple of the width."""
    return width * max(1, size // max(1, width * x[:1].nbytes))


def _joined(held: list[Batch]) -> Batch:
    if len(held) == 1:
        return held[0]
    return Batch(*(None if parts[0] is None else np.concatenate(parts) for parts in zip(*held, strict=True)))


def _padded(array: AnyArray, rows: int) -> AnyArray:
    return np.concatenate([array, np.zeros((rows - len(array), *array.shape[1:]), array.dtype)])

"""`[training]`: how the parameters change from step to step."""

from __future__ import annotations

from typing import Any

from backproof.operations.optimiser import optimisers
from backproof.schema import Fault, Path, Table, as_is, filled, number, placed, whole
from backproof.trace import Training

KEYS = ("learning_rate", "optimizer", "batches")


def read(value: Any, path: Path, count: int) -> Training:
    """The training of a worksheet of `count` samples."""
    table = Table(value, path, KEYS)
    with placed((*path, "optimizer")):
        optimiser = optimisers.make(table.take("optimizer", as_is, "sgd"))
    batches = table.take("batches", lambda given, place: _batches(given, place, count), ())
    return Training(table.maybe("learning_rate", _rate), optimiser, batches)


def _rate(value: Any, path: Path) -> float:
    rate = number(value, path)
    if rate < 0:
        raise Fault(f"expected a number from 0, received {rate:g}; updates already go against the gradient.", path)
    return rate


def _batches(value: Any, path: Path, count: int) -> tuple[tuple[int, ...], ...]:
    return tuple(_batch(each, place, count) for each, place in filled(value, path))


def _batch(value: Any, path: Path, count: int) -> tuple[int, ...]:
    """The numbers of one step's samples; each at most once, so that `sample = 2` means one of them."""
    if type(value) is list and all(type(each) is int and 1 <= each <= count for each in value):
        batch = tuple(value)
        if 0 < len(batch) == len(set(batch)):  # nothing to say; there may be a million batches
            return batch
    numbers = [(whole(each, place, 1, count), place) for each, place in filled(value, path)]
    seen: set[int] = set()
    for sample, place in numbers:
        if sample in seen:
            raise Fault(f"sample {sample} stands twice in one batch.", place)
        seen.add(sample)
    return tuple(sample for sample, _ in numbers)

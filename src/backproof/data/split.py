"""Rows held back: round(n fraction) of them, each class in its share, the same for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.arrays import AnyArray
from backproof.errors import DataError, OptionError
from backproof.validate import check_whole, describe

Rows = NDArray[np.int64]


def split_rows(labels: ArrayLike | int, fraction: float, seed: int = 0) -> tuple[Rows, Rows]:
    """Rows to train on and rows held back, each sorted; at least one of either.

    labels: the class of each row, kept in proportion, or just how many rows there are. A class of two rows or more has
    a row on both sides, even where the held-back rows become more than `fraction` by it; a class of one row trains.
    """
    if not isinstance(fraction, int | float) or isinstance(fraction, bool) or not 0 < fraction < 1:
        raise OptionError(f"the share of rows to hold back must lie between 0 and 1, received {describe(fraction)}.")
    check_whole("seed", seed, 0)
    classes = np.zeros(labels, dtype=np.int64) if isinstance(labels, int) else np.unique(labels, return_inverse=True)[1]
    if len(classes) < 2:
        raise DataError(f"expected two rows or more to hold some back, received {len(classes)}.")
    sizes = np.bincount(classes)
    random = np.random.default_rng(seed)
    order = random.permutation(len(classes))
    grouped = order[np.argsort(classes[order], kind="stable")]
    within = np.arange(len(classes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = np.sort(grouped[within < np.repeat(allocate_held_rows(sizes, fraction), sizes)])
    if not len(held):  # every row a class of its own
        held = order[:1]
    return np.setdiff1d(np.arange(len(classes)), held), held


def allocate_held_rows(sizes: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    """How many rows of each class to hold back: its share, rounded so that the sum is right, if it can be."""
    ideal = sizes * fraction
    least = (sizes > 1).astype(np.int64)
    most = np.maximum(sizes - 1, 0)
    taken = np.clip(np.floor(ideal).astype(np.int64), least, most)
    wanted = min(max(1, round(float(ideal.sum()))), int(most.sum()))
    while taken.sum() < wanted:
        taken[_find_largest(ideal - taken, taken < most)] += 1
    while taken.sum() > wanted and (taken > least).any():
        taken[_find_largest(taken - ideal, taken > least)] -= 1
    return np.asarray(taken)


def _find_largest(values: AnyArray, allowed: NDArray[np.bool_]) -> int:
    return int(np.argmax(np.where(allowed, values, -np.inf)))

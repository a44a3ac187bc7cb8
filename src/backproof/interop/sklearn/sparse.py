"""Sparse inputs: rows of them as they are for NumPy, dense mini-batches for JAX, and never all of them dense."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import ArraySource, Batch, Source
from backproof.train.batches import Orders
from backproof.train.options import TrainingOptions
from backproof.train.source import check_weights

#: Number of bytes of the rows that become dense at a time.
BLOCK = 16_000_000


def is_sparse(X: Any) -> bool:
    """Whether X is a sparse matrix."""
    return hasattr(X, "toarray")


def to_rows(X: Any) -> Any:
    """X as it is, a sparse one by rows."""
    return X.tocsr() if is_sparse(X) else X


def to_dense(X: Any) -> AnyArray:
    """A matrix, sparse or not, as an array."""
    array: AnyArray = X.toarray() if is_sparse(X) else X
    return array


def as_source(X: Any, y: AnyArray, weights: AnyArray | None) -> ArraySource:
    """Samples in memory, X sparse or not, as scikit-learn has checked them."""
    return ArraySource(X, y, check_weights(weights, len(y)))


@dataclass(frozen=True, eq=False)
class DenseBlocks(Source):
    """Samples whose inputs become dense block by block, in the order in which the steps take them."""

    samples: ArraySource
    orders: Orders
    seed: int

    @classmethod
    def of(cls, samples: ArraySource, options: TrainingOptions) -> DenseBlocks:
        """The samples in the orders that the options ask for."""
        return cls(samples, Orders.of(options, samples.count), options.seed)

    @property
    def count(self) -> int:  # type: ignore[override]
        """The number of samples."""
        return self.samples.count

    def blocks(self, epoch: int) -> Iterator[Batch]:
        """The samples of an epoch, in order."""
        x, y, weights = self.samples.data
        order = self.orders.list_rows(self.seed, epoch)
        most = max(1, BLOCK // max(1, x.shape[1] * x.dtype.itemsize))
        for rows in np.split(order, range(most, len(order), most)):
            yield Batch(x[rows].toarray(), y[rows], None if weights is None else weights[rows])

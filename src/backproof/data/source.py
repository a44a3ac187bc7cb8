"""Where the samples of a run come from: arrays in memory, or blocks that are read one after the other.

Inputs are kept as they were measured and scaled batch by batch, so that bytes stay bytes in memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from backproof.arrays import AnyArray


class Batch(NamedTuple):
    """The samples of a step: inputs (samples, inputs), targets (samples, outputs), weights (samples, 1) or None."""

    x: Any
    y: Any
    weights: Any = None


class Scaling(NamedTuple):
    """Inputs as measured become (x - shift) * scale in each batch; both have shape (inputs,)."""

    shift: Any
    scale: Any

    def apply(self, x: Any) -> Any:
        """The scaled inputs, in the precision that x, shift and scale have together."""
        return (x - self.shift) * self.scale


class Source(ABC):
    """Abstract. `count` samples an epoch, with the scaling of the inputs that is still to be done."""

    count: int
    scaling: Scaling | None = None

    @property
    def scaling_numbers(self) -> dict[str, Any]:
        """The arrays of the scaling as numbers of a step: `shift` and `scale`, or nothing."""
        return {} if self.scaling is None else self.scaling._asdict()

    @abstractmethod
    def blocks(self, epoch: int) -> Iterator[Batch]:
        """The samples of an epoch, counted from 0, in blocks; the same for the same epoch, always."""

    def range_blocks(self, epoch: int, first: int, last: int) -> Iterator[Batch]:
        """Samples `first` to before `last` of those of an epoch, in an order of their own; without reading the others.

        All ranges of an epoch together are its samples, which need not stand as in `blocks`.
        """
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class ArraySource(Source):
    """Samples in memory: x (samples, inputs), y (samples, outputs), weights (samples,) or None.

    x may be a sparse matrix of SciPy's whose rows can be indexed, for the NumPy engine and networks of dense layers.
    """

    x: Any
    y: AnyArray
    weights: AnyArray | None = None
    scaling: Scaling | None = None

    @property
    def count(self) -> int:  # type: ignore[override]
        """The number of samples."""
        return int(self.x.shape[0])

    @property
    def data(self) -> Batch:
        """All samples."""
        return Batch(self.x, self.y, self.weights)

    def blocks(self, epoch: int) -> Iterator[Batch]:
        yield self.data


@dataclass(frozen=True, eq=False)
class Inputs:
    """Inputs as they are kept in memory, (samples, inputs), and the scaling that is still to be done, if any."""

    raw: AnyArray
    scaling: Scaling | None = None

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def width(self) -> int:
        """The number of inputs of a sample."""
        return int(self.raw.shape[1])

    def to_array(self, dtype: Any = np.float64) -> AnyArray:
        """The scaled inputs, computed in `dtype`."""
        raw: AnyArray = self.raw.astype(dtype)
        if self.scaling is None:
            return raw
        scaled: AnyArray = Scaling(*(part.astype(dtype) for part in self.scaling)).apply(raw)
        return scaled

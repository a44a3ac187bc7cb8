"""Where a run's samples come from: arrays in memory, or blocks read one after the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from numpy.typing import ArrayLike

from backproof.arrays import AnyArray, Array
from backproof.errors import NumberError, ShapeError
from backproof.network import Network, check_inputs
from backproof.train.step import Batch
from backproof.validate import check_numbers, check_samples


class Scaling(NamedTuple):
    """Inputs as measured become (x - shift) * scale in each batch; both have shape (inputs,)."""

    shift: Array
    scale: Array


class Source(ABC):
    """Abstract. `count` samples an epoch, with the scaling of the inputs that is still to be done."""

    count: int
    scaling: Scaling | None = None

    @abstractmethod
    def blocks(self, epoch: int) -> Iterator[Batch]:
        """The samples of an epoch, counted from 0, in blocks; the same for the same epoch, always."""


@dataclass(frozen=True, eq=False)
class Arrays(Source):
    """Samples in memory: x (samples, inputs), y (samples, outputs), weights (samples,) or None."""

    x: AnyArray
    y: AnyArray
    weights: AnyArray | None = None
    scaling: Scaling | None = None

    @property
    def count(self) -> int:  # type: ignore[override]
        """How many samples there are."""
        return len(self.x)

    @property
    def data(self) -> Batch:
        """All samples."""
        return Batch(self.x, self.y, self.weights)

    def blocks(self, epoch: int) -> Iterator[Batch]:
        yield self.data


def arrays(network: Network, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> Arrays:
    """Inputs and targets that fit the network and each other; numbers of 32 bits and bytes stay what they are.

    Errors: ShapeError for shapes that do not fit, NumberError for numbers that are not finite, or a negative weight.
    """
    inputs = check_inputs(network.architecture, x, keep=True)
    targets = check_samples(y, network.architecture.output_count, "targets", keep=True)
    if len(inputs) != len(targets):
        raise ShapeError(f"there are {len(inputs)} inputs and {len(targets)} targets; expected as many of each.")
    return Arrays(inputs, targets, weights_of(weights, len(inputs)))


def weights_of(given: ArrayLike | None, count: int) -> Array | None:
    """Factors of the costs of so many samples, or None for none. Errors: ShapeError, NumberError."""
    if given is None:
        return None
    weights = check_numbers(given, "sample_weight")
    if weights.shape != (count,):
        raise ShapeError(f"sample_weight has shape {weights.shape}, expected ({count},): one for each sample.")
    if weights.min() < 0 or weights.sum() == 0:
        raise NumberError("sample_weight: expected finite numbers from 0, not all of them 0.")
    return weights

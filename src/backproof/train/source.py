"""Samples in memory that fit a network and each other."""

from __future__ import annotations

from numpy.typing import ArrayLike

from backproof.arrays import Array
from backproof.data.source import ArraySource
from backproof.errors import NumberError, ShapeError
from backproof.network import Network, check_inputs
from backproof.validate import check_numbers, check_samples


def arrays(network: Network, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> ArraySource:
    """Inputs and targets that fit the network and each other; numbers of 32 bits and bytes stay what they are.

    Errors: ShapeError for shapes that do not fit, NumberError for numbers that are not finite, or a negative weight.
    """
    inputs = check_inputs(network.architecture, x, keep=True)
    targets = check_samples(y, network.architecture.output_count, "targets", keep=True)
    if len(inputs) != len(targets):
        raise ShapeError(f"there are {len(inputs)} inputs and {len(targets)} targets; expected as many of each.")
    return ArraySource(inputs, targets, weights_of(weights, len(inputs)))


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

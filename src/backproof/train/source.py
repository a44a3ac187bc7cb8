"""Where a run's samples come from: arrays in memory, or blocks read one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.arrays import AnyArray, Array
from backproof.data.source import ArraySource
from backproof.errors import NumberError, OptionError, ShapeError
from backproof.inputs import check_inputs
from backproof.network import Network
from backproof.validate import check_amount, check_numbers, check_samples, describe


def make_source(network: Network, x: ArrayLike, y: ArrayLike, weights: ArrayLike | None = None) -> ArraySource:
    """Inputs in rows, and targets, that fit the network and each other; numbers of 32 bits and bytes stay as they are.

    Errors: ShapeError for shapes that do not fit, NumberError for numbers that are not finite, or a negative weight.
    """
    inputs = check_inputs(network.architecture, x, keep=True)
    inputs = inputs.reshape(len(inputs), -1)
    targets = check_samples(y, network.architecture.output_count, "targets", keep=True)
    if len(inputs) != len(targets):
        raise ShapeError(
            f"there are {len(inputs)} inputs and {len(targets)} targets; expected the same number of each."
        )
    return ArraySource(inputs, targets, check_weights(weights, len(inputs)))


def check_weights(given: ArrayLike | None, count: int) -> Array | None:
    """Factors of the costs of `count` samples, or None for none. Errors: ShapeError, NumberError."""
    if given is None:
        return None
    weights = check_numbers(given, "sample_weight")
    if weights.shape != (count,):
        raise ShapeError(f"sample_weight has shape {weights.shape}, expected ({count},): one for each sample.")
    if weights.min() < 0 or weights.sum() == 0:
        raise NumberError("sample_weight: expected finite numbers from 0, not all of them 0.")
    return weights


def find_classes(y: AnyArray) -> NDArray[np.int64]:
    """The class of each sample, from 0: the place of the 1 among several outputs, or what one output rounds to."""
    found: NDArray[np.int64] = y.argmax(axis=1) if y.shape[1] > 1 else np.rint(y[:, 0]).astype(np.int64)
    return found


def weigh_classes(given: Any, weights: ArrayLike | None, y: AnyArray) -> Array | None:
    """The weight of each sample, (samples,), with its class's put in; None where nothing is weighed.

    `balanced` gives every class the same weight in all, n / (classes * count), as scikit-learn has it.
    """
    own = check_weights(weights, len(y))
    if given is None:
        return own
    labels = find_classes(y)
    if isinstance(given, str) and given == "balanced":
        present, counts = np.unique(labels, return_counts=True)
        given = dict(zip(present.tolist(), (len(labels) / (len(present) * counts)).tolist(), strict=True))
    for label, weight in given.items():
        if label not in labels:
            raise OptionError(f"class_weight: no sample is of class {describe(label)}; classes are numbered from 0.")
        check_amount(f"class_weight of {describe(label)}", weight)
    factors = np.array([float(given.get(int(label), 1.0)) for label in labels])
    return check_weights(factors if own is None else own * factors, len(y))

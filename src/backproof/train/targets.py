"""Targets that name classes, and what each class weighs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backproof.arrays import AnyArray, Array
from backproof.errors import OptionError
from backproof.train.source import weights_of
from backproof.validate import check_amount, describe


def classes(y: AnyArray) -> NDArray[np.int64]:
    """The class of each sample, from 0: the place of the 1 among several outputs, or what one output rounds to."""
    found: NDArray[np.int64] = y.argmax(axis=1) if y.shape[1] > 1 else np.rint(y[:, 0]).astype(np.int64)
    return found


def class_weights(given: Any, weights: ArrayLike | None, y: AnyArray) -> Array | None:
    """The weight of each sample, (samples,), with its class's put in; None where nothing is weighed.

    `balanced` gives every class the same weight in all, n / (classes * count), as scikit-learn has it.
    """
    own = weights_of(weights, len(y))
    if given is None:
        return own
    labels = classes(y)
    if isinstance(given, str) and given == "balanced":
        present, counts = np.unique(labels, return_counts=True)
        given = dict(zip(present.tolist(), (len(labels) / (len(present) * counts)).tolist(), strict=True))
    if not isinstance(given, Mapping):
        raise OptionError(
            f"class_weight must be 'balanced' or a mapping of classes to weights, received {describe(given)}."
        )
    for label, weight in given.items():
        if label not in labels:
            raise OptionError(f"class_weight: no sample is of class {describe(label)}; classes are numbered from 0.")
        check_amount(f"class_weight of {describe(label)}", weight)
    factors = np.array([float(given.get(int(label), 1.0)) for label in labels])
    return weights_of(factors if own is None else own * factors, len(y))

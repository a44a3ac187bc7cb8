"""Metrics: what a network's answers are worth, other than their cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import NameUnknown, OptionError, did_you_mean
from backproof.validate import describe


@dataclass(frozen=True)
class Metric:
    """A number from targets and outputs, both (samples, outputs); `greater` tells whether more of it is better."""

    compute: Callable[[AnyArray, AnyArray], float]
    greater: bool


def accuracy(y: AnyArray, outputs: AnyArray) -> float:
    """The share of samples that are answered right: by the largest output, or each output on its side of 1/2.

    The largest decides where the targets of every sample are one 1 and else 0, as classes have it.
    """
    classes = y.shape[1] > 1 and bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
    if classes:
        return float(np.mean(y.argmax(axis=1) == outputs.argmax(axis=1)))
    return float(np.mean(((outputs > 0.5) == (y > 0.5)).all(axis=1)))


def label_accuracy(y: AnyArray, outputs: AnyArray) -> float:
    """The share of outputs that are on the side of 1/2 on which their targets are, each counted by itself."""
    return float(np.mean((outputs > 0.5) == (y > 0.5)))


def squared_error(y: AnyArray, outputs: AnyArray) -> float:
    """The mean of (y - a)^2."""
    return float(np.mean((y - outputs) ** 2))


def absolute_error(y: AnyArray, outputs: AnyArray) -> float:
    """The mean of |y - a|."""
    return float(np.mean(np.abs(y - outputs)))


def r2(y: AnyArray, outputs: AnyArray) -> float:
    """1 - sum (y - a)^2 / sum (y - mean y)^2: the share of the variance that is explained, 1 at best."""
    y = y.astype(np.float64)  # whose squares half precision could not hold
    left, whole = ((y - outputs) ** 2).sum(), ((y - y.mean(axis=0)) ** 2).sum()
    return float(1 - left / whole) if whole else float(left == 0)


METRICS = {
    "accuracy": Metric(accuracy, True),
    "label_accuracy": Metric(label_accuracy, True),
    "squared_error": Metric(squared_error, False),
    "absolute_error": Metric(absolute_error, False),
    "r2": Metric(r2, True),
}


def named_metric(given: Any) -> tuple[str, Metric]:
    """A metric with its name: a name, a function of (targets, outputs) of which more is better, or (name, Metric)."""
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Metric):
        return given[0], given[1]
    if callable(given):
        return getattr(given, "__name__", "metric"), Metric(given, True)
    if not isinstance(given, str):
        raise OptionError(f"metrics: expected names or functions of (targets, outputs), received {describe(given)}.")
    if given not in METRICS:
        raise NameUnknown(
            f"unknown metric '{given}'; expected one of {', '.join(METRICS)}.{did_you_mean(given, METRICS)}"
        )
    return given, METRICS[given]

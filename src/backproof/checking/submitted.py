"""Gradients that somebody submitted: arrays under the names that they were given, and the errors that pass in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backproof.arrays import Array

#: In each kind of number, what passes: relative to an array's largest entry, and to the sums of absolute terms.
TOLERANCES = {
    "float64": (1e-9, 1e-12), "float32": (2e-6, 1e-6), "float16": (1e-2, 1e-2), "bfloat16": (5e-2, 5e-2)
}  # fmt: skip


def find_coarsest(kinds: Iterable[str]) -> str:
    """The kind of number with the fewest digits; one that is not known counts as float64."""
    return max((kind if kind in TOLERANCES else "float64" for kind in kinds), key=lambda kind: TOLERANCES[kind])


@dataclass(frozen=True)
class Place:
    """Where a claimed name stands: the array W1, b1 ..., and the index in it of a parameter's own name."""

    key: str
    index: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SubmittedGradients:
    """The claimed gradients by the names they were given under; `precision` is the coarsest kind of number in them.

    `grains` are errors that pass besides, entry by entry, where the gradients were read off an update of weights.
    """

    arrays: Mapping[str, Array]
    places: Mapping[str, Place]
    precision: str
    grains: Mapping[str, Array] = field(default_factory=dict)

    @property
    def tolerance(self) -> float:
        """The error that passes, relative to an array's largest entry."""
        return TOLERANCES[self.precision][0]

    def slack(self, made: Array, size: Array, name: str) -> Array:
        """The errors that pass in an array: a share of its largest entry, and what rounding of that size can do."""
        relative, unit = TOLERANCES[self.precision]
        return np.asarray(relative * np.abs(made).max() + unit * size + self.grains.get(name, 0.0))

    def pick(self, gradients: Mapping[str, Any]) -> dict[str, Array]:
        """Of all gradients what was claimed, under the same names."""
        return {
            name: np.asarray(gradients[place.key] if place.index is None else gradients[place.key][place.index])
            for name, place in self.places.items()
        }


@dataclass(frozen=True)
class WrongShape:
    """The shape of a submitted array beside the one that was expected, for a number of samples."""

    received: tuple[int, ...]
    expected: tuple[int, ...]
    samples: int

    @property
    def is_bias(self) -> bool:
        """Whether it is the gradient of biases."""
        return len(self.expected) == 1

    @property
    def is_single(self) -> bool:
        """Whether the layer has one unit."""
        return self.expected[-1] == 1


@dataclass(frozen=True)
class Derivative:
    """The submitted derivative of a plain function, beside an estimate of the true one: entry by entry.

    `turned` is the truth at the transposed place (NaN where there is none), `slack` the error that passes, `shape` that
    of x. `is_diagonal` says that the diagonal alone was submitted, of a matrix that has more.
    """

    submitted: Array
    truth: Array
    turned: Array
    slack: Array
    shape: tuple[int, ...]
    is_diagonal: bool

    @property
    def size(self) -> int:
        """The number of entries of x."""
        return math.prod(self.shape)

    def is_submitted(self, made: Array) -> bool:
        """Whether some derivative is the submitted one."""
        return bool(self.submitted.any() and (np.abs(made - self.submitted) <= self.slack).all())

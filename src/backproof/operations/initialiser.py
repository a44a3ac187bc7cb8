"""What every initialiser is: the numbers that a weight matrix starts with."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import OptionError, ShapeError
from backproof.operations.layer import MOST_PARAMETERS, Shape
from backproof.operations.registry import Registry
from backproof.validate import describe, freeze


class Initialiser(ABC):
    """Abstract. Biases start at 0 unless `draw_bias` says otherwise."""

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        """Weights from `fan_in` units to `fan_out` units, shape (fan_in, fan_out)."""

    def draw_bias(self, random: np.random.Generator, fan_out: int) -> Array:
        """Biases of `fan_out` units."""
        return np.zeros(fan_out)

    def draw(self, random: np.random.Generator, role: str, shape: tuple[int, ...]) -> Array:
        """A parameter array of a role, its weights drawn as a matrix (fan-in, fan-out) where it is one.

        An array (out, in, rows, columns) of a kernel is drawn as the matrix from all it receives to its channels; one
        number a channel that scales (batch normalisation) starts at 1.
        """
        if role == "bias":
            return self.draw_bias(random, int(np.prod(shape))).reshape(shape)
        if len(shape) == 1:
            return np.ones(shape)
        if len(shape) == 2:
            return self.draw_weights(random, *shape)
        drawn = self.draw_weights(random, int(np.prod(shape[1:])), shape[0])
        return np.ascontiguousarray(drawn.T).reshape(shape)


initialisers: Registry[Initialiser] = Registry("initialiser", "backproof.operations.initialisers", Initialiser)


def initial_arrays(
    shapes: Sequence[tuple[str, Shape]], initialiser: Any, seed: int, starts: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Array]:
    """Fresh parameters; the same seed gives the same numbers. Arrays named b1 or c.bias are biases.

    `starts` holds the arrays that are not drawn, by name, each with the number that it is filled with.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"seed must be a whole number from 0, received {describe(seed)}.")
    random = np.random.default_rng(seed)
    start = initialisers.make(initialiser)
    count, arrays = sum(prod(shape) for _, shape in shapes), dict[str, Array]()
    try:
        if count > MOST_PARAMETERS:
            raise MemoryError
        for array, shape in shapes:
            if array in starts:
                arrays[array] = freeze(np.full(shape, starts[array]))
                continue
            bias = array.endswith(".bias") or re.fullmatch(r"b\d+", array) is not None
            arrays[array] = freeze(start.draw(random, "bias" if bias else "weight", shape))
    except MemoryError:
        raise ShapeError(
            f"these layers have {count:,} parameters, {count / 2**27:,.0f} GiB, which do not fit into memory."
        ) from None
    return arrays

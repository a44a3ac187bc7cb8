"""What every initialiser is: the numbers that a weight matrix starts with."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from backproof.arrays import Array
from backproof.operations.registry import Registry


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
            return self.draw_bias(random, shape[0])
        if len(shape) == 1:
            return np.ones(shape)
        if len(shape) == 2:
            return self.draw_weights(random, *shape)
        drawn = self.draw_weights(random, int(np.prod(shape[1:])), shape[0])
        return np.ascontiguousarray(drawn.T).reshape(shape)


initialisers: Registry[Initialiser] = Registry("initialiser", "backproof.operations.initialisers", Initialiser)

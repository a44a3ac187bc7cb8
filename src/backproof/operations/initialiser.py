"""What every initialiser is: the numbers that a weight matrix starts with."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from backproof.arrays import Array
from backproof.operations.registry import Registry


class Initialiser(ABC):
    """Abstract. Biases start at 0 unless `bias` says otherwise."""

    @property
    def name(self) -> str:
        """The name in worksheets: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def weights(self, random: np.random.Generator, sent: int, received: int) -> Array:
        """The weights from `sent` units to `received` units, shape (sent, received)."""

    def bias(self, random: np.random.Generator, received: int) -> Array:
        """The biases of `received` units."""
        return np.zeros(received)


initialisers: Registry[Initialiser] = Registry("initialiser", "backproof.operations.initialisers", Initialiser)

"""Variance scaling: what Glorot's, He's and LeCun's starts share, weights of mean 0 and a variance by their fans."""

from __future__ import annotations

from abc import abstractmethod
from math import sqrt

import numpy as np

from backproof.arrays import Array
from backproof.operations.initialiser import Initialiser


class VarianceScaling(Initialiser):
    """Abstract: independent weights of mean 0 and variance 1 / fan, where the fan goes by the units at both ends."""

    @abstractmethod
    def fan(self, fan_in: int, fan_out: int) -> float:
        """The number of units that count: the variance of each weight is 1 / fan."""


class UniformScaling(VarianceScaling):
    """Abstract: w ~ U(-r, r) with r = sqrt(3 / fan), for the variance of U(-r, r) is r^2 / 3"""

    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        reach = sqrt(3 / self.fan(fan_in, fan_out))
        return random.uniform(-reach, reach, (fan_in, fan_out))


class NormalScaling(VarianceScaling):
    """Abstract: w ~ N(0, 1 / fan), never cut off"""

    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return random.normal(0, sqrt(1 / self.fan(fan_in, fan_out)), (fan_in, fan_out))

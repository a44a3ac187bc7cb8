"""Weights of mean 0 with a given spread: what the starts named after Glorot, He and LeCun have in common."""

from __future__ import annotations

from abc import abstractmethod
from math import sqrt

import numpy as np

from backproof.arrays import Array
from backproof.operations.initialiser import Initialiser


class Spread(Initialiser):
    """Abstract: independent weights of mean 0 and variance 1 / fan, where the fan goes by the units at both ends."""

    @abstractmethod
    def fan(self, sent: int, received: int) -> float:
        """How many units count: the variance of each weight is 1 / fan."""


class UniformSpread(Spread):
    """Abstract: w ~ U(-r, r) with r = sqrt(3 / fan), for the variance of U(-r, r) is r^2 / 3"""

    def weights(self, random: np.random.Generator, sent: int, received: int) -> Array:
        reach = sqrt(3 / self.fan(sent, received))
        return random.uniform(-reach, reach, (sent, received))


class NormalSpread(Spread):
    """Abstract: w ~ N(0, 1 / fan), never cut off"""

    def weights(self, random: np.random.Generator, sent: int, received: int) -> Array:
        return random.normal(0, sqrt(1 / self.fan(sent, received)), (sent, received))

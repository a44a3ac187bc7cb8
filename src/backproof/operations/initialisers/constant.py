"""A constant start: shows why units that begin alike stay alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.operations.initialiser import Initialiser


@final
@dataclass(frozen=True)
class Constant(Initialiser):
    """w = value, b = bias_value"""

    value: float = 0.0
    bias_value: float = 0.0

    def weights(self, random: np.random.Generator, sent: int, received: int) -> Array:
        return np.full((sent, received), float(self.value))

    def bias(self, random: np.random.Generator, received: int) -> Array:
        return np.full(received, float(self.bias_value))

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

    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return np.full((fan_in, fan_out), float(self.value))

    def draw_bias(self, random: np.random.Generator, fan_out: int) -> Array:
        return np.full(fan_out, float(self.bias_value))

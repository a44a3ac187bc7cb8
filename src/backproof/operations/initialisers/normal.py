"""A normal start: every weight and bias from one bell curve (Nielsen, chapter 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.operations.initialiser import Initialiser
from backproof.validate import require


@final
@dataclass(frozen=True)
class Normal(Initialiser):
    """w, b ~ N(0, deviation^2)"""

    deviation: float = 1.0

    def __post_init__(self) -> None:
        require(self.deviation >= 0, "the normal start's deviation", "0 or more", self.deviation)

    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return random.normal(0, self.deviation, (fan_in, fan_out))

    def draw_bias(self, random: np.random.Generator, fan_out: int) -> Array:
        return random.normal(0, self.deviation, fan_out)

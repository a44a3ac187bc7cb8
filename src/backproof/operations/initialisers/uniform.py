"""A uniform start: every weight and bias as likely as any other within a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.operations.initialiser import Initialiser
from backproof.validate import require


@final
@dataclass(frozen=True)
class Uniform(Initialiser):
    """w, b ~ U(-reach, reach)"""

    reach: float = 0.5

    def __post_init__(self) -> None:
        require(self.reach >= 0, "the uniform start's reach", "0 or more", self.reach)

    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        return random.uniform(-self.reach, self.reach, (fan_in, fan_out))

    def draw_bias(self, random: np.random.Generator, fan_out: int) -> Array:
        return random.uniform(-self.reach, self.reach, fan_out)

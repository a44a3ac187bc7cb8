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

    def weights(self, random: np.random.Generator, sent: int, received: int) -> Array:
        return random.uniform(-self.reach, self.reach, (sent, received))

    def bias(self, random: np.random.Generator, received: int) -> Array:
        return random.uniform(-self.reach, self.reach, received)

"""Half a wave of the cosine (Loshchilov & Hutter 2017): down slowly, then fast, then slowly again."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any, final

from backproof.functions import cos
from backproof.operations.schedule import Schedule
from backproof.validate import require


@final
@dataclass(frozen=True)
class Cosine(Schedule):
    """lowest + (1 - lowest) (1 + cos(π (t - 1) / total)) / 2 (PyTorch's CosineAnnealingLR over the whole run)"""

    lowest: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.lowest <= 1, "the cosine schedule's lowest", "from 0 to 1", self.lowest)

    def factor(self, t: Any, total: Any) -> Any:
        return self.lowest + (1 - self.lowest) * (1 + cos(pi * ((t - 1) / total))) / 2

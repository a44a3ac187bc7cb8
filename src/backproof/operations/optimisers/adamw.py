"""AdamW (Loshchilov & Hutter 2019): Adam, and beside it a decay of the parameters that its moments never see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from backproof.operations.moments import Moments
from backproof.validate import require


@final
@dataclass(frozen=True)
class AdamW(Moments):
    """w <- w - rate m̂ / (sqrt v̂ + epsilon) - rate decay w (PyTorch's form: the rate scales the decay too)"""

    decay: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.decay >= 0, "adamw's decay", "0 or more", self.decay)

    @property
    def title(self) -> str:
        return "AdamW"

    def weight_decay(self, parameter: Any, rate: Any) -> Any:
        return -rate * self.decay * parameter

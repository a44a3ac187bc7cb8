"""Adagrad (Duchi, Hazan & Singer 2011): each gradient divided by the root of the sum of all its squares so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.functions import sqrt
from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import Letter
from backproof.validate import require


@final
@dataclass(frozen=True)
class Adagrad(Optimiser):
    """G <- G + g^2, w <- w - rate / (1 + (t - 1) rate_decay) * g / (sqrt G + epsilon) (PyTorch's form)"""

    letters: ClassVar[Mapping[str, Letter]] = {
        "square_sum": Letter("G", "sum of the squares of a parameter's gradients so far")
    }
    usual_rate = 0.03

    rate_decay: float = 0.0
    epsilon: float = 1e-10

    def __post_init__(self) -> None:
        require(self.rate_decay >= 0, "adagrad's rate_decay", "0 or more", self.rate_decay)
        require(self.epsilon >= 0, "adagrad's epsilon", "0 or more", self.epsilon)

    @property
    def title(self) -> str:
        return "Adagrad"

    @property
    def slots(self) -> tuple[str, ...]:
        return ("square_sum",)

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        return {"square_sum": slots["square_sum"] + gradient**2}

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        scaled = rate / (1 + (t - 1) * self.rate_decay) if self.rate_decay else rate
        return -scaled * (gradient / (sqrt(slots["square_sum"]) + self.epsilon))

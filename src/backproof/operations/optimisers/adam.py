"""Adam (Kingma & Ba 2015): each parameter's step scaled by running moments of its own gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import sqrt
from backproof.operations.optimiser import Optimiser
from backproof.operations.registry import require


@final
@dataclass(frozen=True)
class Adam(Optimiser):
    """m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2; the step is -rate m̂ / (sqrt v̂ + epsilon)

    with m̂ = m / (1 - beta1^t) and v̂ = v / (1 - beta2^t), the moments freed of their start at 0 (algorithm 1).
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        require(0 <= self.beta1 < 1, "adam's beta1", "from 0 to below 1", self.beta1)
        require(0 <= self.beta2 < 1, "adam's beta2", "from 0 to below 1", self.beta2)
        require(self.epsilon >= 0, "adam's epsilon", "0 or more", self.epsilon)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("mean", "square")

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        return {
            "mean": self.beta1 * slots["mean"] + (1 - self.beta1) * gradient,
            "square": self.beta2 * slots["square"] + (1 - self.beta2) * gradient**2,
        }

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        mean = slots["mean"] / (1 - self.beta1**t)
        square = slots["square"] / (1 - self.beta2**t)
        return -rate * (mean / (sqrt(square) + self.epsilon))

"""What Adam and AdamW share: steps scaled by running moments of each parameter's own gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from backproof.functions import sqrt
from backproof.operations.optimiser import Optimiser, rest
from backproof.operations.registry import HAT, Letter
from backproof.validate import require


@dataclass(frozen=True)
class Moments(Optimiser):
    """Abstract. m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2; the step is -rate m̂ / (sqrt v̂ + epsilon)

    with m̂ = m / (1 - beta1^t) and v̂ = v / (1 - beta2^t), the moments freed of their start at 0 (Kingma & Ba 2015,
    algorithm 1).
    """

    letters: ClassVar[Mapping[str, Letter]] = {
        "mean": Letter("m", "running mean of a parameter's gradient"),
        "square": Letter("v", "running mean of the square of a parameter's gradient"),
        "mean_hat": Letter(f"m{HAT}", "running mean, corrected for its start at 0"),
        "square_hat": Letter(f"v{HAT}", "running mean of squares, corrected for its start at 0"),
    }

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        require(0 <= self.beta1 < 1, f"{self.name}'s beta1", "from 0 to below 1", self.beta1)
        require(0 <= self.beta2 < 1, f"{self.name}'s beta2", "from 0 to below 1", self.beta2)
        require(self.epsilon >= 0, f"{self.name}'s epsilon", "0 or more", self.epsilon)

    @property
    def slots(self) -> tuple[str, ...]:
        return ("mean", "square")

    @property
    def derived(self) -> tuple[str, ...]:
        return ("mean_hat", "square_hat")

    def advance(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        return {
            "mean": self.beta1 * slots["mean"] + rest(self.beta1) * gradient,
            "square": self.beta2 * slots["square"] + rest(self.beta2) * gradient**2,
        }

    def derive(self, gradient: Any, slots: Mapping[str, Any], t: Any) -> dict[str, Any]:
        return {
            "mean_hat": slots["mean"] / (1 - self.beta1**t),
            "square_hat": slots["square"] / (1 - self.beta2**t),
        }

    def change(self, gradient: Any, slots: Mapping[str, Any], t: Any, rate: Any) -> Any:
        return -rate * (slots["mean_hat"] / (sqrt(slots["square_hat"]) + self.epsilon))

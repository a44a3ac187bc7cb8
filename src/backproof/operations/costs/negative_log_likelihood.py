"""The negative log-likelihood of log-probabilities, such as those of `log_softmax`: PyTorch's NLLLoss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.operations.classes import ClassCost


@final
@dataclass(frozen=True)
class NegativeLogLikelihood(ClassCost):
    """E = -sum_k y_k a_k, a_k the logarithm of a probability, dE/da = -y; t_k for y_k with options"""

    aliases = ("nllloss", "nll_loss")
    target_range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    is_guessed: ClassVar[bool] = False

    def formula(self, y: Any, a: Any) -> Any:
        return -(y * a)

    def derivative(self, y: Any, a: Any) -> Any:
        return -y

    def forward(self, y: Any, a: Any) -> Any:
        return -(self.weigh(y) * a)

    def gradient(self, y: Any, a: Any) -> Any:
        return -self.weigh(y) + 0 * a

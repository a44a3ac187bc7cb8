"""The binary cross-entropy of pre-activations, the sigmoid within the cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.functions import exp, log, sigmoid, softplus
from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned
from backproof.validate import require


@final
@dataclass(frozen=True)
class BinaryCrossEntropyWithLogits(Cost):
    """E = sum_k [p y_k ln(1 + e^-a_k) + (1 - y_k) ln(1 + e^a_k)], dE/da = (1 - y) sigma(a) - p y (1 - sigma(a))

    p is `positive_weight`, PyTorch's `pos_weight`: what a positive target counts beside a negative one. With p = 1 the
    derivative is sigma(a) - y.
    """

    positive_weight: float = 1.0
    aliases = ("bce_with_logits", "sigmoid_cross_entropy")
    target_range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    is_guessed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.positive_weight > 0, f"{self.name}'s positive_weight", "greater than 0", self.positive_weight)

    def formula(self, y: Any, a: Any) -> Any:
        return self._weigh(y) * log(1 + exp(-a)) + (1 - y) * log(1 + exp(a))

    def derivative(self, y: Any, a: Any) -> Any:
        if self.positive_weight == 1:
            return sigmoid(a) - y
        return (1 - y) * sigmoid(a) - self._weigh(y) * (1 - sigmoid(a))

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "ln(1 + e^x) has the slope sigma(x); chain rule", self._weigh(y) * -sigmoid(-a) + (1 - y) * sigmoid(a)
        yield "sigma(-a) is 1 - sigma(a)", (1 - y) * sigmoid(a) - self._weigh(y) * (1 - sigmoid(a))
        if self.positive_weight == 1:
            yield "y sigma(a) cancels", sigmoid(a) - y

    def forward(self, y: Any, a: Any) -> Any:
        return self._weigh(y) * softplus(-a) + (1 - y) * softplus(a)

    def _weigh(self, y: Any) -> Any:
        return y if self.positive_weight == 1 else self.positive_weight * y

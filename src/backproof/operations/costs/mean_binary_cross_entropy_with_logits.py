"""The binary cross-entropy of pre-activations, averaged over the outputs: PyTorch's BCEWithLogitsLoss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.cost import MeanCost
from backproof.operations.costs.binary_cross_entropy_with_logits import BinaryCrossEntropyWithLogits
from backproof.validate import require


@final
@dataclass(frozen=True)
class MeanBinaryCrossEntropyWithLogits(MeanCost):
    """E = 1/K sum_k [p y_k ln(1 + e^-a_k) + (1 - y_k) ln(1 + e^a_k)] over K outputs; p is `positive_weight`"""

    positive_weight: float = 1.0
    aliases = ("bcewithlogitsloss", "mean_bce_with_logits")
    target_range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    is_guessed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.positive_weight > 0, f"{self.name}'s positive_weight", "greater than 0", self.positive_weight)

    @property
    def one_output(self) -> BinaryCrossEntropyWithLogits:
        return BinaryCrossEntropyWithLogits(self.positive_weight)

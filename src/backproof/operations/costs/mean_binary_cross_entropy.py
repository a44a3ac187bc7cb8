"""The binary cross-entropy, averaged over the outputs: PyTorch's BCELoss, and what Keras computes for each sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.cost import MeanCost
from backproof.operations.costs.binary_cross_entropy import BinaryCrossEntropy


@final
@dataclass(frozen=True)
class MeanBinaryCrossEntropy(MeanCost):
    """E = -1/K sum_k [y_k ln a_k + (1 - y_k) ln(1 - a_k)] over K outputs, dE/da = 1/K (a - y) / (a (1 - a))"""

    aliases = ("bceloss", "mean_bce")
    domain = (0.0, 1.0)

    @property
    def one_output(self) -> BinaryCrossEntropy:
        return BinaryCrossEntropy()

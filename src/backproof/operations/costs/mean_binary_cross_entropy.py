"""The binary cross-entropy, averaged over the outputs: PyTorch's BCELoss, and what Keras computes for each sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.cost import Cost
from backproof.operations.costs.binary_cross_entropy import BinaryCrossEntropy
from backproof.operations.registry import Reasoned

ONE_OUTPUT = BinaryCrossEntropy()


@final
@dataclass(frozen=True)
class MeanBinaryCrossEntropy(Cost):
    """E = -1/K sum_k [y_k ln a_k + (1 - y_k) ln(1 - a_k)] over K outputs, dE/da = 1/K (a - y) / (a (1 - a))"""

    aliases = ("bceloss", "mean_bce")
    averaged = True
    domain = (0.0, 1.0)

    def formula(self, y: Any, a: Any) -> Any:
        return ONE_OUTPUT.formula(y, a)

    def derivative(self, y: Any, a: Any) -> Any:
        return ONE_OUTPUT.derivative(y, a)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield from ONE_OUTPUT.derivation(y, a)

    def forward(self, y: Any, a: Any) -> Any:
        return ONE_OUTPUT.forward(y, a)

    def gradient(self, y: Any, a: Any) -> Any:
        return ONE_OUTPUT.gradient(y, a)

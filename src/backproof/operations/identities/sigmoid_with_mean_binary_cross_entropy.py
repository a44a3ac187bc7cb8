"""Sigmoid with binary cross-entropy averaged over the outputs: delta = (a - y) / K."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.identities.sigmoid_with_binary_cross_entropy import SigmoidWithBinaryCrossEntropy
from backproof.operations.identity import Identity

ONE_OUTPUT = SigmoidWithBinaryCrossEntropy()


@final
@dataclass(frozen=True)
class SigmoidWithMeanBinaryCrossEntropy(Identity):
    """(a - y) / (a (1 - a)) times a (1 - a) is a - y, divided by the number of outputs"""

    activation, cost = "sigmoid", "mean_binary_cross_entropy"
    says = "sigmoid with the mean binary cross-entropy: delta = (a - y) / K"

    def terms(self, h: Any, y: Any) -> Any:
        return ONE_OUTPUT.terms(h, y)

    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        return ONE_OUTPUT.formula(h, y, unit)

    def delta(self, a: Any, y: Any, total: Any) -> Any:
        return ONE_OUTPUT.delta(a, y, total)

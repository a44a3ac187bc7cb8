"""Sigmoid with binary cross-entropy: delta = a - y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import softplus
from backproof.operations.identity import Identity


@final
@dataclass(frozen=True)
class SigmoidWithBinaryCrossEntropy(Identity):
    """(a - y) / (a (1 - a)) times a (1 - a) is a - y; the cost is ln(1 + e^h) - y h"""

    activation, cost = "sigmoid", "binary_cross_entropy"
    says = "sigmoid with binary cross-entropy: delta = a - y"

    def terms(self, h: Any, y: Any) -> Any:
        return y * softplus(-h) + (1 - y) * softplus(h)

    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        return y * softplus(-h[unit]) + (1 - y) * softplus(h[unit])

    def delta(self, a: Any, y: Any, total: Any) -> Any:
        return a - y

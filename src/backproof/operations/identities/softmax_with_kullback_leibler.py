"""Softmax with the Kullback-Leibler divergence: delta = a - y, as with the cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import log, where
from backproof.operations.costs.binary_cross_entropy import times_log
from backproof.operations.identities.softmax_with_cross_entropy import SoftmaxWithCrossEntropy
from backproof.operations.identity import Identity

CROSS_ENTROPY = SoftmaxWithCrossEntropy()


@final
@dataclass(frozen=True)
class SoftmaxWithKullbackLeibler(Identity):
    """The divergence is the cross-entropy less sum_k -y_k ln y_k, which does not depend on the outputs"""

    activation, cost = "softmax", "kullback_leibler"
    says = "softmax with the Kullback-Leibler divergence: delta = a - y (times the sum of the targets, if not 1)"

    def terms(self, h: Any, y: Any) -> Any:
        return CROSS_ENTROPY.terms(h, y) - times_log(y, y)

    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        return CROSS_ENTROPY.formula(h, y, unit) + where(y > 0, y * log(y), 0)

    def delta(self, a: Any, y: Any, total: Any) -> Any:
        return CROSS_ENTROPY.delta(a, y, total)

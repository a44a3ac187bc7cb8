"""Log-softmax with the negative log-likelihood: delta = e^a - y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp
from backproof.operations.identities.softmax_with_cross_entropy import SoftmaxWithCrossEntropy
from backproof.operations.identity import Identity

OF_SOFTMAX = SoftmaxWithCrossEntropy()


@final
@dataclass(frozen=True)
class LogSoftmaxWithNegativeLogLikelihood(Identity):
    """sum_k -y_k ([k = i] - e^(a_i)) = e^(a_i) sum_k y_k - y_i, which is e^(a_i) - y_i where the targets add up to 1"""

    activation, cost = "log_softmax", "negative_log_likelihood"
    says = "log-softmax with the negative log-likelihood: delta = e^a - y (times the sum of the targets before y)"

    def terms(self, h: Any, y: Any) -> Any:
        return OF_SOFTMAX.terms(h, y)

    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        return OF_SOFTMAX.formula(h, y, unit)

    def delta(self, a: Any, y: Any, total: Any) -> Any:
        return exp(a) * total - y

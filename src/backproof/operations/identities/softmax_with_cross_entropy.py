"""Softmax with cross-entropy: delta = a - y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.expression import Add
from backproof.functions import exp, log, namespace
from backproof.operations.identity import Identity


@final
@dataclass(frozen=True)
class SoftmaxWithCrossEntropy(Identity):
    """sum_k (-y_k / a_k) a_k ([k = i] - a_i) = a_i sum_k y_k - y_i, which is a_i - y_i where the targets add up to 1"""

    activation, cost = "softmax", "cross_entropy"
    says = "softmax with cross-entropy: delta = a - y (times the sum of the targets, where that is not 1)"

    def terms(self, h: Any, y: Any) -> Any:
        shifted = h - namespace(h).max(h, axis=-1, keepdims=True)
        return y * (log(exp(shifted).sum(-1, keepdims=True)) - shifted)

    def formula(self, h: Sequence[Any], y: Any, unit: int) -> Any:
        return y * log(Add(tuple(exp(each - h[unit]) for each in h)))

    def delta(self, a: Any, y: Any, total: Any) -> Any:
        return a * total - y

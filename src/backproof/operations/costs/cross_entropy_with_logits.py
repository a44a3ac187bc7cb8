"""The cross-entropy of pre-activations, the softmax within the cost: PyTorch's CrossEntropyLoss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, ClassVar, final

from backproof.functions import exp, log, namespace
from backproof.operations.classes import CoupledCost


@final
@dataclass(frozen=True)
class CrossEntropyWithLogits(CoupledCost):
    """E = sum_k y_k (ln sum_j e^(a_j) - a_k), dE/da_j = e^(a_j) / sum_i e^(a_i) sum_k y_k - y_j; t_k with options"""

    aliases = ("crossentropyloss", "softmax_cross_entropy_with_logits")
    target_range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    is_guessed: ClassVar[bool] = False

    def loss_of(self, a: Sequence[Any], right: int) -> Any:
        return log(_add(exp(each) for each in a)) - a[right]

    def loss_slope_of(self, a: Sequence[Any], right: int, by: int) -> Any:
        return _softmax(a, by) - 1 if by == right else _softmax(a, by)

    def derivative_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        targets = [self.weigh_one(y, each) for each in range(len(y))]
        return _softmax(a, unit) * _add(targets) - targets[unit]

    def forward(self, y: Any, a: Any) -> Any:
        shifted = a - namespace(a).max(a, axis=-1, keepdims=True)
        return self.weigh(y) * (log(exp(shifted).sum(-1, keepdims=True)) - shifted)

    def gradient_of(self, t: Any, a: Any) -> Any:
        grown = exp(a - namespace(a).max(a, axis=-1, keepdims=True))
        return grown / grown.sum(-1, keepdims=True) * t.sum(-1, keepdims=True) - t


def _softmax(a: Sequence[Any], unit: int) -> Any:
    return exp(a[unit]) / _add(exp(each) for each in a)


def _add(terms: Any) -> Any:
    return reduce(add, terms)

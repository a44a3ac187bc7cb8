"""The logarithm of the softmax: log-probabilities, worked out without the probabilities, which may underflow to 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, ulp
from typing import Any, ClassVar, final

from backproof.expression import Call, Expression
from backproof.functions import exp, log, namespace
from backproof.operations.activation import Coupled
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class LogSoftmax(Coupled):
    """a_i = h_i - ln sum_k e^(h_k), da_i/dh_j = [i = j] - e^(a_j)

    Parameters
    ----------
    axis : int, default -1
        The axis of a sample's array along which the sum runs.
    """

    letter = "logsoftmax"
    meaning = "x of each unit, less the logarithm of the sum of exp(x) over the layer"
    is_written = False
    is_guessed: ClassVar[bool] = False
    output_range = (-inf, ulp(0.0))  # 0 itself is reached

    def formula_by_sum(self, h: Expression, total: Expression) -> Expression:
        formula: Expression = h - log(total)
        return formula

    def error_of_layer(self, upstream: Expression, a: Expression) -> Expression:
        return upstream - Call("hadamard", (exp(a), Call("row_sum", (upstream,))))

    def jacobian(self, a_top: Any, a_by: Any, same: bool) -> Any:
        return 1 - exp(a_by) if same else -exp(a_by)

    def derivation_of(self, a_top: Any, a_by: Any, same: bool) -> Iterator[Reasoned]:
        reason = "derivative of the logarithm, chain rule: e^(h_j) over the sum is e^(a_j)"
        yield reason, self.jacobian(a_top, a_by, same)

    def forward(self, h: Any) -> Any:
        axis = self.batch_axis
        shifted = h - namespace(h).max(h, axis=axis, keepdims=True)
        return shifted - log(exp(shifted).sum(axis, keepdims=True))

    def backward(self, h: Any, a: Any, upstream: Any) -> Any:
        return upstream - exp(a) * upstream.sum(self.batch_axis, keepdims=True)

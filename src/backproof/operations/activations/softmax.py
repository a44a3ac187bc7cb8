"""The softmax: turns the pre-activations of a layer into a distribution, positive numbers that add up to 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.expression import Call, Expression
from backproof.functions import exp, namespace
from backproof.operations.activation import Coupled
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Softmax(Coupled):
    """a_i = e^(h_i) / sum_k e^(h_k), da_i/dh_j = a_i ([i = j] - a_j)"""

    letter = "softmax"
    meaning = "exp(x) of each unit, divided by their sum over the layer"
    is_written = False
    output_range = (0.0, 1.0)

    def formula_by_sum(self, h: Expression, total: Expression) -> Expression:
        formula: Expression = exp(h) / total
        return formula

    def error_of_layer(self, upstream: Expression, a: Expression) -> Expression:
        inner = upstream - Call("row_sum", (Call("hadamard", (upstream, a)),))
        return Call("hadamard", (a, inner))

    def jacobian(self, a_top: Any, a_by: Any, same: bool) -> Any:
        return a_top * (1 - a_by) if same else -a_top * a_by

    def derivation_of(self, a_top: Any, a_by: Any, same: bool) -> Iterator[Reasoned]:
        if same:
            yield "quotient rule: the numerator varies too", a_top - a_top * a_by
            yield "take out the common factor", a_top * (1 - a_by)
        else:
            yield "quotient rule: only the denominator varies", -a_top * a_by

    def forward(self, h: Any) -> Any:
        grown = exp(h - namespace(h).max(h, axis=-1, keepdims=True))
        return grown / grown.sum(-1, keepdims=True)

    def backward(self, h: Any, a: Any, upstream: Any) -> Any:
        return a * (upstream - (upstream * a).sum(-1, keepdims=True))

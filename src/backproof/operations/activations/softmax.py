"""The softmax: turns the pre-activations of a row into a distribution, positive numbers that add up to 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, final

import numpy as np

from backproof.errors import ShapeError
from backproof.expression import Call, Expression
from backproof.functions import exp, namespace
from backproof.operations.activation import Coupled
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Softmax(Coupled):
    """a_i = e^(h_i) / sum_k e^(h_k), da_i/dh_j = a_i ([i = j] - a_j)

    Parameters
    ----------
    axis : int, default -1
        The axis of a sample's array along which a distribution runs.
    causal : bool, default False
        Of a matrix of scores, row i has the columns j <= i only, as where a token looks at no later one; a_ij = 0 for
        the others.
    """

    causal: bool = False

    letter = "softmax"
    meaning = "exp(x) of each unit, divided by their sum over the layer"
    is_written = False
    output_range = (0.0, 1.0)

    def check_shape(self, shape: tuple[int, ...]) -> None:
        super().check_shape(shape)
        if self.causal and (len(shape) < 2 or self.axis % len(shape) != len(shape) - 1):
            raise ShapeError(f"a causal softmax runs along the last of two axes or more, received shape {shape}.")

    def row(self, position: int, shape: tuple[int, ...]) -> list[int]:
        row = super().row(position, shape)
        if not self.causal:
            return row
        first, last = position // shape[-1] % shape[-2], position % shape[-1]
        return row[: first + 1] if last <= first else []

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
        axis, xp = self.batch_axis, namespace(h)
        if self.causal:
            h = xp.where(np.tril(np.ones(h.shape[-2:], dtype=bool)), h, -inf)
        grown = exp(h - xp.max(h, axis=axis, keepdims=True))
        return grown / grown.sum(axis, keepdims=True)

    def backward(self, h: Any, a: Any, upstream: Any) -> Any:
        return a * (upstream - (upstream * a).sum(self.batch_axis, keepdims=True))

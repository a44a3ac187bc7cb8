"""Matmul: the matrix product of two layers, as attention multiplies its queries by its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from backproof.errors import ShapeError
from backproof.expression import Add, Expression
from backproof.operations.layer import Nonlinear, Numbers, Positions, Shape, Shapes


@final
@dataclass(frozen=True)
class Matmul(Nonlinear):
    """h_ij = sum_k a_ik b_kj, for matrices along the last two axes; axes before them number the matrices"""

    senders: ClassVar[tuple[int, int | None]] = (2, 2)

    def infer_shape(self, shapes: Shapes) -> Shape:
        left, right = shapes
        if min(len(left), len(right)) < 2 or left[:-2] != right[:-2] or left[-1] != right[-2]:
            raise ShapeError(
                "matmul expects two layers of matrices, shapes (..., rows, n) and (..., n, columns); received "
                f"{left} and {right}."
            )
        return (*left[:-1], right[-1])

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0] @ received[1]

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return delta @ received[1].swapaxes(-1, -2), received[0].swapaxes(-1, -2) @ delta

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        rows, columns = self.infer_shape(shapes)[-2:]
        matrix, row, column = _locate(position, shapes[sender])
        if sender == 0:
            return (matrix * rows + row) * columns + np.arange(columns)
        return (matrix * rows + np.arange(rows)) * columns + column

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        matrix, row, column = _locate(position, self.infer_shape(shapes))
        (rows, size), columns = shapes[0][-2:], shapes[1][-1]
        terms = []
        for k in range(size):
            left = numbers.activation(0, (matrix * rows + row) * size + k)
            right = numbers.activation(1, (matrix * size + k) * columns + column)
            assert left is not None
            assert right is not None
            terms.append(left * right)
        return terms[0] if size == 1 else Add(tuple(terms))


def _locate(position: int, shape: Shape) -> tuple[int, int, int]:
    """The number of the matrix that a position is in, and its row and column there."""
    matrix, rest = divmod(position, shape[-2] * shape[-1])
    return matrix, *divmod(rest, shape[-1])

"""Multiply: the product of several layers, number by number, as where a gate lets a part of a signal through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, final

import numpy as np

from backproof.errors import ShapeError
from backproof.expression import Expression, Mul
from backproof.operations.layer import Nonlinear, Numbers, Positions, Shape, Shapes


@final
@dataclass(frozen=True)
class Multiply(Nonlinear):
    """h_p = product over the layers r received from of a^r_p

    The layers have the same number of axes; along an axis of length 1 its numbers are repeated, as in NumPy.
    """

    senders: ClassVar[tuple[int, int | None]] = (2, None)

    def infer_shape(self, shapes: Shapes) -> Shape:
        try:
            if len({len(shape) for shape in shapes}) > 1:
                raise ValueError
            return np.broadcast_shapes(*shapes)
        except ValueError:
            raise ShapeError(
                f"multiply expects layers of the same shape, or of length 1 along an axis that is repeated; received "
                f"{', '.join(map(str, shapes))}."
            ) from None

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return prod(received[1:], start=received[0])

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        sent = []
        for number, own in enumerate(received):
            back = prod((other for place, other in enumerate(received) if place != number), start=delta)
            repeated = tuple(axis for axis in range(1, own.ndim) if own.shape[axis] < back.shape[axis])
            sent.append(back.sum(repeated, keepdims=True) if repeated else back)
        return tuple(sent)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        shape, own = self.infer_shape(shapes), shapes[sender]
        index = np.unravel_index(position, own)
        axes = [
            np.arange(size) if mine < size else np.array([at]) for at, mine, size in zip(index, own, shape, strict=True)
        ]
        return np.ravel_multi_index(np.ix_(*axes), shape).reshape(-1)

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        index = np.unravel_index(position, self.infer_shape(shapes))
        factors = []
        for sender, own in enumerate(shapes):
            place = tuple(0 if size == 1 else at for at, size in zip(index, own, strict=True))
            factor = numbers.activation(sender, int(np.ravel_multi_index(place, own)))
            assert factor is not None
            factors.append(factor)
        return Mul(tuple(factors))

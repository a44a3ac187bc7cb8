"""Concatenate: several layers one after the other along their first axis (channels of pictures, units of rows)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, final

import numpy as np

from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions


@final
@dataclass(frozen=True)
class Concatenate(Linear):
    """h = (a^1, a^2, ...) along the first axis of a sample"""

    senders: ClassVar[tuple[int, int | None]] = (2, None)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if len({shape[1:] for shape in shapes}) > 1:
            raise ShapeError(
                f"concatenate expects shapes that differ only in their first axis, received "
                f"{', '.join(map(str, shapes))}."
            )
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return namespace(received[0]).concat(list(received), axis=1)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        ends = np.cumsum([each.shape[1] for each in received]).tolist()
        return tuple(delta[:, start:end] for start, end in zip([0, *ends], ends, strict=False))

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        sizes = [prod(shape) for shape in shapes]
        sender, start = next(
            (number, sum(sizes[:number])) for number in range(len(sizes)) if position < sum(sizes[: number + 1])
        )
        return (Products(sender, positions(position - start)),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(sum(prod(shape) for shape in shapes[:sender]) + position)

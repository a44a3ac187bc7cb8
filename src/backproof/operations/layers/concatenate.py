"""Concatenate: several layers one after the other along an axis (channels of pictures, units of rows)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class Concatenate(Arrangement):
    """h = (a^1, a^2, ...) along the axis

    Parameters
    ----------
    axis : int, default 0
        Of a sample.
    """

    axis: int = 0

    senders: ClassVar[tuple[int, int | None]] = (2, None)

    def __post_init__(self) -> None:
        check_whole("axis", self.axis, 0, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        first, axis = shapes[0], self.axis
        if axis >= len(first) or len({(shape[:axis], shape[axis + 1 :]) for shape in shapes}) > 1:
            which = "their first axis" if axis == 0 else f"axis {axis}"
            raise ShapeError(
                f"concatenate expects shapes that differ only in {which}, received {', '.join(map(str, shapes))}."
            )
        return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return namespace(received[0]).concat(list(received), axis=self.axis + 1)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        ends = np.cumsum([each.shape[self.axis + 1] for each in received]).tolist()
        before = (slice(None),) * (self.axis + 1)
        return tuple(delta[(*before, slice(start, end))] for start, end in zip([0, *ends], ends, strict=False))

"""Flatten: the last axes of a layer joined into one, the last of them fastest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, final

from backproof.errors import ShapeError
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class Flatten(Arrangement):
    """h_p = a_p, every position p where it stands in the flattened array

    Parameters
    ----------
    start : int, default 0
        The first axis of a sample that is joined with those after it.
    """

    start: int = 0

    def __post_init__(self) -> None:
        check_whole("start", self.start, 0, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if self.start >= len(shapes[0]):
            raise ShapeError(f"flatten expects start to be an axis of a sample of shape {shapes[0]}; got {self.start}.")
        return (*shapes[0][: self.start], prod(shapes[0][self.start :]))

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return received[0].reshape(*received[0].shape[: self.start + 1], -1)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (delta.reshape(received[0].shape),)

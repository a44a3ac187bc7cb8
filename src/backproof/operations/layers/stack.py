"""Stack: layers of one shape side by side along a new axis, such as the time steps of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.errors import ShapeError
from backproof.functions import namespace
from backproof.operations.arrangement import Arrangement
from backproof.operations.layer import LARGEST, Shape, Shapes
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class Stack(Arrangement):
    """h_(p with r put in) = a^r_p, for the layers r received from

    Parameters
    ----------
    axis : int, default 0
        Where the new axis stands in a sample.
    """

    axis: int = 0

    senders: ClassVar[tuple[int, int | None]] = (1, None)

    def __post_init__(self) -> None:
        check_whole("axis", self.axis, 0, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if len(set(shapes)) > 1:
            raise ShapeError(f"stack expects layers of the same shape, received {', '.join(map(str, shapes))}.")
        if self.axis > len(shapes[0]):
            raise ShapeError(f"stack expects an axis up to {len(shapes[0])}, received {self.axis}.")
        return (*shapes[0][: self.axis], len(shapes), *shapes[0][self.axis :])

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return namespace(received[0]).stack(list(received), axis=self.axis + 1)

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        before = (slice(None),) * (self.axis + 1)
        return tuple(delta[(*before, number)] for number in range(len(received)))

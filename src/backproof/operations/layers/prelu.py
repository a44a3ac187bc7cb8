"""The parametric ReLU (He et al. 2015): what is positive passes, the rest is multiplied by a slope that is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, final

import numpy as np

from backproof.errors import ShapeError
from backproof.expression import Expression, Number
from backproof.functions import namespace, where
from backproof.operations.layer import LARGEST, Nonlinear, Numbers, Positions, Shape, Shapes, positions
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class Prelu(Nonlinear):
    """h = a for a > 0, else w a (at the kink a = 0 the slope is w, as in PyTorch); weight (num_parameters,)

    Parameters
    ----------
    num_parameters : int, default 1
        One slope for the whole layer, or as many as it has channels: one for each place of the first axis.
    """

    num_parameters: int = 1

    starts: ClassVar[Mapping[str, float]] = {"weight": 0.25}

    def __post_init__(self) -> None:
        check_whole("num_parameters", self.num_parameters, 1, LARGEST)

    def infer_shape(self, shapes: Shapes) -> Shape:
        if self.num_parameters not in (1, shapes[0][0]):
            raise ShapeError(
                f"prelu expects num_parameters to be 1 or the number of channels, {shapes[0][0]} in shape {shapes[0]}; "
                f"it has {self.num_parameters}."
            )
        return shapes[0]

    def parameter_shapes(self, shapes: Shapes) -> dict[str, Shape]:
        return {"weight": (self.num_parameters,)}

    def forward(self, received: Sequence[Any], parameters: Mapping[str, Any]) -> Any:
        return where(received[0] > 0, received[0], self._arrange(parameters, received[0]) * received[0])

    def backward(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        return (where(received[0] > 0, delta, self._arrange(parameters, delta) * delta),)

    def gradients(self, delta: Any, received: Sequence[Any], parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        below = where(received[0] > 0, 0.0, delta * received[0])
        axes = tuple(axis for axis in range(delta.ndim) if axis != 1 or self.num_parameters == 1)
        return (below.sum(axes).reshape(-1),)

    def _arrange(self, parameters: Mapping[str, Any], a: Any) -> Any:
        """The slopes, to be broadcast over the places of a channel."""
        slopes = parameters["weight"]
        return namespace(slopes).reshape(slopes, (-1, *([1] * (a.ndim - 2))))

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        return positions(position)

    def uses(self, role: str, entry: int, shapes: Shapes) -> Positions:
        size = prod(shapes[0]) // self.num_parameters
        return entry * size + np.arange(size)

    def formula(self, position: int, numbers: Numbers, shapes: Shapes) -> Expression:
        a = numbers.activation(0, position)
        slope = numbers.parameter("weight", position // (prod(shapes[0]) // self.num_parameters))
        assert a is not None
        assert slope is not None
        formula: Expression = where(a > 0, a, slope * a)
        return formula

    def describe_slope(self, sent: str, unit: str, slope: Expression) -> str:
        if slope == Number(1):
            return f"{sent} is positive and passes as it is"
        return f"{sent} is not positive and is multiplied by the slope"

"""RMS normalisation (Zhang & Sennrich 2019): each sample's numbers divided by their root mean square."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, final

from backproof.errors import ShapeError
from backproof.operations.layer import Shape
from backproof.operations.normaliser import Normaliser
from backproof.validate import MOST_AXES, check_whole


@final
@dataclass(frozen=True)
class RmsNorm(Normaliser):
    """h_p = gamma_p a_p / r, r = sqrt(1/N sum_q a_q^2 + epsilon), over the last axes of a sample; weight of their shape

    Parameters
    ----------
    axes : int, default 1
        Number of the last axes that are normalised together.
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    affine : bool, default True
        Whether it has gamma.
    """

    axes: int = 1
    epsilon: float = 1e-5
    affine: bool = True

    statistics: ClassVar[tuple[str, ...]] = ("sample_rms",)
    is_centred: ClassVar[bool] = False
    by_channel: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("axes", self.axes, 1, MOST_AXES)

    def parameter_shape(self, shape: Shape) -> Shape:
        if self.axes > len(shape):
            raise ShapeError(f"rms_norm expects {self.axes} axes or more, received shape {shape}.")
        return shape[-self.axes :]

    def block_size(self, shape: Shape) -> int:
        return prod(self.parameter_shape(shape))

"""Layer normalisation (Ba et al. 2016): each sample's numbers along the last axes with mean 0 and deviation 1."""

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
class LayerNorm(Normaliser):
    """h_p = gamma_p (a_p - mu) / s + beta_p, mu and s over the last axes of one sample; weight and bias of their shape

    Parameters
    ----------
    axes : int, default 1
        Number of the last axes that are normalised together.
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    affine : bool, default True
        Whether it has gamma and beta.
    """

    axes: int = 1
    epsilon: float = 1e-5
    affine: bool = True

    statistics: ClassVar[tuple[str, ...]] = ("sample_mean", "sample_deviation")
    by_channel: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("axes", self.axes, 1, MOST_AXES)

    def parameter_shape(self, shape: Shape) -> Shape:
        if self.axes > len(shape):
            raise ShapeError(f"layer_norm expects {self.axes} axes or more, received shape {shape}.")
        return shape[-self.axes :]

    def block_size(self, shape: Shape) -> int:
        return prod(self.parameter_shape(shape))

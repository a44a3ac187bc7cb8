"""Group normalisation (Wu & He 2018): each sample's channels, group by group, with mean 0 and deviation 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar, final

from backproof.errors import ShapeError
from backproof.operations.layer import LARGEST, Shape
from backproof.operations.normaliser import Normaliser
from backproof.validate import check_whole


@final
@dataclass(frozen=True)
class GroupNorm(Normaliser):
    """h_cp = gamma_c (a_cp - mu) / s + beta_c, mu and s over the channels of a group in one sample

    With as many groups as channels it is instance normalisation; weight and bias (channels,).

    Parameters
    ----------
    groups : int
        Number of groups, which divides the number of channels.
    epsilon : float, default 1e-5
        Keeps the root away from 0.
    affine : bool, default True
        Whether it has gamma and beta.
    """

    groups: int
    epsilon: float = 1e-5
    affine: bool = True

    statistics: ClassVar[tuple[str, ...]] = ("sample_mean", "sample_deviation")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("groups", self.groups, 1, LARGEST)

    def parameter_shape(self, shape: Shape) -> Shape:
        return (shape[0],)

    def block_size(self, shape: Shape) -> int:
        if shape[0] % self.groups:
            raise ShapeError(
                f"group_norm expects channels that {self.groups} groups divide; there are {shape[0]} in shape {shape}."
            )
        return prod(shape) // self.groups

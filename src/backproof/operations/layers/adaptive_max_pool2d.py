"""Adaptive max pooling: windows as large as they must be for a picture of a given size; 1 is global max pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.max_pool import MaxPool, Table, list_adaptive_windows
from backproof.operations.windows import Sizes, check_sizes, spread_sizes


@final
@dataclass(frozen=True)
class AdaptiveMaxPool2d(MaxPool):
    """h_cij = max of a_c over window ij, whose rows are floor(i R / n) to ceil((i + 1) R / n); columns likewise

    Parameters
    ----------
    size : int or pair of int
        Rows and columns of the result.
    """

    size: Sizes

    axes: ClassVar[int] = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_sizes("size", self.size, 1, 2))

    def list_windows(self, axis: int, size: int) -> Table:
        return list_adaptive_windows(size, spread_sizes(self.size, 2)[axis])

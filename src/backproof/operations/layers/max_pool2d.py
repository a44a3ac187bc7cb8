"""Max pooling of pictures: of each window the largest number, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.max_pool import SlidingMaxPool


@final
@dataclass(frozen=True)
class MaxPool2d(SlidingMaxPool):
    """h_cij = max over uv of a_c(i s + d u - p)(j s + d v - p); of equal ones the first counts

    Parameters as those of `SlidingMaxPool`.
    """

    axes: ClassVar[int] = 2

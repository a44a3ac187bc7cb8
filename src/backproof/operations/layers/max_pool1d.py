"""Max pooling along one axis: of each window of a signal the largest number, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.max_pool import SlidingMaxPool


@final
@dataclass(frozen=True)
class MaxPool1d(SlidingMaxPool):
    """h_ci = max over u of a_c(i s + d u - p); of equal ones the first counts

    Parameters as those of `SlidingMaxPool`.
    """

    axes: ClassVar[int] = 1

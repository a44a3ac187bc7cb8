"""Average pooling of sequences: the mean of each window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.average_pool import AveragePool


@final
@dataclass(frozen=True)
class AvgPool1d(AveragePool):
    """h_ci = 1/N sum of a_cx over the places x of window i; parameters as those of `AveragePool`"""

    axes: ClassVar[int] = 1

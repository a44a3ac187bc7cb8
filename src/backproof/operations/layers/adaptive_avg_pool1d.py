"""Average pooling of sequences of any size to one size; size 1 is global average pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

from backproof.operations.average_pool import AdaptiveAveragePool


@final
@dataclass(frozen=True)
class AdaptiveAvgPool1d(AdaptiveAveragePool):
    """h_ci = 1/N_i sum of a_cx over the places x of window i; parameters as those of `AdaptiveAveragePool`"""

    axes: ClassVar[int] = 1

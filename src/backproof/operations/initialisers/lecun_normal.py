"""LeCun's normal start (LeCun et al. 1998, section 4.6): pre-activations of standardised inputs have variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.variance_scaling import NormalScaling


@final
@dataclass(frozen=True)
class LeCunNormal(NormalScaling):
    """w ~ N(0, 1 / fan_in)"""

    def fan(self, fan_in: int, fan_out: int) -> float:
        return float(fan_in)

"""LeCun's uniform start (LeCun et al. 1998, section 4.6): pre-activations of standardised inputs have variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.variance_scaling import UniformScaling


@final
@dataclass(frozen=True)
class LeCunUniform(UniformScaling):
    """w ~ U(-r, r) with r = sqrt(3 / fan_in)"""

    def fan(self, fan_in: int, fan_out: int) -> float:
        return float(fan_in)

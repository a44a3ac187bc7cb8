"""He's uniform start (He et al. 2015): for rectifiers, which let half of the variance through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.variance_scaling import UniformScaling


@final
@dataclass(frozen=True)
class HeUniform(UniformScaling):
    """w ~ U(-r, r) with r = sqrt(6 / fan_in)"""

    def fan(self, fan_in: int, fan_out: int) -> float:
        return fan_in / 2

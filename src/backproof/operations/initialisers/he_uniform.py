"""He's uniform start (He et al. 2015): for rectifiers, which let half of the variance through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.spread import UniformSpread


@final
@dataclass(frozen=True)
class HeUniform(UniformSpread):
    """w ~ U(-r, r) with r = sqrt(6 / sent)"""

    def fan(self, sent: int, received: int) -> float:
        return sent / 2

"""He's normal start (He et al. 2015): for rectifiers, which let half of the variance through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.spread import NormalSpread


@final
@dataclass(frozen=True)
class HeNormal(NormalSpread):
    """w ~ N(0, 2 / sent)"""

    def fan(self, sent: int, received: int) -> float:
        return sent / 2

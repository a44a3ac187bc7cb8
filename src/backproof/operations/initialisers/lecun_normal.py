"""LeCun's normal start (LeCun et al. 1998, section 4.6): pre-activations of standardised inputs have variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.spread import NormalSpread


@final
@dataclass(frozen=True)
class LeCunNormal(NormalSpread):
    """w ~ N(0, 1 / sent)"""

    def fan(self, sent: int, received: int) -> float:
        return float(sent)

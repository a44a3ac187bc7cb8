"""LeCun's uniform start (LeCun et al. 1998, section 4.6): pre-activations of standardised inputs have variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.spread import UniformSpread


@final
@dataclass(frozen=True)
class LeCunUniform(UniformSpread):
    """w ~ U(-r, r) with r = sqrt(3 / sent)"""

    def fan(self, sent: int, received: int) -> float:
        return float(sent)

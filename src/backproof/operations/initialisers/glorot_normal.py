"""Glorot's normal start (Glorot & Bengio 2010): keeps the variance of activations and errors alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.spread import NormalSpread


@final
@dataclass(frozen=True)
class GlorotNormal(NormalSpread):
    """w ~ N(0, 2 / (sent + received))"""

    def fan(self, sent: int, received: int) -> float:
        return (sent + received) / 2

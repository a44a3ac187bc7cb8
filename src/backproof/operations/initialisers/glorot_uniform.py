"""Glorot's uniform start (Glorot & Bengio 2010): keeps the variance of activations and errors alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.spread import UniformSpread


@final
@dataclass(frozen=True)
class GlorotUniform(UniformSpread):
    """w ~ U(-r, r) with r = sqrt(6 / (sent + received))"""

    def fan(self, sent: int, received: int) -> float:
        return (sent + received) / 2

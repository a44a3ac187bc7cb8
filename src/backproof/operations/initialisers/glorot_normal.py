"""Glorot's normal start (Glorot & Bengio 2010): keeps the variance of activations and errors alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.variance_scaling import NormalScaling


@final
@dataclass(frozen=True)
class GlorotNormal(NormalScaling):
    """w ~ N(0, 2 / (fan_in + fan_out))"""

    def fan(self, fan_in: int, fan_out: int) -> float:
        return (fan_in + fan_out) / 2

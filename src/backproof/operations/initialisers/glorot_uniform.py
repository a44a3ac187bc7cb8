"""Glorot's uniform start (Glorot & Bengio 2010): keeps the variance of activations and errors alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from backproof.operations.variance_scaling import UniformScaling


@final
@dataclass(frozen=True)
class GlorotUniform(UniformScaling):
    """w ~ U(-r, r) with r = sqrt(6 / (fan_in + fan_out))"""

    def fan(self, fan_in: int, fan_out: int) -> float:
        return (fan_in + fan_out) / 2

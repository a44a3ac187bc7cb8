"""Glorot's uniform start (Glorot & Bengio 2010): keeps the variance of activations and errors alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from backproof.operations.initialiser import Initialiser


@final
@dataclass(frozen=True)
class GlorotUniform(Initialiser):
    """w ~ U(-r, r) with r = sqrt(6 / (sent + received))"""

    def weights(self, random: np.random.Generator, sent: int, received: int) -> NDArray[np.float64]:
        reach = np.sqrt(6 / (sent + received))
        return random.uniform(-reach, reach, (sent, received))

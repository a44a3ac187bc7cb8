"""An orthogonal start (Saxe, McClelland & Ganguli 2014): a layer turns what it receives and stretches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.operations.initialiser import Initialiser
from backproof.validate import require


@final
@dataclass(frozen=True)
class Orthogonal(Initialiser):
    """W^T W = gain^2 1 where fan_in >= fan_out, else W W^T = gain^2 1

    Q of the QR decomposition of a matrix from N(0, 1), each column with the sign of R's diagonal, which makes every
    such matrix as likely as any other (Mezzadri 2007).
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        require(self.gain >= 0, "the orthogonal start's gain", "0 or more", self.gain)

    def draw_weights(self, random: np.random.Generator, fan_in: int, fan_out: int) -> Array:
        tall = random.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out)))
        q, r = np.linalg.qr(tall)
        columns = self.gain * (q * np.where(np.diagonal(r) < 0, -1.0, 1.0))
        return np.ascontiguousarray(columns if fan_in >= fan_out else columns.T)

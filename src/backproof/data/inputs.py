"""Inputs for a network, x = (raw - shift) scale, made batch by batch, so that bytes stay bytes in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.source import Scaling


@dataclass(frozen=True, eq=False)
class Inputs:
    """Samples as they are kept, (samples, inputs), and the scaling that each batch is still to get, if any."""

    raw: AnyArray
    scaling: Scaling | None = None

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def width(self) -> int:
        """How many inputs a sample has."""
        return int(self.raw.shape[1])

    def batch(self, rows: Any, dtype: Any = np.float64) -> AnyArray:
        """The inputs of some rows, computed in `dtype`."""
        kept: AnyArray = self.raw[rows].astype(dtype)
        if self.scaling is None:
            return kept
        scaled: AnyArray = (kept - self.scaling.shift.astype(dtype)) * self.scaling.scale.astype(dtype)
        return scaled

    def array(self, dtype: Any = np.float64) -> AnyArray:
        """The inputs of all rows."""
        return self.batch(slice(None), dtype)

    def take(self, rows: Any) -> Inputs:
        """The inputs of some rows, as they are kept."""
        return replace(self, raw=self.raw[rows])

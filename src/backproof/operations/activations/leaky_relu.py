"""The leaky rectified linear unit: what is negative passes too, but made small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class LeakyRelu(Elementwise):
    """a = h for h > 0, else slope h; a' = 1 for h > 0, else slope (at h = 0 too, as in PyTorch)"""

    slope: float = 0.01
    letter = "lrelu"
    meaning = "the leaky rectifier"
    initialiser = "he_uniform"

    def formula(self, h: Any) -> Any:
        return where(h > 0, h, self.slope * h)

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h > 0, 1, self.slope)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; the slope at the kink", where(h > 0, 1, self.slope)

"""The rectified linear unit that stops at 6, for numbers of few bits (Krizhevsky 2010; MobileNet)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nextafter, ulp
from typing import Any, final

from backproof.functions import maximum, minimum, where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Relu6(Elementwise):
    """a = 0 for h <= 0, 6 for h >= 6, else h; a' = 1 between 0 and 6, else 0 (at the kinks too, as in PyTorch)"""

    letter = "relu6"
    meaning = "the rectifier that stops at 6"
    initialiser = "he_uniform"
    output_range = (-ulp(0.0), nextafter(6.0, 7.0))  # both ends are reached

    def formula(self, h: Any) -> Any:
        return where(h <= 0, 0, where(h >= 6, 6, h))

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h <= 0, 0, where(h >= 6, 0, 1))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; 0 at the kinks", self.derivative(h, a)

    def forward(self, h: Any) -> Any:
        return maximum(minimum(h, 6.0), 0.0)  # unlike `where`, it hands NaN on

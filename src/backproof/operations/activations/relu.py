"""The rectified linear unit: lets what is positive pass and stops the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, ulp
from typing import Any, final

from backproof.functions import maximum, where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Relu(Elementwise):
    """a = h for h > 0, else 0; a' = 1 for h > 0, else 0 (at the kink h = 0 too, as in PyTorch)"""

    letter = "relu"
    meaning = "the rectifier, the larger of x and 0"
    initialiser = "he_uniform"
    output_range = (-ulp(0.0), inf)  # 0 itself is reached, so ln a is not finite

    def formula(self, h: Any) -> Any:
        return where(h > 0, h, 0)

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h > 0, 1, 0)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; 0 at the kink", where(h > 0, 1, 0)

    def forward(self, h: Any) -> Any:
        return maximum(h, 0.0)  # unlike `where`, it hands NaN on

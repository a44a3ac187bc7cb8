"""The hard sigmoid: three straight pieces that stand in for the logistic sigmoid (MobileNetV3, Howard et al. 2019)."""

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
class HardSigmoid(Elementwise):
    """a = 0 for h <= -3, 1 for h >= 3, else (h + 3) / 6; a' = 1/6 between -3 and 3, else 0 (at the kinks too)"""

    letter = "hsigmoid"
    meaning = "the hard sigmoid, (x + 3) / 6 between 0 and 1"
    aliases = ("hardsigmoid",)
    output_range = (-ulp(0.0), nextafter(1.0, 2.0))  # both ends are reached

    def formula(self, h: Any) -> Any:
        return where(h <= -3, 0, where(h >= 3, 1, (h + 3) / 6))

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h <= -3, 0, where(h >= 3, 0, 1 / 6))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; 0 at the kinks", self.derivative(h, a)

    def forward(self, h: Any) -> Any:
        return (maximum(minimum(h, 3.0), -3.0) + 3) / 6  # unlike `where`, it hands NaN on

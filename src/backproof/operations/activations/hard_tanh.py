"""The hard tanh: the identity between -1 and 1, cut off beyond (Collobert 2004)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nextafter
from typing import Any, final

from backproof.functions import maximum, minimum, where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class HardTanh(Elementwise):
    """a = -1 for h <= -1, 1 for h >= 1, else h; a' = 1 between -1 and 1, else 0 (at the kinks too, as in PyTorch)"""

    letter = "htanh"
    meaning = "the hard tanh, x between −1 and 1"
    aliases = ("hardtanh",)
    output_range = (nextafter(-1.0, -2.0), nextafter(1.0, 2.0))  # both ends are reached

    def formula(self, h: Any) -> Any:
        return where(h <= -1, -1, where(h >= 1, 1, h))

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h <= -1, 0, where(h >= 1, 0, 1))

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; 0 at the kinks", self.derivative(h, a)

    def forward(self, h: Any) -> Any:
        return maximum(minimum(h, 1.0), -1.0)  # unlike `where`, it hands NaN on

"""The step of the first perceptron (Rosenblatt 1958), which fires or does not; nothing is learned through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import nextafter, ulp
from typing import Any, ClassVar, final

from backproof.functions import where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Step(Elementwise):
    """a = 1 for h > 0, else 0; a' = 0 (at the jump h = 0 too)"""

    letter = "step"
    meaning = "1 for x > 0, else 0"
    aliases = ("heaviside",)
    is_written: ClassVar[bool] = False  # a step is a step of training, too
    is_guessed: ClassVar[bool] = False
    output_range = (-ulp(0.0), nextafter(1.0, 2.0))  # both ends are reached

    def formula(self, h: Any) -> Any:
        return where(h > 0, 1, 0)

    def derivative(self, h: Any, a: Any) -> Any:
        return 0 * h

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; 0 at the jump", where(h > 0, 0, 0)

    def forward(self, h: Any) -> Any:
        return where(h > 0, 1.0, where(h <= 0, 0.0, h))  # hands NaN on

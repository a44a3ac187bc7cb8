"""The scaled exponential linear unit (Klambauer et al. 2017): keeps mean 0 and variance 1 from layer to layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp, minimum, where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned

SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


@final
@dataclass(frozen=True)
class Selu(Elementwise):
    """a = scale h for h > 0, else scale alpha (e^h - 1); a' = scale for h > 0, else a + scale alpha"""

    letter = "selu"
    meaning = "the scaled exponential linear unit"
    initialiser = "lecun_normal"

    def formula(self, h: Any) -> Any:
        return where(h > 0, SCALE * h, SCALE * ALPHA * (exp(h) - 1))

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h > 0, SCALE, a + SCALE * ALPHA)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately", where(h > 0, SCALE, SCALE * ALPHA * exp(h))
        yield "add and subtract the constant", where(h > 0, SCALE, SCALE * ALPHA * (exp(h) - 1) + SCALE * ALPHA)
        yield "the first term is a", where(h > 0, SCALE, a + SCALE * ALPHA)

    def forward(self, h: Any) -> Any:
        return where(h > 0, SCALE * h, SCALE * ALPHA * (exp(minimum(h, 0.0)) - 1))

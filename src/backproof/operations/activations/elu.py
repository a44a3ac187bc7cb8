"""The exponential linear unit (Clevert et al. 2016): a rectifier that levels off smoothly at -alpha."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import exp, minimum, where
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Elu(Elementwise):
    """a = h for h > 0, else alpha (e^h - 1); a' = 1 for h > 0, else a + alpha"""

    alpha: float = 1.0
    letter = "elu"
    meaning = "the exponential linear unit"
    initialiser = "he_uniform"

    def formula(self, h: Any) -> Any:
        return where(h > 0, h, self.alpha * (exp(h) - 1))

    def derivative(self, h: Any, a: Any) -> Any:
        return where(h > 0, 1, a + self.alpha)

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately", where(h > 0, 1, self.alpha * exp(h))
        yield "add and subtract alpha", where(h > 0, 1, self.alpha * (exp(h) - 1) + self.alpha)
        yield "the first term is a", where(h > 0, 1, a + self.alpha)

    def forward(self, h: Any) -> Any:
        return where(h > 0, h, self.alpha * (exp(minimum(h, 0.0)) - 1))

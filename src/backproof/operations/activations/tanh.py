"""The hyperbolic tangent: a sigmoid that is centred on 0, with values in (-1, 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import cosh, sinh, tanh
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Tanh(Elementwise):
    """a = tanh h, a' = 1 - a^2"""

    letter = "tanh"
    output_range = (-1.0, 1.0)

    def formula(self, h: Any) -> Any:
        return tanh(h)

    def derivative(self, h: Any, a: Any) -> Any:
        return 1 - a**2

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "quotient rule on sinh h / cosh h", (cosh(h) ** 2 - sinh(h) ** 2) / cosh(h) ** 2
        yield "split the fraction", 1 - (sinh(h) / cosh(h)) ** 2
        yield "the fraction is a", 1 - a**2

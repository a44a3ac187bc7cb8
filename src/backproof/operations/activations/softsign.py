"""The softsign: like tanh, but it levels off slowly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import absolute, sign
from backproof.operations.activation import Elementwise
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class Softsign(Elementwise):
    """a = h / (1 + |h|), a' = 1 / (1 + |h|)^2"""

    letter = "softsign"
    meaning = "x / (1 + |x|)"
    output_range = (-1.0, 1.0)

    def formula(self, h: Any) -> Any:
        return h / (1 + absolute(h))

    def derivative(self, h: Any, a: Any) -> Any:
        return 1 / (1 + absolute(h)) ** 2

    def derivation(self, h: Any, a: Any) -> Iterator[Reasoned]:
        yield "quotient rule", (1 + absolute(h) - h * sign(h)) / (1 + absolute(h)) ** 2
        yield "h sign(h) is |h|", 1 / (1 + absolute(h)) ** 2

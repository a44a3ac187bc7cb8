"""Half the squared error: the cost of the least squares, with the 1/2 that cancels in the derivative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class HalfSquaredError(Cost):
    """E = sum_k 1/2 (y_k - a_k)^2, dE/da = a - y"""

    aliases = ("quadratic",)

    def formula(self, y: Any, a: Any) -> Any:
        return 0.5 * (y - a) ** 2

    def derivative(self, y: Any, a: Any) -> Any:
        return a - y

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "power rule and chain rule", 0.5 * (2 * (y - a) * -1)
        yield "2 and 1/2 cancel", -(y - a)
        yield "multiply out the minus sign", a - y

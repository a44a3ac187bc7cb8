"""The squared error, averaged over the outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class MeanSquaredError(Cost):
    """E = 1/K sum_k (y_k - a_k)^2 over K outputs, dE/da = 2/K (a - y); the 1/K is `scale`'s"""

    aliases = ("mse",)
    averaged = True

    def formula(self, y: Any, a: Any) -> Any:
        return (y - a) ** 2

    def derivative(self, y: Any, a: Any) -> Any:
        return 2 * (a - y)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "power rule and chain rule", 2 * (y - a) * -1
        yield "multiply out the minus sign", 2 * (a - y)

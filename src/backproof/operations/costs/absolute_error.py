"""The absolute error: every unit of distance costs the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import absolute, sign
from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned


@final
@dataclass(frozen=True)
class AbsoluteError(Cost):
    """E = sum_k |y_k - a_k|, dE/da = sign(a - y), 0 where they are equal"""

    aliases = ("mae", "l1")

    def formula(self, y: Any, a: Any) -> Any:
        return absolute(y - a)

    def derivative(self, y: Any, a: Any) -> Any:
        return sign(a - y)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "derivative of the absolute value, chain rule", sign(y - a) * -1
        yield "multiply out the minus sign", sign(a - y)

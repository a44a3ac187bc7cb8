"""The Huber cost: squared near the target, linear far from it, so that outliers do not rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import absolute, sign, where
from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned
from backproof.validate import require


@final
@dataclass(frozen=True)
class Huber(Cost):
    """E = sum_k 1/2 e^2 for |e| <= threshold, else threshold (|e| - threshold/2), with e = y_k - a_k"""

    aliases = ("smooth_l1",)

    threshold: float = 1.0

    def __post_init__(self) -> None:
        require(self.threshold > 0, "huber's threshold", "greater than 0", self.threshold)

    def formula(self, y: Any, a: Any) -> Any:
        near = 0.5 * (y - a) ** 2
        return where(absolute(y - a) <= self.threshold, near, self.threshold * (absolute(y - a) - self.threshold / 2))

    def derivative(self, y: Any, a: Any) -> Any:
        return where(absolute(y - a) <= self.threshold, a - y, self.threshold * sign(a - y))

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        far = self.threshold * (sign(y - a) * -1)
        yield "each case separately, chain rule", where(absolute(y - a) <= self.threshold, -(y - a), far)
        yield "multiply out the minus signs", self.derivative(y, a)

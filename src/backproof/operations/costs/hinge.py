"""The hinge (Cortes & Vapnik 1995): nothing to pay once an answer is right by a margin; targets are -1 and 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.functions import where
from backproof.operations.cost import Cost
from backproof.operations.registry import Reasoned
from backproof.validate import require


@final
@dataclass(frozen=True)
class Hinge(Cost):
    """E = sum_k max(0, margin - y_k a_k), dE/da = -y where y a < margin, else 0 (at the kink too)"""

    margin: float = 1.0
    target_range: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)
    is_guessed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.margin > 0, "hinge's margin", "greater than 0", self.margin)

    def formula(self, y: Any, a: Any) -> Any:
        return where(y * a < self.margin, self.margin - y * a, 0)

    def derivative(self, y: Any, a: Any) -> Any:
        return where(y * a < self.margin, -y, 0)

    def derivation(self, y: Any, a: Any) -> Iterator[Reasoned]:
        yield "each case separately; 0 at the kink", self.derivative(y, a)

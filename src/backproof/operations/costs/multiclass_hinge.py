"""The hinge of several classes (Crammer & Singer 2001): PyTorch's MultiMarginLoss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, ClassVar, final

from backproof.functions import namespace, where
from backproof.operations.classes import CoupledCost
from backproof.validate import require


@final
@dataclass(frozen=True)
class MulticlassHinge(CoupledCost):
    """E = 1/K sum_k y_k sum_(j not k) max(0, margin - a_k + a_j) over K classes; t_k for y_k with options"""

    margin: float = 1.0
    aliases = ("multimarginloss", "multi_margin", "svm")
    averaged = True
    target_range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)
    is_guessed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.margin > 0, "multiclass_hinge's margin", "greater than 0", self.margin)

    def loss_of(self, a: Sequence[Any], right: int) -> Any:
        others = [self.margin - a[right] + each for unit, each in enumerate(a) if unit != right]
        return reduce(add, (where(each > 0, each, 0) for each in others)) if others else 0 * a[right]

    def loss_slope_of(self, a: Sequence[Any], right: int, by: int) -> Any:
        if by != right:
            return self._is_active(a, right, by)
        others = [self._is_active(a, right, unit) for unit in range(len(a)) if unit != right]
        return -reduce(add, others) if others else 0 * a[right]

    def _is_active(self, a: Sequence[Any], right: int, unit: int) -> Any:
        """1 where another class comes within the margin, else 0 (at the kink too, as in PyTorch)."""
        return where(self.margin - a[right] + a[unit] > 0, 1, 0)

    def derivative_of(self, y: Sequence[Any], a: Sequence[Any], unit: int) -> Any:
        parts = (self.slope_of_part(y, a, each, unit) for each in range(len(a)))
        return reduce(add, parts)

    def forward(self, y: Any, a: Any) -> Any:
        over = self._exceed(a)
        return self.weigh(y) * where(over > 0, over, 0.0).sum(-1)

    def gradient_of(self, t: Any, a: Any) -> Any:
        active = where(self._exceed(a) > 0, t[..., None], 0 * t[..., None])
        return active.sum(-2) - active.sum(-1)

    def _exceed(self, a: Any) -> Any:
        """margin - a_k + a_j of each right class k and other class j, -margin of k itself, where nothing counts."""
        over = self.margin - a[..., :, None] + a[..., None, :]
        return over - 2 * self.margin * namespace(a).eye(a.shape[-1], dtype=a.dtype)

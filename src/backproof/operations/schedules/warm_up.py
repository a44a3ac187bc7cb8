"""Warm-up: the learning rate grows from step to step, and another schedule takes over from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.functions import maximum, where
from backproof.operations.schedule import Schedule, stretch
from backproof.operations.schedules.constant import Constant
from backproof.validate import require

LEVEL = Constant()


@final
@dataclass(frozen=True)
class WarmUp(Schedule):
    """t / over up to step `over`, a number of steps or, below 1, a share of the run; `then` another schedule

    as for a run that begins there: `{name = "warm_up", over = 0.1, then = "cosine"}`.
    """

    over: float = 0.1
    then: Schedule = LEVEL

    def __post_init__(self) -> None:
        require(self.over > 0, "the warm-up's over", "above 0", self.over)

    @property
    def adapts(self) -> bool:  # type: ignore[override]
        """Whether what comes after it does."""
        return self.then.adapts

    def factor(self, t: Any, total: Any) -> Any:
        over = stretch(self.over, total)
        later = self.then.factor(maximum(t - over, 1), maximum(total - over, 1))
        return where(t < over, t / over, later)

    def adapt(self, factor: float, costs: Sequence[float]) -> float:
        return self.then.adapt(factor, costs)

"""A staircase: every so often the learning rate drops to a part of what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

from backproof.functions import floor
from backproof.operations.schedule import Schedule, stretch
from backproof.validate import require


@final
@dataclass(frozen=True)
class Step(Schedule):
    """drop ^ floor((t - 1) / every), `every` a number of steps or, below 1, a share of the run (PyTorch's StepLR)"""

    every: float = 0.3
    drop: float = 0.1

    def __post_init__(self) -> None:
        require(self.every > 0, "the step schedule's every", "above 0", self.every)
        require(0 < self.drop <= 1, "the step schedule's drop", "above 0 and at most 1", self.drop)

    def factor(self, t: Any, total: Any) -> Any:
        return self.drop ** floor((t - 1) / stretch(self.every, total))

"""Adaptive: the learning rate is divided where the cost has stopped falling (as scikit-learn's MLPs have it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import numpy as np

from backproof.operations.schedule import Schedule
from backproof.validate import require


class Plateau(NamedTuple):
    """The lowest of some values so far, and how many in a row have failed up to the last one.

    A value fails unless it is lower than the lowest one before it by at least `tolerance`.
    """

    best: float = np.inf
    failed: int = 0

    def extend(self, values: Sequence[float], tolerance: float) -> Plateau:
        """The same, some values later. A value that is no number does not fail, and is never the lowest."""
        lowest = np.fmin.accumulate(np.array([self.best, *values]))
        fell = np.flatnonzero(~(np.array(values) > lowest[:-1] - tolerance))
        failed = len(values) - 1 - int(fell[-1]) if len(fell) else self.failed + len(values)
        return Plateau(float(lowest[-1]), failed)


@final
@dataclass(frozen=True)
class Adaptive(Schedule):
    """1 / divisor as often as `patience` epochs in a row have failed: cost > lowest cost before it - tolerance

    scikit-learn documents a patience of 2; its code waits for n_iter_no_change + 1 epochs.
    """

    adapts: ClassVar[bool] = True
    patience: int = 2
    tolerance: float = 1e-4
    divisor: float = 5.0

    def __post_init__(self) -> None:
        whole = self.patience >= 1 and self.patience == int(self.patience)
        require(whole, "the adaptive schedule's patience", "a whole number from 1", self.patience)
        require(self.tolerance >= 0, "the adaptive schedule's tolerance", "0 or more", self.tolerance)
        require(self.divisor > 1, "the adaptive schedule's divisor", "above 1", self.divisor)

    def factor(self, t: Any, total: Any) -> Any:
        return 1.0

    def adapt(self, factor: float, costs: Sequence[float]) -> float:
        failed = Plateau().extend(costs, self.tolerance).failed
        return factor / self.divisor if failed and failed % self.patience == 0 else factor

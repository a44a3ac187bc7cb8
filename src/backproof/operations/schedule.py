"""What every schedule is: the factor by which the learning rate is multiplied as a run goes on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import isnan, nan
from typing import Any, ClassVar

from backproof.operations.registry import Registry


class Schedule(ABC):
    """Abstract. Formulas in the step's number t, from 1, and the number of all steps, on any kind of value."""

    #: True where the factor goes by the costs of the epochs so far, not by the step.
    adapts: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The name in tables of options: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def factor(self, t: Any, total: Any) -> Any:
        """The factor of step t of a run of `total` steps."""

    @property
    def needs_total(self) -> bool:
        """Whether the factor depends on the number of all steps."""
        return any(isnan(self.factor(t, nan)) for t in (1.0, 1e12))

    def adapt(self, factor: float, costs: Sequence[float]) -> float:
        """The further factor from here on, given the one so far (1 at first) and the cost of every epoch so far."""
        return factor


def stretch(amount: float, total: Any) -> Any:
    """How many steps an amount means: below 1 it is a share of the whole run, from 1 a number of steps."""
    return amount * total if amount < 1 else amount


schedules: Registry[Schedule] = Registry("schedule", "backproof.operations.schedules", Schedule)

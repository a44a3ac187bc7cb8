"""What every schedule is: how the learning rate changes in the course of a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from backproof.operations.registry import Registry


class Schedule(ABC):
    """Abstract. A factor of the learning rate, as a formula in the step's number, on any kind of value."""

    #: True where the factor also depends on what the epochs cost.
    adapts: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """The name in options: that of its file."""
        return type(self).__module__.rpartition(".")[2]

    @abstractmethod
    def factor(self, t: Any, total: Any) -> Any:
        """The factor at step t, from 1, of `total` steps."""

    def adapt(self, factor: float, costs: Sequence[float]) -> float:
        """The factor after an epoch, from the one before it and the costs of all epochs so far."""
        return factor


schedules: Registry[Schedule] = Registry("schedule", "backproof.operations.schedules", Schedule)

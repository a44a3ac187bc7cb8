"""How a worksheet trains, step after step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backproof.errors import OptionError
from backproof.operations.optimiser import Optimiser
from backproof.operations.optimisers.sgd import Sgd
from backproof.operations.schedule import Schedule
from backproof.operations.schedules.constant import Constant
from backproof.propagation import TRUE, Equations, scheduled_rate


@dataclass(frozen=True)
class Training:
    """How the parameters change from step to step: optimiser, learning rate, and the samples (from 1) of each step.

    `l1` and `l2` are the penalties on the weights, `clip` the largest norm of a gradient. The schedule changes the
    learning rate, in a run of `epochs` if it goes by the length of the run.

    `equations` are those of the backward pass; others than the true ones show what a slip leads to. The first step is
    `start`, before which the optimiser keeps `slots`: training that goes on from where it was.
    """

    rate: float | None = None
    optimiser: Optimiser = field(default_factory=Sgd)
    batches: tuple[tuple[int, ...], ...] = ()
    l1: float = 0.0
    l2: float = 0.0
    clip: float | None = None
    schedule: Schedule = field(default_factory=Constant)
    epochs: int | None = None
    equations: Equations = TRUE
    start: int = 1
    slots: dict[str, dict[str, Any]] | None = field(default=None, compare=False, repr=False)

    @property
    def penalised(self) -> bool:
        """Whether there is a penalty on the weights."""
        return self.l1 > 0 or self.l2 > 0

    @property
    def scheduled(self) -> bool:
        """Whether the learning rate changes from step to step."""
        return not isinstance(self.schedule, Constant)

    def rate_at(self, step: int) -> float:
        """The learning rate of a step; of step 0 that before the schedule. Raise OptionError if there is none."""
        if self.rate is None:
            raise OptionError("there is no learning rate; give learning_rate in [training].")
        if not self.scheduled or step < 1:
            return self.rate
        return float(scheduled_rate(self.schedule, np.float64(self.rate), *self.schedule_at(step)))

    def schedule_at(self, step: int) -> tuple[int, float]:
        """The step and the number of all steps that the schedule goes by; once the run is over, its last step."""
        if self.epochs is None:
            return step, float("nan")
        total = self.epochs * max(1, len(self.batches))
        return min(step, total), float(total)

    def batch(self, step: int, count: int) -> tuple[int, ...]:
        """The numbers of the samples that a step uses."""
        return self.batches[(step - 1) % len(self.batches)] if self.batches else tuple(range(1, count + 1))


def list_samples(numbers: tuple[int, ...]) -> str:
    """The numbers of samples in words: `sample 2`, `samples 1 to 4`, `samples 3, 1`."""
    if len(numbers) == 1:
        return f"sample {numbers[0]}"
    if numbers == tuple(range(numbers[0], numbers[0] + len(numbers))):
        return f"samples {numbers[0]} to {numbers[-1]}"
    return f"samples {', '.join(map(str, numbers[:10]))}{', ...' if len(numbers) > 10 else ''}"

"""The mean or the variance of a normalisation is taken as constant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, Normalise, Step, Visit


@final
@dataclass(frozen=True)
class StatisticTakenConstant(Mistake):
    """A number acts through a batch norm in three ways: by itself, through the mean, through the deviation; some are
    left out.

    Why: mean and variance look like constants of the batch, and each of them is made of every number in it.
    Example: dx = gamma * dy / std.
    See it: the errors of a batch do not add up to 0, or not when multiplied by the normalised numbers.
    """

    frequency = 8

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Normalise):
            work = step.work
            for says, mean, deviation in WAYS:

                def send(visit: Visit, mean: int = mean, deviation: int = deviation) -> Arrays:
                    return (send_ways(work, visit, mean, deviation),)

                yield says, send


#: In words, whether what goes through the mean counts, and what goes through the deviation.
WAYS = (
    ("the mean was taken as constant", 0, 1),
    ("the variance was taken as constant", 1, 0),
    ("mean and variance were taken as constant", 0, 0),
)


def send_ways(work: Normalise, visit: Visit, mean: float, deviation: float, axis: int = 0) -> Array:
    """What a normalisation sends back by the three ways, the last two multiplied by a factor."""
    delta = work.tabulate(visit.delta)
    spread, unit = work.measure(visit.received[0])
    through = mean * delta.mean(axis, keepdims=True) + deviation * unit * (delta * unit).mean(axis, keepdims=True)
    return work.restore((delta - through) / spread, visit.delta.shape)

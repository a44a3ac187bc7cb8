"""The sums of a normalisation's gradient run over the wrong axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.statistic_taken_constant import send_ways
from backproof.checking.tape import Arrays, Normalise, Plus, Step, Times, Visit


@final
@dataclass(frozen=True)
class StatisticWrongAxis(Mistake):
    """A batch norm's gradient is averaged over the numbers of a sample, or a layer norm's over the samples.

    Why: the two differ in nothing but the axis, and the code of one is copied for the other.
    Example: dx.mean(axis=0) in the backward pass of a layer norm.
    See it: the shapes fit, and the errors that should add up to 0 do so along the other axis.
    """

    frequency = 5

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Normalise):
            work = step.work
            yield (
                "the means of the gradient are taken over the wrong axis",
                lambda visit: (send_ways(work, visit, 1, 1, axis=1),),
            )
        if isinstance(step.work, Plus | Times) and (
            getattr(step.work, "bias", False) or getattr(step.work, "gain", False)
        ):
            x, other = (each.value for each in step.received)
            if x.ndim == 2 and x.shape[0] == x.shape[1] and other.size == x.shape[1]:
                work_of = step.work

                def sum_wrongly(visit: Visit) -> Arrays:
                    terms = visit.delta * visit.received[0] if isinstance(work_of, Times) else visit.delta
                    axis = 1 if visit.received[1].shape[-1] > 1 else 0
                    return visit.replace(1, terms.sum(axis).reshape(visit.received[1].shape))

                yield "the gradient is summed over the wrong axis", sum_wrongly

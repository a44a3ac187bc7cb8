"""The factor gamma of a normalisation is left out on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, Normalise, Step, Times, Visit, sum_broadcast


@final
@dataclass(frozen=True)
class GainOmitted(Mistake):
    """gamma is left out of what a normalisation sends back, or its own gradient is made with what is not normalised.

    Why: gamma is 1 at the start, so that nothing shows.
    Example: dx_hat = dy where dy * gamma belongs; dgamma = (dy * x).sum(0).
    See it: with gamma = 1 everything is right.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if not (isinstance(step.work, Times) and step.work.gain):
            return
        yield "gamma was left out of dx", lambda visit: visit.replace(0, visit.delta)
        before = step.received[0]
        if isinstance(before.work, Normalise):
            work, x = before.work, before.received[0].value
            table = work.tabulate(x)
            centred = work.restore(table - table.mean(0), x.shape)
            for says, array in (("x", x), ("x - mean", centred)):
                yield (
                    f"dE/dgamma was made with {says} where the normalised numbers belong",
                    lambda visit, array=array: visit.replace(  # type: ignore[misc]
                        1, sum_broadcast(visit.delta * array, visit.received[1].shape)
                    ),
                )
        yield (
            "dE/dgamma was summed without the normalised numbers",
            lambda visit: visit.replace(1, sum_broadcast(visit.delta, visit.received[1].shape)),
        )

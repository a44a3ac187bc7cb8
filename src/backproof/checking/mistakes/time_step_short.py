"""The loop back through time is one step short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.arrays import Array
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, order_in_time
from backproof.checking.tape import Sent, Step, StepSlip, Tape, Visit
from backproof.derivation.context import add_terms


@final
@dataclass(frozen=True)
class TimeStepShort(Mistake):
    """Backpropagation through time leaves out the first or the last step.

    Why: range(T - 1, 0, -1) stops at 1, not at 0.
    Example: for t in reversed(range(1, T)).
    See it: dx of that step is 0.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        found = order_in_time(site)
        if site.is_gradient and len(found) > 1:
            for which, others in (("first", found[1:]), ("last", found[:-1])):
                yield Change(add_terms(others), f"the {which} time step was left out", which)

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        if len(tape.times) < 2:
            return
        for time, words in ((tape.times[0], "first"), (tape.times[-1], "last")):
            says = f"the {words} time step was left out"
            yield StepSlip(says, lambda step, time=time: step.time == time, _send_nothing, "time")  # type: ignore[misc]
        joined = next((each for each in tape.steps if each.what == "the states of all times"), None)
        if joined is not None:
            yield StepSlip(
                "the first time step was left out", _HandThrough(joined).applies, _HandThrough(joined), "time"
            )


@dataclass
class _HandThrough:
    """The first step left out, and what comes back to its state from the second given for that of the state before."""

    joined: Step
    alone: Array | None = None
    later: Array | None = None

    def applies(self, step: Step) -> bool:
        return step is self.joined or step.time == self.joined.received[0].time

    def __call__(self, visit: Visit) -> Sent:
        if visit.step is self.joined:
            self.alone = visit.true[0]
            return visit.true
        nothing = _send_nothing(visit)
        if visit.step is self.joined.received[0]:
            assert self.alone is not None
            self.later = visit.delta - self.alone
        if visit.step.what.startswith("the state's weights") and self.later is not None:
            nothing[0], self.later = self.later, None  # once, however many gates receive the state
        return nothing


def _send_nothing(visit: Visit) -> Sent:
    return {at: np.zeros_like(sender.value) for at, sender in visit.step.list_senders()}

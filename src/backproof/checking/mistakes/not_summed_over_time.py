"""The gradient of a recurrent layer's weights is that of one time step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, order_in_time
from backproof.checking.tape import Sent, Step, StepSlip, Tape, Visit


@final
@dataclass(frozen=True)
class NotSummedOverTime(Mistake):
    """A weight that is used at every time step gets the gradient of one of them where the sum belongs.

    Why: the gradients of a step come out of a function for that step, and overwrite those of the step before.
    Example: dx[t], dh, dWx, dWh, db = rnn_step_backward(dh, cache[t]) in the loop, without +=.
    See it: for a single step it is right.
    """

    frequency = 7

    def rewrites(self, site: Site) -> Iterator[Change]:
        found, name = order_in_time(site), site.quantity.of[-1] if site.quantity.of else ""
        if site.is_gradient and len(found) > 1:
            for which, term in (("first", found[0]), ("last", found[-1])):
                yield Change(term, SAYS.format(name, which), which)

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        if len(tape.times) < 2:
            return
        found = {(each.what, role) for each in tape.steps if each.time is not None for role in each.parameters}
        groups = [(None, "", "the parameters"), *((what, role, _describe(what, role)) for what, role in sorted(found))]
        for what, role, words in groups:
            for time, which in ((tape.times[0], "first"), (tape.times[-1], "last")):

                def applies(step: Step, what: str | None = what, time: int = time) -> bool:
                    return step.time is not None and step.time != time and what in (None, step.what)

                def leave_out(visit: Visit, role: str = role) -> Sent:
                    left = [role] if role else list(visit.parameters)
                    return {**visit.true, **{each: np.zeros_like(visit.parameters[each]) for each in left}}

                yield StepSlip(SAYS.format(words, which), applies, leave_out, "time")


def _describe(what: str, role: str) -> str:
    return role if role == "bias" else what.removeprefix("the ")


SAYS = "the gradient of {} is that of the {} time step alone, not the sum over time"

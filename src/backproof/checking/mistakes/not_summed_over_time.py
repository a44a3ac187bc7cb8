"""The gradient of a recurrent layer's weights is that of one time step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, Plus, Product, Step, StepSlip, Tape, Visit


@final
@dataclass(frozen=True)
class NotSummedOverTime(Mistake):
    """A weight that is used at every time step gets the gradient of one of them where the sum belongs.

    Why: the gradients of a step come out of a function for that step, and overwrite those of the step before.
    Example: dx[t], dh, dWx, dWh, db = rnn_step_backward(dh, cache[t]) in the loop, without +=.
    See it: for a single step it is right.
    """

    frequency = 7

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        if len(tape.times) < 2:
            return
        uses = [each for each in tape.examples() if each.time is not None and _uses_parameter(each)]
        groups = [(None, "the parameters"), *((each.what, each.what.removeprefix("the ")) for each in uses)]
        for what, words in groups:
            for time, which in ((tape.times[0], "first"), (tape.times[-1], "last")):

                def applies(step: Step, what: str | None = what, time: int = time) -> bool:
                    here = _uses_parameter(step) and step.time is not None and step.time != time
                    return here and what in (None, step.what)

                says = f"the gradient of {words} is that of the {which} time step alone, not the sum over time"
                yield StepSlip(says, applies, _leave_out, "time")


def _uses_parameter(step: Step) -> bool:
    return isinstance(step.work, Product) or (isinstance(step.work, Plus) and step.work.bias)


def _leave_out(visit: Visit) -> Arrays:
    return visit.replace(1, 0.0)

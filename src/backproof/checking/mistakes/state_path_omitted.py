"""The path of a recurrent layer's own state is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Sent, StepSlip, Tape, Visit


@final
@dataclass(frozen=True)
class StatePathOmitted(Mistake):
    """A state acts on the outputs of its time and on all later states; one of the two is left out.

    Why: dh[:, t] is at hand, and what comes back from t + 1 has to be kept from the last turn of the loop.
    Example: rnn_step_backward(dh[:, t], ...) where dh[:, t] + dprev_h belongs; dc without dnext_c.
    See it: for a single step, or the last one, it is right.
    """

    frequency = 11

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        later = tape.times[1:]
        for what, at, words in (
            ("the state's weights", 0, "what comes back from the next time step through the hidden state"),
            ("what the forget gate keeps", 1, "what comes back from the next time step through the cell"),
        ):
            if any(step.what.startswith(what) for step in tape.steps) and len(tape.times) > 1:
                says = f"{words} was left out"
                yield StepSlip(
                    says,
                    lambda step, what=what: step.what.startswith(what) and step.time in later,  # type: ignore[misc]
                    lambda visit, at=at: visit.replace(at, 0.0),  # type: ignore[misc]
                    "the state",
                )
        if len(tape.times) > 1:
            says = "the gradient from upstream was taken at the last time step alone"
            yield StepSlip(says, lambda step: step.what == "the states of all times", _keep_last, "the state")
        if any(step.what == "the tanh of the cell" for step in tape.steps):
            says = "the path from the hidden state through the cell was left out"
            yield StepSlip(
                says, lambda step: step.what == "the tanh of the cell", lambda visit: visit.replace(0, 0.0), "the cell"
            )
        if len(tape.made) > 1:
            for number, words in enumerate(("the hidden state", "the cell")):
                others = tuple(at for at in range(len(tape.made)) if at != number)
                says = f"the gradient that reaches {words} from the next time step was left out"
                yield StepSlip(says, lambda step: False, _keep_last, "the state", others)


def _keep_last(visit: Visit) -> Sent:
    true = visit.true
    return {at: each if at == len(true) - 1 else np.zeros_like(each) for at, each in true.items()}

"""The path of a recurrent layer's own state is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, find_error, terms
from backproof.checking.tape import Sent, StepSlip, Tape, Visit
from backproof.derivation.context import add_terms


@final
@dataclass(frozen=True)
class StatePathOmitted(Mistake):
    """A state acts on the outputs of its time and on all later states; one of the two is left out.

    Why: dh[:, t] is at hand, and what comes back from t + 1 has to be kept from the last turn of the loop.
    Example: rnn_step_backward(dh[:, t], ...) where dh[:, t] + dprev_h belongs; dc without dnext_c.
    See it: for a single step, or the last one, it is right.
    """

    frequency = 11

    def rewrites(self, site: Site) -> Iterator[Change]:
        own = site.step_in_time(site.quantity.of[0]) if site.is_sent_back else None
        if own is None:
            return
        errors = {term: find_error(term) for term in terms(site.formula)}
        times = {term: site.step_in_time(error.of[0]) for term, error in errors.items() if error is not None}
        later = [term for term, time in times.items() if time not in (None, own)]
        here = [term for term, time in times.items() if time == own]
        outside = [term for term, time in times.items() if time is None]
        if later:
            through = "the cell" if here else "the hidden state"
            yield Change(add_terms([*here, *outside]), f"{BACK} {through} was left out", f"without {through}")
        if later and (here or outside):
            says = CELL if here else UPSTREAM
            yield Change(add_terms(later), says, says)

    def in_layer(self, tape: Tape) -> Iterator[StepSlip]:
        later = tape.times[1:]
        for what, at, words in (
            ("the state's weights", 0, f"{BACK} the hidden state"),
            ("what the forget gate keeps", 1, f"{BACK} the cell"),
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
            yield StepSlip(UPSTREAM, lambda step: step.what == "the states of all times", _keep_last, "the state")
        if any(step.what == "the tanh of the cell" for step in tape.steps):
            yield StepSlip(
                CELL, lambda step: step.what == "the tanh of the cell", lambda visit: visit.replace(0, 0.0), "the cell"
            )
        if len(tape.made) > 1:
            for number, words in enumerate(("the hidden state", "the cell")):
                others = tuple(at for at in range(len(tape.made)) if at != number)
                says = f"the gradient that reaches {words} from the next time step was left out"
                yield StepSlip(says, lambda step: False, _keep_last, "the state", others)


def _keep_last(visit: Visit) -> Sent:
    true = visit.true
    return {at: each if at == len(true) - 1 else np.zeros_like(each) for at, each in true.items()}


BACK = "what comes back from the next time step through"
UPSTREAM = "the gradient from upstream was taken at the last time step alone"
CELL = "the path from the hidden state through the cell was left out"

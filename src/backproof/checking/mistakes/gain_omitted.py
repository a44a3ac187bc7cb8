"""The factor gamma of a normalisation is left out on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.statistic_wrong_axis import measure_unit
from backproof.checking.tape import Send, Sent, Step, Visit
from backproof.operations.normaliser import Normaliser


@final
@dataclass(frozen=True)
class GainOmitted(Mistake):
    """gamma is left out of what a normalisation sends back, or its own gradient is made with what is not normalised.

    Why: gamma is 1 at the start, so that nothing shows.
    Example: dx_hat = dy where dy * gamma belongs; dgamma = (dy * x).sum(0).
    See it: with gamma = 1 everything is right.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Normaliser) or "bias" not in step.parameters:
            return
        ones = {"weight": np.ones_like(step.parameters["weight"].value)}
        yield "gamma was left out of dx", lambda visit: visit.replace(0, visit.send(parameters=ones)[0])

        def sum_with(visit: Visit, numbers: Any) -> Sent:
            return visit.replace("weight", visit.send(visit.delta * numbers)["bias"])

        words = "dE/dgamma was made with {} where the normalised numbers belong"
        yield words.format("x"), lambda visit: sum_with(visit, visit.received[0])
        yield words.format("x - mean"), lambda visit: sum_with(visit, np.multiply(*measure_unit(visit)))
        yield "dE/dgamma was summed without the normalised numbers", lambda visit: sum_with(visit, 1.0)

"""The scale 1/sqrt(d) of attention is left out on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Send, Step
from backproof.operations.layers.scale import Scale


@final
@dataclass(frozen=True)
class AttentionScaleOmitted(Mistake):
    """The scores are divided by sqrt(d) on the way there, and their errors are not on the way back.

    Why: the scale is no step with a name, and it is applied within a line.
    Example: dQ = dS @ K where dS @ K / sqrt(d) belongs.
    See it: the gradients of queries and keys are sqrt(d) times too large, those of the values are right.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Scale) and step.work.factor != 1:
            factor = step.work.factor
            yield "the scale 1/sqrt(d) was left out", lambda visit: {0: visit.delta}
            yield "the scale 1/sqrt(d) was multiplied by twice", lambda visit: {0: factor**2 * visit.delta}

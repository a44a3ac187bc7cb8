"""The factor of an inverted dropout is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Send, Step
from backproof.operations.layers.dropout import Dropout


@final
@dataclass(frozen=True)
class KeptFractionOmitted(Mistake):
    """What dropout keeps is divided by the kept fraction on the way there, and not on the way back, or the reverse.

    Why: the mask of ones and zeros is kept, the factor is applied on its own line.
    Example: dx = dout * mask where dout * mask / keep belongs.
    See it: claimed = true * keep.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Dropout) or not step.work.rate:
            return
        kept = 1 - step.work.rate
        for says, factor in (
            ("the kept fraction was forgotten", kept),
            ("the kept fraction was multiplied by, not divided by", kept**2),
            ("the kept fraction was divided by twice", 1 / kept),
            ("the dropped fraction was taken for the kept one", kept / step.work.rate),
        ):
            yield says, lambda visit, factor=factor: visit.replace(0, factor * visit.true[0])  # type: ignore[misc]

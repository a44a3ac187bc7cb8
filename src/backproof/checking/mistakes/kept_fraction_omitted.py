"""The factor of an inverted dropout is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.mistake import Mistake
from backproof.checking.tape import Arrays, Masked, Step, Visit


@final
@dataclass(frozen=True)
class KeptFractionOmitted(Mistake):
    """What dropout keeps is divided by the kept fraction on the way there, and not on the way back, or the reverse.

    Why: the mask of ones and zeros is kept, the factor is applied on its own line.
    Example: dx = dout * mask where dout * mask / keep belongs.
    See it: claimed = true * keep.
    """

    frequency = 6

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Masked) and step.work.factor != 1:
            mask, factor = step.work.mask, step.work.factor
            for says, other in (
                ("the kept fraction was forgotten", 1.0),
                ("the kept fraction was multiplied by, not divided by", 1 / factor),
                ("the kept fraction was divided by twice", factor**2),
                ("the dropped fraction was taken for the kept one", 1 / (1 - 1 / factor) if factor != 1 else 1.0),
            ):
                yield says, lambda visit, other=other: visit.replace(0, np.where(mask, other * visit.delta, 0.0))  # type: ignore[misc]

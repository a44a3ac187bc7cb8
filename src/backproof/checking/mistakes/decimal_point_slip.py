"""The decimal point has moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.claim import ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake


@final
@dataclass(frozen=True)
class DecimalPointSlip(Mistake):
    """The digits are right, but a place or two too far left or right.

    Why: leading zeros are miscounted.
    Example: 0.0787 for 0.00787.
    See it: claimed / true is a power of ten.
    """

    frequency = 2

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Sequence[ExaminedClaim]) -> Iterator[Misprint]:
        if work.digits >= 2:
            for places in (-3, -2, -1, 1, 2, 3):
                words = f"the decimal point is {abs(places)} place{'s' if abs(places) > 1 else ''} off"
                yield Misprint(work.truth * 10.0**places, words, 1.0)

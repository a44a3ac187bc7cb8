"""Two digits have changed places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake
from backproof.rounding import agrees


@final
@dataclass(frozen=True)
class DigitTransposition(Mistake):
    """The number is right except that two neighbouring digits are exchanged.

    Why: it was copied by hand.
    Example: 2.16 for 2.61.
    See it: exchange two digits and it is true.
    """

    frequency = 2

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        printed = work.printed
        for place in range(len(printed) - 1):
            first, second = printed[place], printed[place + 1]
            if first.isdigit() and second.isdigit() and first != second:
                edited = printed[:place] + second + first + printed[place + 2 :]
                found = work.digits >= 3 and any(agrees(edited, result) for result in work.results)
                yield Misprint(work.value if found else math.nan, f"{edited} with two digits exchanged", 1.0)

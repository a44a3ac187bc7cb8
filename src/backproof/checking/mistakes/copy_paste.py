"""A neighbouring or earlier result is printed again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake


@final
@dataclass(frozen=True)
class CopyPaste(Mistake):
    """The number belongs to another claim of the working, digit for digit.

    Why: a line is copied and its label changed; a value of the previous pass is not replaced.
    Example: a_h1 of the second pass given as .85, that of the first.
    See it: the same digits stand elsewhere in the working.
    """

    frequency = 3

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        spread = max(1, len(earlier.works)) ** -0.75  # any of the claims so far may have been copied
        for other in earlier.by_digits[work.printed][-MOST:]:
            words = f"the value of {other.claim.of} was printed again"
            yield Misprint(work.value, words, 6.0 if _last_pass(other, work) else spread)


#: Of equal numbers, the last ones are looked at.
MOST = 5


def _last_pass(other: ExaminedClaim, work: ExaminedClaim) -> bool:
    """Whether two claims are about one quantity at different steps."""
    if other.subject is None or work.subject is None:
        return False
    mine, theirs = work.subject[0], other.subject[0]
    return mine.name == theirs.name and mine.step != theirs.step

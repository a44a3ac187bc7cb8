"""Which wrong numbers are to be expected for a question: what each known mistake gives, the likeliest first."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from backproof.checking.claim import Earlier, prepare_claim
from backproof.checking.claims.own_step import own_step
from backproof.checking.claims.search import Search
from backproof.worksheet import Claim

#: A claim that nothing explains: too large for any network, and with so few digits that pairs of slips are not tried.
_NOWHERE = "9.87e300"


class Foreseen(NamedTuple):
    """A wrong number that a mistake gives: the mistake's id, what it is in words, the number."""

    id: str
    says: str
    gives: float


@np.errstate(all="ignore")
def foresee_mistakes(search: Search, of: str, sample: int | None, most: int) -> tuple[float, list[Foreseen]]:
    """The truth of a number of step 1, and up to `most` wrong ones that the known mistakes give, each number once.

    One search serves all questions about a worksheet: what it has rewritten once, it keeps.
    """
    work = prepare_claim(search.graph, 0, Claim(of, _NOWHERE, sample))
    trials = search.try_unclaimed(work, own_step(search.graph, work, Earlier()))
    kept: dict[str, Foreseen] = {}
    for _, _, slip, value in sorted(trials.weigh(), key=lambda each: -each[0]):
        known = f"{value:.10g}"
        if isfinite(value) and known not in kept and not np.isclose(value, work.truth, rtol=1e-9, atol=0):
            kept[known] = Foreseen(slip.mistake.id, slip.change.says, value)
        if len(kept) == most:
            break
    return work.truth, list(kept.values())

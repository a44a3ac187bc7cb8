"""One story for a whole worksheet: the fewest slips that explain the most wrong claims together.

The criterion is description length. A wrong claim may be told digit by digit, which costs the bits that its digits
carry; or by the slip that gives them. A slip costs ONE_MORE bits for being made at all, and its code length among the
slips that could have been made there; each further claim that it explains costs AGAIN bits, and ELSEWHERE more where
it was made at another place. The cheapest slips per claim are taken first, as facilities are opened for clients. So
one slip behind five numbers beats five coincidences. It is named where it is MARGIN bits shorter than the digits
themselves, all its claims together: a number of two digits is hardly ever enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import isclose

from backproof.checking.claim import ExaminedClaim, Explanation
from backproof.checking.claims.search import Attempt

#: In bits: what one more slip costs, what a claim costs that it explains too, and more where it was made elsewhere.
ONE_MORE, AGAIN, ELSEWHERE = 5.0, 0.5, 0.5
#: Minimum number of bits by which a slip that is named is shorter than the digits that it explains.
MARGIN = 0.0
#: Slips that give one number but for SAME of it are told together, where their own codes differ by EQUAL bits at most.
SAME, EQUAL = 1e-12, 3.0

Candidates = Mapping[ExaminedClaim, Sequence[Attempt]]


@dataclass(frozen=True)
class StorySlip:
    """A slip that somebody made, and the claims that are wrong by it, each with the attempt that gives its number."""

    explains: Mapping[ExaminedClaim, Attempt]

    @property
    def first(self) -> Attempt:
        """How it explains the claim that shows it best."""
        return min(self.explains.values(), key=lambda each: each.bits)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the claims that it explains, from 1."""
        return tuple(sorted(work.number + 1 for work in self.explains))

    @property
    def cost(self) -> float:
        """Its description: the slip, and each claim that it is used for."""
        first = self.first
        return first.bits - first.far + sum(
            each.far + (each is not first) * (AGAIN + (each.place != first.place) * ELSEWHERE)
            for each in self.explains.values()
        )  # fmt: skip

    @property
    def saves(self) -> float:
        """By how many bits it is shorter than the digits of its claims."""
        return sum(carried_bits(work, each) for work, each in self.explains.items()) - self.cost

    @property
    def price(self) -> float:
        """What it costs for each claim that it explains."""
        return (ONE_MORE + self.cost) / len(self.explains)

    def without(self, told: set[ExaminedClaim]) -> StorySlip:
        """The same slip for the claims that nothing explains yet."""
        return StorySlip({work: each for work, each in self.explains.items() if work not in told})


def carried_bits(work: ExaminedClaim, attempt: Attempt) -> float:
    """What the digits of a claim tell of a slip: one that changes the number as a whole is told by all of them."""
    return work.bits(attempt.value, whole=attempt.slip.whole)


def tell_story(candidates: Candidates) -> list[StorySlip]:
    """The slips behind some wrong claims, those that explain most first."""
    waiting = [(slip.price, number, slip) for number, slip in enumerate(_gather(candidates)) if slip.saves >= MARGIN]
    heapify(waiting)
    story: list[StorySlip] = []
    told: set[ExaminedClaim] = set()
    while waiting:
        _, number, slip = heappop(waiting)
        left = slip.without(told)
        if len(left.explains) < slip.first.slip.mistake.fewest_claims:
            continue
        if len(left.explains) == len(slip.explains):
            story.append(slip)
            told.update(slip.explains)
        elif left.saves >= MARGIN:
            heappush(waiting, (left.price, number, left))
    return order_story(story)


def order_story(story: Iterable[StorySlip]) -> list[StorySlip]:
    """The slips that explain most first."""
    return sorted(story, key=lambda slip: (-len(slip.explains), slip.numbers))


def _gather(candidates: Candidates) -> Iterator[StorySlip]:
    """Each slip with all the claims that it could explain."""
    found: dict[object, dict[ExaminedClaim, Attempt]] = {}
    for work, attempts in candidates.items():
        for attempt in attempts:
            found.setdefault(attempt.key, {}).setdefault(work, attempt)
    slips = (StorySlip(explains) for explains in found.values())
    return (slip for slip in slips if len(slip.explains) >= slip.first.slip.mistake.fewest_claims)


def explanations(work: ExaminedClaim, attempts: Sequence[Attempt], slip: StorySlip | None) -> list[Explanation]:
    """The mistakes that explain a claim, each id once: that of its slip and those that no digits could tell from it,
    then others that its own digits prove."""
    found: dict[str, Explanation] = {}
    if slip is not None:
        first = slip.explains[work]
        found[first.id] = _explanation(first, slip.saves)
        for each in attempts:
            same = isclose(each.value, first.value, rel_tol=SAME) and each.bits <= first.bits + EQUAL
            if same and each.slip.mistake.fewest_claims <= len(slip.explains):
                found.setdefault(each.id, _explanation(each, saves_alone(work, each)))
    for each in attempts:
        if saves_alone(work, each) >= MARGIN and each.slip.mistake.fewest_claims == 1:
            found.setdefault(each.id, _explanation(each, saves_alone(work, each)))
    return list(found.values())


def slipped_values(work: ExaminedClaim, attempts: Sequence[Attempt]) -> tuple[float, ...]:
    """What the slips that a claim's own digits prove come to: one value of each mistake, then the others."""
    proved = [each for each in attempts if saves_alone(work, each) >= MARGIN]
    firsts = {each.id: each.value for each in reversed(proved)}
    return tuple(dict.fromkeys((*reversed(firsts.values()), *(each.value for each in proved))))


def saves_alone(work: ExaminedClaim, attempt: Attempt) -> float:
    """By how many bits a slip is shorter than the digits of one claim."""
    return carried_bits(work, attempt) - attempt.bits


def _explanation(attempt: Attempt, saves: float) -> Explanation:
    where, formula = attempt.place
    return Explanation(attempt.id, attempt.says, attempt.value, 1 / (1 + 2 ** min(saves, 1000)), where, formula)

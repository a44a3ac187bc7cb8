"""Examining a worksheet: every claim in its order, then the story of the slips that explain what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backproof.checking.claim import Earlier, ExaminedClaim, prepare_claim
from backproof.checking.claims.compare import compare
from backproof.checking.claims.own_step import OwnStep, own_step
from backproof.checking.claims.search import Attempt, Search
from backproof.checking.claims.story import AGAIN, StorySlip, explanations, order_story, slipped_values, tell_story
from backproof.checking.graph import Graph, Pins, Progress
from backproof.rounding import agrees, count_digits, is_exactly
from backproof.worksheet import Worksheet

#: What is said of an answer that is still to be given: neither right nor wrong.
BLANK = "blank"


@dataclass(frozen=True)
class Examination:
    """A worksheet and its claims, examined; `story`: the slips behind what is wrong, those that explain most first."""

    worksheet: Worksheet
    graph: Graph
    works: tuple[ExaminedClaim, ...]
    story: tuple[StorySlip, ...] = ()


@np.errstate(all="ignore")
def examine(worksheet: Worksheet, progress: Progress | None = None) -> Examination:
    """Give every claim its verdict and, where it is wrong, the mistakes that make exactly its number."""
    steps = frozenset(claim.step or 1 for claim in worksheet.claims)
    graph = Graph(worksheet.network, worksheet.x, worksheet.y, worksheet.training, steps, progress)
    examiner = Examiner(graph)
    earlier = Earlier()
    works: list[ExaminedClaim] = []
    usual = max((count_digits(claim.value) for claim in worksheet.claims), default=0)
    for number, claim in enumerate(worksheet.claims):
        work = prepare_claim(graph, number, claim)
        work.usual_digits = usual
        works.append(work)
        if claim.is_blank:
            work.verdict = BLANK
            continue
        examiner.judge(work, earlier)
        earlier.add(work)
    story = examiner.tell_story()
    return Examination(worksheet, graph, tuple(works), tuple(story))


#: Maximum number of slips of the story, those that explain most, beside which a second one is looked for.
MOST_BESIDE = 6


class Case(NamedTuple):
    """A wrong claim's own step, the ways to take what was claimed before, and the slips that give its number."""

    step: OwnStep
    contexts: list[Pins]
    attempts: list[Attempt]


class Examiner:
    """Judges claims one after the other, and keeps what may explain the wrong ones."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.search = graph, Search(graph)
        self.cases: dict[ExaminedClaim, Case] = {}

    def judge(self, work: ExaminedClaim, earlier: Earlier) -> None:
        """The verdict of a claim, and what may explain it by itself where it is wrong."""
        step = own_step(self.graph, work, earlier)
        compare(self.graph, work, step)
        if work.verdict == "wrong":
            contexts = self.search.contexts(work, step, earlier)
            attempts = self.search.explain(work, step, contexts, earlier)
            self.cases[work] = Case(step, contexts, attempts)
            work.mistakes = explanations(work, attempts, None)
            work.slipped = slipped_values(work, attempts)
        elif work.verdict == "right" and work.digits == 1 and not is_exactly(work.printed, work.truth):
            self._decide(work, step)

    def _decide(self, work: ExaminedClaim, step: OwnStep) -> None:
        """Undecided, where the digit is a tenth or more off and a usual slip that changes as much prints the same."""
        tenth = abs(work.truth - work.start) / 10
        if abs(work.value - work.truth) < tenth:
            return
        hidden = [
            value
            for value in self.search.usual_results(work, step)
            if abs(value - work.truth) >= tenth and work.fits(value)
        ]
        if hidden:
            work.verdict, work.needed_digits = "undecided", 2
        while any(agrees(f"{work.truth:.{work.needed_digits - 1}e}", value) for value in hidden):
            work.needed_digits += 1

    def tell_story(self) -> list[StorySlip]:
        """The slips of the whole sheet; every wrong claim gets its mistakes from them."""
        story = tell_story({work: case.attempts for work, case in self.cases.items()})
        pairs = {work: self._pairs(work, story) for work in self._untold(story)}
        story = order_story((*story, *tell_story(pairs)))
        by_claim = {work: slip for slip in story for work in slip.explains}
        for work, case in self.cases.items():
            every = sorted((*case.attempts, *pairs.get(work, ())), key=lambda each: each.bits)
            work.mistakes = explanations(work, every, by_claim.get(work))
        for work in self._untold(story):
            compare(self.graph, work, self.cases[work].step)  # now that the slips before it are known
            work.mistakes = [] if work.verdict != "wrong" else work.mistakes
        return story

    def _untold(self, story: Sequence[StorySlip]) -> list[ExaminedClaim]:
        told = {work for slip in story for work in slip.explains}
        return [work for work in self.cases if work not in told]

    def _pairs(self, work: ExaminedClaim, story: Sequence[StorySlip]) -> list[Attempt]:
        """Two slips: one that the sheet shows already, or a frequent one where many digits are printed, and another."""
        step, contexts, _ = self.cases[work]
        found: list[Attempt] = []
        for slip in story[:MOST_BESIDE]:
            found.extend(self.search.explain_beside(work, step, contexts, slip.first, AGAIN))
        for first in () if found else self.search.frequent_worlds(work):
            found.extend(self.search.explain_beside(work, step, contexts, first, first.bits))
        return found

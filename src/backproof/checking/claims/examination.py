"""Examining a worksheet: every claim in its order, verdicts first, then which mistakes explain what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np

from backproof.checking.claim import ExaminedClaim, prepare_claim
from backproof.checking.claims.compare import compare
from backproof.checking.claims.own_step import own_step
from backproof.checking.claims.search import Budget, Search, search
from backproof.checking.graph import Graph
from backproof.quantity import Quantity
from backproof.worksheet import Worksheet


@dataclass(frozen=True)
class Examination:
    """A worksheet and its claims, examined."""

    worksheet: Worksheet
    graph: Graph
    works: tuple[ExaminedClaim, ...]


@np.errstate(all="ignore")
def examine(worksheet: Worksheet) -> Examination:
    """Give every claim its verdict and, where it is wrong, the mistakes that make exactly its number."""
    steps = frozenset(claim.step or 1 for claim in worksheet.claims)
    graph = Graph(worksheet.network, worksheet.x, worksheet.y, worksheet.training, steps)
    works: list[ExaminedClaim] = []
    searches: list[Search] = []
    earlier: dict[Quantity, list[ExaminedClaim]] = defaultdict(list)
    established: Counter[tuple[str, str]] = Counter()
    budget = Budget()
    for number, claim in enumerate(worksheet.claims):
        work = prepare_claim(graph, number, claim)
        step = own_step(graph, work, earlier)
        compare(graph, work, step)
        if work.verdict == "wrong":
            searches.append(search(graph, work, step, works, established, budget))
            work.mistakes = searches[-1].explanations(established)
            established.update(kinds(searches[-1]) if work.mistakes else ())
        works.append(work)
        for quantity in work.implies:
            earlier[quantity].append(work)
    _rank_again(searches)
    return Examination(worksheet, graph, tuple(works))


def kinds(found: Search) -> set[tuple[str, str]]:
    """The kinds of slip that explain a claim."""
    return {each.kind for each in found.fitting()}


def _rank_again(searches: list[Search]) -> None:
    """Order the explanations of each claim once more, knowing which slips explain other claims too."""
    counts = Counter(kind for found in searches for kind in kinds(found))
    for found in searches:
        found.work.mistakes = found.explanations(counts - Counter(kinds(found)))

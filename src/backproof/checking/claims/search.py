"""Naming the mistake: which slip, made where, gives the printed number - and how easily chance would.

Every definition inside a claim's own step is rewritten by every mistake, and the claim worked out from there, all
rewrites of one place at once. What gives the printed digits is an explanation. Of several the one comes first that is
seen most often in published workings, spread over the ways in which it could have been made here; a slip that also
explains other claims counts more, for people repeat a slip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import isfinite
from typing import NamedTuple

import numpy as np

from backproof.arrays import Array
from backproof.checking.claim import ExaminedClaim, Explanation
from backproof.checking.claims.compare import UNSOUND
from backproof.checking.claims.own_step import OwnStep, implied_values
from backproof.checking.graph import NONE, Graph, Pins, Rules, World, traces
from backproof.checking.mistake import Mistake, every_mistake
from backproof.checking.site import Change, Site
from backproof.evaluation import evaluate
from backproof.expression import Expression, walk
from backproof.quantity import Quantity
from backproof.trace import Trace

#: How many slips are tried for one claim, those made nearest to it first, and how long their formulas are together.
MOST_SLIPS, MOST_NODES = 1500, 100_000
#: Runs with a slip in every step take so many steps for a whole worksheet.
MOST_STEPS = 25_000
#: A second slip is looked for beside so many first ones in a worksheet, each as often seen as this at least.
MOST_WORLDS, OFTEN = 24, 8
#: Most people round: a number that fits only if its digits were cut is so much less likely.
CUT = 4
#: An explanation that chance gives more easily than this is kept only where the slip is repeated.
CHANCE = 0.5


@dataclass
class Attempt:
    """One slip tried for one claim: which, what it says, what it gives; `boost` makes it likelier than its like."""

    id: str
    frequency: float
    change: Change
    where: Quantity | None
    value: float
    boost: float = 1.0
    context: int = 0
    depth: int = 0
    weight: float = 0.0

    @property
    def kind(self) -> tuple[str, str]:
        """What attempts of one slip in several claims have in common."""
        return self.id, self.change.kind


@dataclass
class Search:
    """All attempts for one claim."""

    work: ExaminedClaim
    attempts: list[Attempt] = field(default_factory=list)

    def fitting(self) -> list[Attempt]:
        """The attempts that give the printed digits."""
        return [each for each in self.attempts if self.work.fits(each.value)]

    def explanations(self, repeated: Counter[tuple[str, str]]) -> list[Explanation]:
        """Those that fit, best first, each mistake once; those that chance gives as easily are left out."""
        self._weigh(repeated)
        found: dict[str, Explanation] = {}
        for each in sorted(self.fitting(), key=lambda one: -one.weight):
            likelier = {f"{one.value:.12g}" for one in self.attempts if one.weight >= each.weight}
            chance = accident(self.work, len(likelier))
            if each.id not in found and (chance < CHANCE or (each.change.kind and repeated[each.kind])):
                found[each.id] = Explanation(
                    each.id, each.change.says, each.value, chance, each.where, each.change.formula
                )
        return list(found.values())

    def _weigh(self, repeated: Counter[tuple[str, str]]) -> None:
        """How likely each attempt is before it is known to fit."""
        ways: dict[tuple[str, bool], set[str]] = {}
        for each in self.attempts:
            ways.setdefault((each.id, bool(each.change.kind)), set()).add(each.change.says)
        for each in self.attempts:
            spread = len(ways[each.id, bool(each.change.kind)]) ** 0.75
            systematic = 1.0 if each.change.kind else 0.0 if each.where is None else 0.2
            again = systematic * repeated[each.kind]
            far = (1 + each.context) * (1 + each.depth / 4)
            if abs(each.value - self.work.value) > 0.500001 * self.work.unit:
                far *= CUT
            each.weight = each.frequency * each.boost * (1 + again) / spread / far


def accident(work: ExaminedClaim, tried: int) -> float:
    """How likely one of so many numbers of the claim's size fits its printed digits by chance.

    Measured on 2-3-2 networks, two slips give one number about a third as often as if all their values were spread
    evenly between 0 and the claim.
    """
    share = 1 / 3 if work.unit >= abs(work.value) else work.unit / abs(work.value) / 3
    return float(1 - (1 - share) ** max(1, tried))


@dataclass
class Budget:
    """What a worksheet's searches may still spend on pairs of slips, and the runs with a slip made so far."""

    worlds: int = MOST_WORLDS
    steps: int = MOST_STEPS
    runs: dict[tuple[str, str], dict[int, Trace]] = field(default_factory=dict)


def search(
    graph: Graph,
    work: ExaminedClaim,
    step: OwnStep,
    earlier: Sequence[ExaminedClaim],
    established: Counter[tuple[str, str]],
    budget: Budget,
) -> Search:
    """Try every mistake at every place of a claim's own step; pairs and whole runs where that explains nothing."""
    found = Search(work)
    if not isfinite(work.truth):
        return found
    found.attempts.extend(_misprints(graph, work, earlier))
    slips = _slips(graph, _places(graph, work, step))
    for number, pinned in enumerate(contexts(step)):
        found.attempts.extend(_singles(graph, work, slips, pinned, NONE, number))
        found.attempts.extend(_everywhere(graph, work, slips, pinned, number))
    found.attempts.extend(_runs(graph, work, budget))
    if not found.explanations(established):
        known = [id for id, _ in established if "+" not in id]
        found.attempts.extend(_pairs(graph, work, step, known, budget))
    return found


def _misprints(graph: Graph, work: ExaminedClaim, earlier: Sequence[ExaminedClaim]) -> Iterator[Attempt]:
    for mistake in every_mistake():
        for value, says, boost, kind in mistake.misprints(graph, work, earlier):
            yield Attempt(mistake.id, mistake.frequency, Change(work.formula, says, kind), None, value, boost)


def contexts(step: OwnStep) -> Iterator[Pins]:
    """The inputs of a step: exact, at full precision as they came about, and as printed; the likeliest first."""
    full, written = {}, {}
    for quantity, works in step.inputs.items():
        values = implied_values(works[-1], quantity)
        full[quantity], written[quantity] = values[0], values[-1]
    unsound = any(work.verdict in UNSOUND for works in step.inputs.values() for work in works)
    ways: list[Pins] = [full, written, {}] if unsound else [{}, written]
    for number, pins in enumerate(ways):
        if pins not in ways[:number]:
            yield pins


class Slip(NamedTuple):
    """One rewrite of one definition: where, how many links from the claim, by which mistake."""

    where: Quantity
    depth: int
    mistake: Mistake
    change: Change


def _places(graph: Graph, work: ExaminedClaim, step: OwnStep) -> Iterator[tuple[Quantity, int, Expression]]:
    """Every number inside the step, its distance, and each of its definitions; the claim itself first."""
    if not isinstance(work.formula, Quantity):
        yield replace(next(iter(work.implies), Quantity("")), role="", of=()), 0, work.formula
    for quantity, depth in step.inside.items():
        for formula in graph.definitions(quantity):
            yield quantity, depth, formula


def _slips(
    graph: Graph, places: Iterable[tuple[Quantity, int, Expression]], most_nodes: int = MOST_NODES
) -> list[Slip]:
    """Every mistake at every place, the nearest places first, as far as the limits go."""
    found: list[Slip] = []
    nodes = 0
    for where, depth, formula in places:
        site, size = Site(graph, where, formula), sum(1 for _ in walk(formula))
        for mistake in every_mistake():
            before = len(found)
            found.extend(Slip(where, depth, mistake, change) for change in mistake.rewrites(site))
            nodes += size * (len(found) - before)
            if nodes > most_nodes:
                return found
        if len(found) > MOST_SLIPS:
            break
    return found


def _singles(
    graph: Graph, work: ExaminedClaim, slips: Iterable[Slip], pinned: Pins, rules: Rules, context: int
) -> Iterator[Attempt]:
    """One slip at one place."""
    world = World(graph, pinned, rules)
    for where, here in groupby(slips, key=lambda slip: slip.where):
        tried = list(here)
        values = _values(world, work, where, [slip.change.formula for slip in tried])
        for (_, depth, mistake, change), value in zip(tried, values, strict=True):
            yield Attempt(mistake.id, mistake.frequency, change, where, float(value), 1.0, context, depth)


def _values(world: World, work: ExaminedClaim, where: Quantity, formulas: Sequence[Expression]) -> Array:
    """What the claim comes to with each rewritten formula at one place, all at once."""
    if not formulas:
        return np.zeros(0)
    made = np.array([float(world.evaluate(formula)) for formula in formulas])
    if where.is_product:
        return made
    results = World(world.graph, {**world.pins, where: made}, world.rules).evaluate(work.formula)
    return np.asarray(np.broadcast_to(results, made.shape))


Group = dict[Quantity, tuple[Mistake, Change]]


def _groups(graph: Graph, slips: Iterable[Slip]) -> Iterator[Group]:
    """Each slip at every place of a layer, of all hidden layers, and at every place there is."""
    groups: dict[tuple[str, str, object], Group] = {}
    for where, _, mistake, change in slips:
        if change.kind and where.of:
            site = Site(graph, where, change.formula)
            for scope in (site.layer, "all", *(["hidden"] if site.is_hidden else [])):
                groups.setdefault((mistake.id, change.kind, scope), {}).setdefault(where, (mistake, change))
    yield from groups.values()


def _rules(group: Group) -> dict[Quantity, Expression]:
    return {where: change.formula for where, (_, change) in group.items()}


def _everywhere(
    graph: Graph, work: ExaminedClaim, slips: Iterable[Slip], pinned: Pins, context: int
) -> Iterator[Attempt]:
    """The same slip at several places of one step."""
    seen: set[frozenset[tuple[Quantity, Expression]]] = set()
    for group in _groups(graph, slips):
        rules = _rules(group)
        key = frozenset(rules.items())
        if len(rules) > 1 and key not in seen:
            seen.add(key)
            where, (mistake, change) = next(iter(group.items()))
            words = f"{change.says}, and so at {len(rules) - 1} more place{'s' if len(rules) > 2 else ''}"
            value = graph.evaluate(work.formula, pinned, rules)
            yield Attempt(mistake.id, mistake.frequency, change._replace(says=words), where, value, 1.0, context)


def _runs(graph: Graph, work: ExaminedClaim, budget: Budget) -> Iterator[Attempt]:
    """A slip in the backward pass of every step up to the claim's."""
    step = work.claim.step or 1
    for mistake in every_mistake() if step > 1 else ():
        for where, equations in mistake.equations(graph.network, graph.training):
            key = mistake.id, where
            if key not in budget.runs:
                budget.steps -= max(graph.traces)
                if budget.steps < 0:
                    return
                training = replace(graph.training, equations=equations)
                budget.runs[key] = traces(graph.network, graph.x, graph.y, training, frozenset(graph.traces))
            slipped = budget.runs[key].get(step)
            if slipped is not None:
                words = f"{mistake.summary.rstrip('.')} in every step ({where})"
                value = _in_trace(slipped.of_sample(work.claim.sample), work.formula)
                yield Attempt(mistake.id, mistake.frequency, Change(work.formula, words, "run"), None, value)


def _in_trace(trace: Trace, formula: Expression) -> float:
    return float(evaluate(formula, lambda each: trace.value(replace(each, step=None))))


def _pairs(
    graph: Graph, work: ExaminedClaim, step: OwnStep, established: Sequence[str], budget: Budget
) -> Iterator[Attempt]:
    """Two slips together: one that the worksheet shows already (or any, at five digits and more), and one more."""
    subject = next(iter(work.implies), None)
    if subject is None or not (established or work.digits >= 5):
        return
    every = [(each, 0, formula) for each in graph.every(subject) for formula in graph.definitions(each)]
    worlds = sorted(_groups(graph, _slips(graph, every)), key=lambda group: _rank(group, established))
    for group in worlds:
        where, (first, change) = next(iter(group.items()))
        if first.id not in established and (work.digits < 5 or first.frequency < OFTEN):
            continue
        budget.worlds -= 1
        if budget.worlds < 0:
            return
        rules = _rules(group)
        places = [(each, depth, rules.get(each, formula)) for each, depth, formula in _places(graph, work, step)]
        for each in _singles(graph, work, _slips(graph, places, MOST_NODES // 4), {}, rules, 0):
            if each.id != first.id:
                both = f"{first.id}+{each.id}"
                says = f"{change.says}; and {each.change.says}"
                frequency = min(first.frequency, each.frequency) / 2
                yield Attempt(both, frequency, Change(each.change.formula, says, "pair"), where, each.value)


def _rank(group: Group, established: Sequence[str]) -> tuple[bool, float, int]:
    """Slips that the worksheet shows already come first, then the frequent ones, then those made everywhere."""
    mistake, _ = next(iter(group.values()))
    return mistake.id not in established, -mistake.frequency, -len(group)

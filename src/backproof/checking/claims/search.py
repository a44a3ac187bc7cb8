"""The slips that one claim may be due to: which mistake, made where, gives the printed number.

Every definition inside a claim's own step is rewritten by every mistake, and the claim worked out from there, all
rewrites of one place at once. Before it is known whether it fits, a slip is as likely as it was seen in published
workings, spread over the ways in which it could have been made here, less if it lies far from the claim; the code
length of a slip, in bits, is what that leaves of all slips that were tried.

What depends on no claim is worked out once for a worksheet: rewrites of a definition, what follows from a slip at one
place, or at every place of a kind. So the work for one wrong claim does not grow with their number.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from backproof.arrays import Array
from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.claims.own_step import OwnStep
from backproof.checking.graph import NONE, Graph, Pins, Rules, World, traces
from backproof.checking.mistake import Mistake, every_mistake
from backproof.checking.site import Change, Site
from backproof.evaluation import evaluate
from backproof.expression import Expression, quantities, walk
from backproof.quantity import Quantity
from backproof.trace import Trace

#: How many slips are tried for one claim, those made nearest to it first, and how long their formulas are together.
MOST_SLIPS, MOST_NODES = 1500, 100_000
#: Maximum number of numbers in a step through which a slip made everywhere is followed; else through its own step.
MOST_PLACES = 250
#: Maximum number of steps, for a whole worksheet, of runs with a slip in every step.
MOST_STEPS = 25_000
#: Maximum number of first slips of a worksheet beside which a second one is looked for, the minimum frequency of each,
#: and the minimum number of printed digits.
MOST_WORLDS, OFTEN, MANY_DIGITS = 24, 8, 5
#: What is seen as often as this is a usual slip.
USUAL = 5
#: Most people round: the factor by which a number that fits only if its digits were cut is less likely.
CUT = 4


class Slip(NamedTuple):
    """One rewrite: by which mistake, and where; `rules`: all places where it was made. `whole`: it changes the number
    as a whole, whatever its working."""

    mistake: Mistake
    change: Change
    where: Quantity | None
    rules: Rules = NONE
    boost: float = 1.0
    whole: bool = False


@dataclass(frozen=True)
class Attempt:
    """A slip that gives a claim's digits: what it gives, and the code length in bits of its mistake, made in any way
    that gives them; `far`: what its own distance from the claim costs."""

    slip: Slip
    value: float
    bits: float
    far: float
    beside: Attempt | None = None

    @property
    def id(self) -> str:
        """The mistake, or both of two."""
        return self.slip.mistake.id if self.beside is None else f"{self.beside.id}+{self.slip.mistake.id}"

    @property
    def says(self) -> str:
        """The slip in words, or both of two."""
        own = self.slip.change.says
        return own if self.beside is None else f"{self.beside.says}; and {own}"

    @property
    def key(self) -> object:
        """What attempts of one slip in several claims have in common."""
        mistake, change, where, *_ = self.slip
        own = (mistake.id, change.kind) if change.kind else (mistake.id, where, change.formula, change.says)
        return own if self.beside is None else (self.beside.key, own)

    @property
    def place(self) -> tuple[Quantity | None, Expression]:
        """Where it was made, and what was written there."""
        return self.slip.where, self.slip.change.formula


@dataclass
class Trials:
    """Everything tried for one claim: the slips, what each gives, how far-fetched it is."""

    work: ExaminedClaim
    ways: dict[tuple[str, bool], set[str]] = field(default_factory=lambda: defaultdict(set))
    tried: list[tuple[Slip, float, float]] = field(default_factory=list)

    def add(self, slips: Sequence[Slip], values: Any, context: int = 0, depth: int = 0) -> None:
        """Slips, and what each gives."""
        far = (1 + context) * (1 + depth / 4)
        for slip, value in zip(
            slips, np.broadcast_to(np.asarray(values, dtype=float), (len(slips),)).tolist(), strict=True
        ):
            self.ways[slip.mistake.id, bool(slip.change.kind)].add(slip.change.says)
            self.tried.append((slip, value, far))

    def weigh(self) -> Iterator[tuple[float, float, Slip, float]]:
        """How likely each slip is before it is known to fit, how far-fetched it is, the slip, and what it gives."""
        spread = {key: len(says) ** 0.75 for key, says in self.ways.items()}
        for slip, value, far in self.tried:
            weight = slip.mistake.frequency * slip.boost / spread[slip.mistake.id, bool(slip.change.kind)] / far
            yield weight, far, slip, value

    def fitting(self) -> list[Attempt]:
        """The slips that give the printed digits: those of the shortest code first, of these those at fewest places."""
        total, found = 0.0, []
        by_mistake: dict[str, float] = defaultdict(float)
        for weight, far, slip, value in self.weigh():
            total += weight
            if abs(value - self.work.value) <= 2 * self.work.unit and self.work.fits(value):
                cut = CUT if abs(value - self.work.value) > 0.500001 * self.work.unit else 1
                found.append((weight / cut, far * cut, slip, value))
                by_mistake[slip.mistake.id] += weight / cut
        found.sort(key=lambda each: (-by_mistake[each[2].mistake.id], len(each[2].rules), -each[0]))
        return [
            Attempt(slip, value, math.log2(total / by_mistake[slip.mistake.id]), math.log2(far))
            for _, far, slip, value in found
        ]


Group = dict[Quantity, Slip]


class Branch:
    """A working with a slip in it already, or with none: what can be rewritten at each place, and what follows.

    Everything here is worked out once for all claims.
    """

    def __init__(self, graph: Graph, rules: Rules = NONE, without: str = "") -> None:
        self.graph, self.rules, self.without = graph, rules, without
        self._slips: dict[Quantity, list[Slip]] = {}
        self._nodes: Counter[Quantity] = Counter()
        self._mentions: dict[Quantity, frozenset[Quantity]] = {}
        self._worlds: dict[Quantity, World] = {}

    def slips(self, where: Quantity) -> list[Slip]:
        """Every rewrite of every definition of a number."""
        if where not in self._slips:
            ways = (self.rules[where],) if where in self.rules else self.graph.definitions(where)
            self._slips[where] = [slip for formula in ways for slip in self._rewrite_shortly(where, formula)]
        return self._slips[where]

    def _rewrite_shortly(self, where: Quantity, formula: Expression) -> Iterator[Slip]:
        """The rewrites of a definition, as far as they are not too long together."""
        size = sum(1 for _ in walk(formula))
        for number, slip in enumerate(self.rewrite(where, formula)):
            if number * size > MOST_NODES:
                return
            self._nodes[where] += size
            yield slip

    def rewrite(self, where: Quantity, formula: Expression) -> Iterator[Slip]:
        """A definition rewritten by every mistake."""
        site = Site(self.graph, where, formula)
        for mistake in every_mistake():
            for change in mistake.rewrites(site) if mistake.id != self.without else ():
                yield Slip(mistake, change, where, {where: change.formula})

    def mentions(self, where: Quantity) -> frozenset[Quantity]:
        """Every number that some slip at a place puts in."""
        if where not in self._mentions:
            formulas = (slip.change.formula for slip in self.slips(where))
            self._mentions[where] = frozenset(each for formula in formulas for each in quantities(formula))
        return self._mentions[where]

    def follow(self, where: Quantity, pins: Pins) -> World:
        """What follows from each of the slips at a place, all at once."""
        if pins:
            return self._follow(where, pins)
        if where not in self._worlds:
            self._worlds[where] = self._follow(where, NONE)
        return self._worlds[where]

    def _follow(self, where: Quantity, pins: Pins) -> World:
        before = World(self.graph, pins, self.rules)
        made = np.array([before.evaluate(slip.change.formula) for slip in self.slips(where)], dtype=float)
        others = {place: formula for place, formula in self.rules.items() if place != where}
        return World(self.graph, {**pins, where: made}, others)

    def nearest(self, step: OwnStep) -> Iterator[tuple[Quantity, int]]:
        """The places of an own step, the nearest first, with as many slips as are worth a look."""
        count = nodes = 0
        for where, depth in step.inside.items():
            yield where, depth
            count += len(self.slips(where))
            nodes += self._nodes[where]
            if count > MOST_SLIPS or nodes > MOST_NODES:
                return


class Search:
    """Looks for the slips behind the wrong claims of one worksheet."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.base = graph, Branch(graph)
        self.worlds, self.steps = MOST_WORLDS, MOST_STEPS
        self._branches: dict[object, Branch] = {}
        self._groups: dict[int, tuple[list[Slip], list[World]]] = {}
        self._group_results: dict[Expression, Array] = {}
        self._runs: dict[tuple[str, str], dict[int, Trace]] = {}

    def contexts(self, work: ExaminedClaim, step: OwnStep, earlier: Earlier) -> list[Pins]:
        """The ways to take what was claimed before: inputs of the step, and other numbers that a slip may put in."""
        implied, subject = earlier.implied(), work.subject[0] if work.subject else None
        mentioned = {each for where, _ in self.base.nearest(step) for each in self.base.mentions(where)}
        return step.contexts({each: implied[each] for each in mentioned if each in implied and each != subject})

    def explain(self, work: ExaminedClaim, step: OwnStep, contexts: Sequence[Pins], earlier: Earlier) -> list[Attempt]:
        """Every slip in a claim's own step that gives its number."""
        if not isfinite(work.truth):
            return []
        trials = Trials(work)
        work.results = tuple({float(World(self.graph, pins).evaluate(work.formula)) for pins in (NONE, *contexts)})
        self._try_misprints(trials, earlier)
        for number, pins in enumerate(contexts):
            self._try_singles(trials, self.base, step, pins, number)
            if step.inputs if pins else not self._try_everywhere(trials):
                self._try_groups(trials, step, pins, number)
        self._try_runs(trials)
        return trials.fitting()

    def explain_beside(
        self, work: ExaminedClaim, step: OwnStep, contexts: Sequence[Pins], first: Attempt, cost: float
    ) -> list[Attempt]:
        """The slips that give a claim's number together with another one, which reaches into its own step."""
        rules = first.slip.rules
        if rules.keys().isdisjoint(step.inside):
            return []
        branch = self._branches.setdefault(first.key, Branch(self.graph, rules, first.slip.mistake.id))
        found: list[Attempt] = []
        for number, pins in enumerate(contexts):
            trials = Trials(work)
            self._try_singles(trials, branch, step, pins, number)
            found.extend(replace(each, beside=first, bits=each.bits + cost) for each in trials.fitting())
        return found

    def frequent_worlds(self, work: ExaminedClaim) -> Iterator[Attempt]:
        """Slips made everywhere that are seen so often that a second one beside them is worth a look."""
        every = sum(each.frequency for each in every_mistake())
        for slip in self._everywhere(work)[0] if work.digits >= MANY_DIGITS else ():
            if slip.mistake.frequency >= OFTEN and self.worlds > 0:
                self.worlds -= 1
                yield Attempt(slip, math.nan, math.log2(every / slip.mistake.frequency), 0.0)

    def try_unclaimed(self, work: ExaminedClaim, step: OwnStep) -> Trials:
        """Every slip in the own step of a number of which nothing was claimed yet."""
        trials = Trials(work)
        self._try_misprints(trials, Earlier())
        self._try_singles(trials, self.base, step, NONE, 0)
        if not self._try_everywhere(trials):
            self._try_groups(trials, step, NONE, 0)
        return trials

    def usual_results(self, work: ExaminedClaim, step: OwnStep) -> list[float]:
        """What the usual slips in a claim's own step come to."""
        trials = Trials(work)
        self._try_singles(trials, self.base, step, NONE, 0)
        return [value for slip, value, _ in trials.tried if slip.mistake.frequency >= USUAL]

    def _try_misprints(self, trials: Trials, earlier: Earlier) -> None:
        for mistake in every_mistake():
            for value, says, boost, kind, whole in mistake.misprints(self.graph, trials.work, earlier):
                change = Change(trials.work.formula, says, kind)
                trials.add([Slip(mistake, change, None, boost=boost, whole=whole)], value)

    def _try_singles(self, trials: Trials, branch: Branch, step: OwnStep, pins: Pins, context: int) -> None:
        """One slip at one place."""
        work = trials.work
        if not isinstance(work.formula, Quantity):  # the product itself is a place too
            whole = replace(next(iter(work.implies), Quantity("")), role="", of=())
            slips = [slip._replace(rules=NONE) for slip in branch.rewrite(whole, work.formula)]
            world = World(self.graph, pins, branch.rules)
            trials.add(slips, [world.evaluate(slip.change.formula) for slip in slips], context)
        for where, depth in branch.nearest(step):
            slips = branch.slips(where)
            if slips and (step.inputs or not pins or not branch.mentions(where).isdisjoint(pins)):
                trials.add(slips, branch.follow(where, pins).evaluate(work.formula), context, depth)

    def _try_groups(self, trials: Trials, step: OwnStep, pins: Pins, context: int) -> None:
        """The same slip at several places of the own step."""
        slips = [slip for where, _ in self.base.nearest(step) for slip in self.base.slips(where)]
        for slip in _groups(self.graph, slips):
            trials.add([slip], World(self.graph, pins, slip.rules).evaluate(trials.work.formula), context)

    def _try_everywhere(self, trials: Trials) -> bool:
        """The same slip at several places of the whole step; False where that is too large."""
        formula = trials.work.formula
        slips, worlds = self._everywhere(trials.work)
        if formula not in self._group_results:
            self._group_results[formula] = np.array([world.evaluate(formula) for world in worlds], dtype=float)
        trials.add(slips, self._group_results[formula])
        return bool(slips)

    def _everywhere(self, work: ExaminedClaim) -> tuple[list[Slip], list[World]]:
        """Each slip at every place of a layer, of all hidden layers, and at every place of a claim's step."""
        step = work.claim.step or 1
        if step not in self._groups:
            places = self.graph.places(step, MOST_PLACES)
            slips = _groups(self.graph, (slip for where in places for slip in self.base.slips(where)))
            self._groups[step] = slips, [World(self.graph, NONE, slip.rules) for slip in slips]
        return self._groups[step]

    def _try_runs(self, trials: Trials) -> None:
        """A slip in the backward pass of every step up to the claim's."""
        graph, work = self.graph, trials.work
        step = work.claim.step or 1
        for mistake in every_mistake() if step > 1 else ():
            for where, equations in mistake.equations(graph.network, graph.training):
                key = mistake.id, where
                if key not in self._runs:
                    self.steps -= max(graph.traces)
                    if self.steps < 0:
                        return
                    training = replace(graph.training, equations=equations)
                    self._runs[key] = traces(graph.network, graph.x, graph.y, training, frozenset(graph.traces))
                slipped = self._runs[key].get(step)
                if slipped is not None:
                    words = f"{mistake.summary.rstrip('.')} in every step ({where})"
                    value = _in_trace(slipped.of_sample(work.claim.sample), work.formula)
                    trials.add([Slip(mistake, Change(work.formula, words, "run"), None)], [value])


def _in_trace(trace: Trace, formula: Expression) -> float:
    return float(evaluate(formula, lambda each: trace.value(replace(each, step=None))))


def _groups(graph: Graph, slips: Iterable[Slip]) -> list[Slip]:
    """Each slip at every place of a layer, of all hidden layers, and at every place there is."""
    groups: dict[tuple[str, str, object], Group] = {}
    for slip in slips:
        where, change = slip.where, slip.change
        if change.kind and where is not None and where.of:
            site = Site(graph, where, change.formula)
            for scope in (site.layer, "all", *(["hidden"] if site.is_hidden else [])):
                groups.setdefault((slip.mistake.id, change.kind, scope), {}).setdefault(where, slip)
    found: dict[frozenset[tuple[Quantity, Expression]], Slip] = {}
    for group in groups.values():
        if len(group) > 1:
            rules = {where: slip.change.formula for where, slip in group.items()}
            first = next(iter(group.values()))
            words = f"{first.change.says}, and so at {len(rules) - 1} more place{'s' if len(rules) > 2 else ''}"
            whole = first._replace(change=first.change._replace(says=words), rules=rules)
            found.setdefault(frozenset(rules.items()), whole)
    return list(found.values())

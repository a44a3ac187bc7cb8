"""A claim under examination: what was printed, what is true, and what the verdict says of it."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np

from backproof.checking.graph import Graph, World
from backproof.expression import Expression, Mul, Neg, quantities, substitute
from backproof.quantity import Kind, Quantity
from backproof.rounding import agrees, count_digits, differs_in_last_digit, is_exactly, last_place
from backproof.worksheet import Claim

SOUND = ("right", "rounded")
#: Maximum number of claims of one number that count: the last ones with different digits.
MOST_AGAIN = 3
#: Maximum number of values that slips give for a number which are tried for the numbers after it.
MOST_GIVEN = 4
#: Maximum number of digits more that a short number counts for if a slip gives it exactly.
MOST_EXACT = 2
#: What no printed number exceeds.
MOST_BITS = 1100.0


#: Two slips give one number about a third as often as if their values were spread evenly up to the claim's size, as
#: was measured on 2-3-2 networks.
EVEN = 1 / 3


@dataclass(frozen=True)
class Explanation:
    """A mistake that gives the printed number: which, in words, its value, and how likely it is chance all the same."""

    id: str
    says: str
    gives: float
    chance: float
    where: Quantity | None = None
    instead: Expression | None = None


@dataclass(eq=False)
class ExaminedClaim:
    """One claim with its truth; verdict, mistakes and carried_from are filled in as it is examined.

    `hides` is what a right claim comes to from an earlier wrong one, where its digits do not tell, and that one;
    `start` is what the number would be without the step that it is about, `usual_digits` how many the sheet prints;
    `results` are what its own step comes to from the inputs as they were printed, or from those that are true;
    `needed_digits` would tell right from wrong where the verdict is undecided;
    `shows` is the activation whose digits it has, but for a given number; `slipped`: what slips behind it come to.
    """

    number: int
    claim: Claim
    formula: Expression
    truth: float
    start: float = 0.0
    usual_digits: int = 0
    verdict: str = ""
    mistakes: list[Explanation] = field(default_factory=list)
    carried_from: list[ExaminedClaim] = field(default_factory=list)
    followed: float | None = None
    hides: tuple[float, ExaminedClaim] | None = None
    results: tuple[float, ...] = ()
    needed_digits: int = 0
    implies: dict[Quantity, float] = field(default_factory=dict)
    shows: Quantity | None = None
    slipped: tuple[float, ...] = ()

    @property
    def printed(self) -> str:
        """The digits as written."""
        return self.claim.value

    @cached_property
    def value(self) -> float:
        """What was printed, as a number."""
        return float(Decimal(self.printed))

    @cached_property
    def digits(self) -> int:
        """How many significant digits were printed."""
        return count_digits(self.printed)

    @cached_property
    def unit(self) -> float:
        """One unit in the last printed place."""
        return float(last_place(self.printed))

    def bits(self, value: float, *, whole: bool = False) -> float:
        """How much the printed digits tell of a slip that gives a value: of `new w`, those of the step; or the `whole`.

        Where a sheet prints more digits, a short number that is the value exactly was not rounded to be short.
        """
        size = abs(self.value if whole else self.value - self.start)
        unit = self.unit
        if self.usual_digits > self.digits and is_exactly(self.printed, value):
            unit *= 10.0 ** -min(self.usual_digits - self.digits, MOST_EXACT)
        share = EVEN if unit >= size else EVEN * unit / size
        return -math.log2(share) if share > 0 else MOST_BITS

    def fits(self, value: float) -> bool:
        """Whether a value, rounded or cut, is what was printed."""
        return abs(value - self.value) <= 1.001 * self.unit + 1e-9 * abs(value) and agrees(self.printed, value)

    def nearly_fits(self, value: float) -> bool:
        """Whether a value is one unit in the last place away, where at least two digits were printed."""
        opposite = value < 0 < self.value or self.value < 0 < value
        return self.digits >= 2 and not opposite and differs_in_last_digit(self.printed, value)

    @cached_property
    def subject(self) -> tuple[Quantity, float] | None:
        """The quantity that the claim gives a number for, and the factor between the two; None for a mere product."""
        formula, factor = (self.formula.body, -1.0) if isinstance(self.formula, Neg) else (self.formula, 1.0)
        return (formula, factor) if isinstance(formula, Quantity) else None

    def options(self) -> Iterator[tuple[float, ExaminedClaim]]:
        """The values under which later steps may have used it, at full precision as it came about and as printed, and
        the claim that answers for each: an earlier one, where the digits of this one hide what is wrong."""
        if self.hides is not None:
            yield self.hides
        if self.verdict not in SOUND:
            if self.followed is not None:
                yield self.followed, self
            given = dict.fromkeys((*(each.gives for each in self.mistakes), *self.slipped))
            yield from ((value, self) for value in list(given)[:MOST_GIVEN])
        yield self.value, self


@dataclass
class Earlier:
    """The claims made so far, found by what they imply, by their digits, and by the number that they show besides."""

    works: list[ExaminedClaim] = field(default_factory=list)
    by_digits: dict[str, list[ExaminedClaim]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[Quantity, list[ExaminedClaim]] = field(default_factory=lambda: defaultdict(list))
    _by_quantity: dict[Quantity, deque[ExaminedClaim]] = field(default_factory=dict)

    def add(self, work: ExaminedClaim) -> None:
        """Take in the next claim."""
        if work.verdict in SOUND and work.shows is not None:
            self.shown[work.shows].append(work)
        self.works.append(work)
        self.by_digits[work.printed].append(work)
        for quantity in work.implies:
            known = self._by_quantity.setdefault(quantity, deque(maxlen=MOST_AGAIN))
            again = next((each for each in known if each.printed == work.printed), None)
            if again is not None:
                known.remove(again)
            known.append(work)

    def implied(self) -> Mapping[Quantity, Sequence[ExaminedClaim]]:
        """The claims that give a number for each quantity."""
        return self._by_quantity


def prepare_claim(graph: Graph, number: int, claim: Claim) -> ExaminedClaim:
    """A claim ready to be examined, its formula in the graph's own names."""
    step = claim.step or 1
    formula = graph.parse_name(claim.of, step) if claim.formula is None else claim.formula

    def normal(node: Expression) -> Expression | None:
        return graph.normal(node, step, claim.sample) if isinstance(node, Quantity) else None

    normalised = substitute(formula, normal)
    work = ExaminedClaim(number, claim, normalised, graph.evaluate(normalised))
    if work.subject is not None and work.subject[0].kind is Kind.NEW:
        quantity, factor = work.subject
        work.start = factor * graph.truth(graph.normal(Quantity("w", quantity.of), step, None))
    work.implies = dict(solved_for(graph, work))
    work.shows = None if work.subject is None else shown_by(graph, work.subject[0])
    return work


def shown_by(graph: Graph, quantity: Quantity) -> Quantity | None:
    """The activation that a number is in proportion to but for what is given: 2 (a - y) shows a."""
    for formula in graph.definitions(quantity):
        unknown: list[Quantity] = [each for each in quantities(formula) if graph.definitions(each)]
        if len(unknown) == 1 and unknown[0].kind is Kind.ACTIVATION:
            steps = np.diff(World(graph, {unknown[0]: graph.truth(unknown[0]) + np.arange(3.0)}).evaluate(formula))
            if steps[0] != 0 and math.isclose(steps[0], steps[1], rel_tol=1e-9):
                return unknown[0]
    return None


def solved_for(graph: Graph, work: ExaminedClaim) -> Iterator[tuple[Quantity, float]]:
    """The quantities whose number a claim implies, with the factor from that number to the claim's.

    A product implies the one factor that is not given: eta*dE/dw5 = -0.034 implies dE/dw5.
    """
    if work.subject is not None:
        yield work.subject
        return
    body = work.formula.body if isinstance(work.formula, Neg) else work.formula
    sign = -1.0 if isinstance(work.formula, Neg) else 1.0
    if isinstance(body, Mul):
        unknown = [each for each in quantities(body) if graph.definitions(each)]
        if len(unknown) == 1 and sum(factor == unknown[0] for factor in body.factors) == 1:
            others = graph.evaluate(Mul(tuple(factor for factor in body.factors if factor != unknown[0])))
            if others:
                yield unknown[0], sign * others

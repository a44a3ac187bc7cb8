"""A claim under examination: what was printed, what is true, and what the verdict says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from backproof import names
from backproof.checking.graph import Graph
from backproof.expression import Expression, Mul, Neg, quantities, substitute
from backproof.quantity import Quantity
from backproof.rounding import agrees, last_place
from backproof.worksheet import Claim

SOUND = ("right", "rounded")


@dataclass(frozen=True)
class Explanation:
    """A mistake that gives the printed number: which, in words, its value, and how likely chance does it too."""

    id: str
    says: str
    gives: float
    chance: float
    where: Quantity | None = None
    instead: Expression | None = None


@dataclass
class ExaminedClaim:
    """One claim with its truth; verdict, mistakes and carried_from are filled in as it is examined."""

    number: int
    claim: Claim
    formula: Expression
    truth: float
    verdict: str = ""
    mistakes: list[Explanation] = field(default_factory=list)
    carried_from: list[ExaminedClaim] = field(default_factory=list)
    followed: float | None = None
    implies: dict[Quantity, float] = field(default_factory=dict)

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
        return (
            len(Decimal(self.printed).normalize().as_tuple().digits) if self.value == 0 else significant(self.printed)
        )

    @cached_property
    def unit(self) -> float:
        """One unit in the last printed place."""
        return float(last_place(self.printed))

    def fits(self, value: float) -> bool:
        """Whether a value, rounded or cut, is what was printed."""
        return abs(value - self.value) <= 1.001 * self.unit + 1e-9 * abs(value) and agrees(self.printed, value)

    @cached_property
    def subject(self) -> tuple[Quantity, float] | None:
        """The quantity that the claim gives a number for, and the factor between the two; None for a mere product."""
        formula, factor = (self.formula.body, -1.0) if isinstance(self.formula, Neg) else (self.formula, 1.0)
        return (formula, factor) if isinstance(formula, Quantity) else None

    def options(self) -> Iterator[float]:
        """The values under which later steps may have used it: at full precision as it came about, and as printed."""
        if self.verdict not in SOUND:
            if self.followed is not None:
                yield self.followed
            yield from (each.gives for each in self.mistakes[:3])
        yield self.value


def significant(printed: str) -> int:
    """The number of significant digits: 3 in 0.00120, 1 in 100 is 3 too (what is written counts)."""
    mantissa = printed.lower().lstrip("+-").split("e")[0].replace(".", "").lstrip("0")
    return max(1, len(mantissa))


def prepare_claim(graph: Graph, number: int, claim: Claim) -> ExaminedClaim:
    """A claim ready to be examined, its formula in the graph's own names."""
    step = claim.step or 1
    formula = names.parse_name(claim.of, graph.network) if claim.formula is None else claim.formula

    def normal(node: Expression) -> Expression | None:
        return graph.normal(node, step, claim.sample) if isinstance(node, Quantity) else None

    normalised = substitute(formula, normal)
    work = ExaminedClaim(number, claim, normalised, graph.evaluate(normalised))
    work.implies = dict(solved_for(graph, work))
    return work


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

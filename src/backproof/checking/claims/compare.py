"""The verdict of a claim, by the ordered rule: undecided, right, rounded, carried, rounded by its last digit or
factors, wrong.

All ways to take the inputs of a claim's own step - exactly, as printed, as a slip gives them - are worked out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import isfinite

import numpy as np

from backproof.arrays import Array
from backproof.checking.claim import ExaminedClaim
from backproof.checking.claims.own_step import STARTS, UNSOUND, Chosen, Option, OwnStep
from backproof.checking.graph import Graph, World
from backproof.expression import Expression, quantities, substitute
from backproof.quantity import Quantity
from backproof.rounding import count_digits, is_exactly, last_place

#: Maximum number of digits by which factors rounded out of sight may fall short of the printed result.
FEWER = 3
#: Maximum number of combinations of wrong or carried inputs on which rounded factors are tried.
MOST_CARRIED = 30


def compare(graph: Graph, work: ExaminedClaim, step: OwnStep) -> None:
    """Fill in verdict, followed, carried_from and hides; what nothing accounts for is wrong."""
    work.carried_from, work.followed = [], None
    _decide(graph, work, step)
    if work.verdict in STARTS and step.shaky:
        value = float(World(graph, step.contexts()[0]).evaluate(work.formula))
        work.hides = (value, step.shaky[0]) if work.fits(value) else None


def _decide(graph: Graph, work: ExaminedClaim, step: OwnStep) -> None:
    if not isfinite(work.truth):
        work.verdict = "wrong"  # no printed number is infinity
        return
    if work.fits(work.truth):
        told = work.value != 0 or is_exactly(work.printed, work.truth)
        work.verdict = "right" if told else "undecided"
        work.needed_digits = 0 if told else 2
        return
    sound, every = (Ways(graph, work, step, step.combinations(allowed)) for allowed in (STARTS, (*STARTS, *UNSOUND)))
    if sound.settle(ExaminedClaim.fits):
        work.verdict = "rounded"
    elif every.settle(ExaminedClaim.fits) or every.settle(ExaminedClaim.nearly_fits, from_unsound=True):
        work.verdict = "carried" if work.carried_from else "rounded"
    elif _one_unit_off(graph, work) or _rounded_factors(graph, work, step, [{}]) is not None:
        work.verdict = "rounded"
    elif _carried_and_rounded(graph, work, step, every.chosen):
        work.verdict = "carried"
    elif sound.settle(ExaminedClaim.nearly_fits):
        work.verdict = "rounded"
    else:
        work.verdict = "wrong"


class Ways:
    """What a claim's own step comes to with its inputs taken in several ways."""

    def __init__(self, graph: Graph, work: ExaminedClaim, step: OwnStep, chosen: list[Chosen]) -> None:
        self.work, self.chosen = work, chosen
        pins = {
            quantity: np.array([each[quantity].value if quantity in each else graph.truth(quantity) for each in chosen])
            for quantity in step.inputs
            if any(quantity in each for each in chosen)
        }
        short = (False, True) if graph.network.identity else (False,)
        self.values = [_spread(World(graph, pins, short=each).evaluate(work.formula), len(chosen)) for each in short]

    def settle(self, agrees: Callable[[ExaminedClaim, float], bool], *, from_unsound: bool = False) -> bool:
        """Whether some way gives the printed number; the claim then follows the one with the fewest changes."""
        near = np.zeros(len(self.chosen), bool)
        for values in self.values:
            near |= np.abs(values - self.work.value) <= 2.5 * self.work.unit + 1e-9 * np.abs(values)
        for number in np.flatnonzero(near):
            sources = unsound(self.chosen[number])
            for values in self.values if sources or not from_unsound else ():
                if agrees(self.work, float(values[number])):
                    self.work.followed, self.work.carried_from = float(values[number]), sources
                    return True
        return False


def _spread(values: Array | float, count: int) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=float), (count,))


def unsound(chosen: dict[Quantity, Option]) -> list[ExaminedClaim]:
    """The wrong and carried claims among some chosen inputs, in their order."""
    sources = {option.source.number: option.source for option in chosen.values()}
    return sorted((each for each in sources.values() if each.verdict in UNSOUND), key=lambda each: each.number)


def _one_unit_off(graph: Graph, work: ExaminedClaim) -> bool:
    """One unit in the last place away from the truth; but what is given has no rounding error of its own."""
    if work.subject is not None and graph.is_given(work.subject[0]):
        return work.digits < count_digits(repr(work.truth)) and work.nearly_fits(work.truth)
    return work.nearly_fits(work.truth)


def _rounded_factors(graph: Graph, work: ExaminedClaim, step: OwnStep, inputs: Sequence[Chosen]) -> Chosen | None:
    """The first of some inputs from which rounding the factors to a few digits gives the number, where more digits are
    printed than the factors carry.

    A factor that was claimed, under this name or another, stands as it was claimed; only others may have been rounded
    out of sight, and not to other digits than an earlier claim shows: 1.9182 for 2 (a - 0) shows 0.9591.
    """
    told = {work.truth for works in step.inputs.values() for work in works}
    roundings = list(_roundings(work))
    pins = {
        quantity: np.repeat(
            [each[quantity].value if quantity in each else graph.truth(quantity) for each in inputs], len(roundings)
        )
        for quantity in step.inputs
        if any(quantity in each for each in inputs)
    }
    given = World(graph, pins)
    for formula in _own_formulas(graph, work.formula, step):
        factors = [each for each in quantities(formula) if each not in step.inputs and graph.truth(each) not in told]
        rounded = {
            factor: np.array(
                [
                    roundings[number % len(roundings)](float(value))
                    for number, value in enumerate(_spread(given.evaluate(factor), len(inputs) * len(roundings)))
                ]
            )
            for factor in factors
        }
        if not rounded or not roundings:
            continue
        values = World(graph, {**pins, **rounded}).evaluate(formula)
        for number, value in enumerate(_spread(values, len(inputs) * len(roundings))):
            taken = {factor: float(values[number]) for factor, values in rounded.items()}
            if work.fits(float(value)) and not any(_is_refuted(graph, step, *each) for each in taken.items()):
                work.followed = float(value)
                return inputs[number // len(roundings)]
    return None


def _is_refuted(graph: Graph, step: OwnStep, factor: Quantity, value: float) -> bool:
    """Whether an earlier claim shows a factor with other digits than those it is to be rounded to."""
    world = World(graph, {factor: value})
    made = [(each, float(world.evaluate(each.formula))) for each in step.shown.get(factor, ())]
    return any(not (claim.fits(follows) or claim.nearly_fits(follows)) for claim, follows in made)


def _own_formulas(graph: Graph, formula: Expression, step: OwnStep) -> Iterator[Expression]:
    """The claim's formula in its direct inputs, and with those that nobody claimed opened once more."""
    opened: list[Expression] = [formula]
    if isinstance(formula, Quantity):
        opened = list(graph.definitions(formula))
    yield from opened

    for each in opened:

        def open_once(node: Expression) -> Expression | None:
            ways = graph.definitions(node) if isinstance(node, Quantity) and node not in step.inputs else ()
            return ways[0] if ways else None

        yield substitute(each, open_once)


def _roundings(work: ExaminedClaim) -> Iterator[Callable[[float], float]]:
    """Ways to round a factor: to a number of decimals, or of significant digits, at most FEWER than were printed."""
    decimals = max(0, -last_place(work.printed).adjusted())
    for places in range(min(decimals, 9), max(2, decimals - FEWER) - 1, -1):
        yield partial(round, ndigits=places)
    for digits in range(min(work.digits - 1, 9), max(2, work.digits - FEWER) - 1, -1):
        yield partial(_round_digits, digits=digits)


def _round_digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _carried_and_rounded(graph: Graph, work: ExaminedClaim, step: OwnStep, chosen: Sequence[Chosen]) -> bool:
    """Rounded factors on top of an earlier claim that is wrong or carried."""
    shaky = [each for each in chosen if unsound(each)][:MOST_CARRIED]
    found = _rounded_factors(graph, work, step, shaky) if work.digits >= 4 and shaky else None
    work.carried_from = unsound(found) if found else []
    return found is not None

"""The verdict of a claim, by the ordered rule: right, rounded, carried, rounded by its last digit or factors, wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite

from backproof.checking.claim import SOUND, ExaminedClaim
from backproof.checking.claims.own_step import Option, OwnStep
from backproof.checking.graph import Graph, World
from backproof.expression import Expression, quantities, substitute
from backproof.quantity import Quantity
from backproof.rounding import differs_in_last_digit, last_place

UNSOUND = ("wrong", "carried")
#: Factors rounded out of sight carry at most so many digits fewer than are printed of the result.
FEWER = 3


def compare(graph: Graph, work: ExaminedClaim, step: OwnStep) -> None:
    """Fill in verdict, followed and carried_from; what nothing accounts for is wrong."""
    if not isfinite(work.truth):
        work.verdict = "wrong"  # no printed number is infinity
    elif work.fits(work.truth):
        work.verdict = "right"
    elif _follows(graph, work, step, SOUND):
        work.verdict = "rounded"
    elif _follows(graph, work, step, (*SOUND, *UNSOUND)):
        work.verdict = "carried" if work.carried_from else "rounded"
    elif _last_digit(work) or _rounded_factors(graph, work, step, {}):
        work.verdict = "rounded"
    elif _carried_and_rounded(graph, work, step):
        work.verdict = "carried"
    else:
        work.verdict = "wrong"


def _follows(graph: Graph, work: ExaminedClaim, step: OwnStep, allowed: tuple[str, ...]) -> bool:
    """Whether the claim's own step is right from inputs as earlier claims have them."""
    ways = (False, True) if graph.network.identity else (False,)
    for chosen in step.combinations(allowed):
        for short in ways:
            value = graph.evaluate(work.formula, pins(chosen), short=short)
            if work.fits(value):
                work.followed = value
                work.carried_from = unsound(chosen)
                return True
    return False


def pins(chosen: dict[Quantity, Option]) -> dict[Quantity, float]:
    """The numbers of some chosen inputs."""
    return {quantity: option.value for quantity, option in chosen.items()}


def unsound(chosen: dict[Quantity, Option]) -> list[ExaminedClaim]:
    """The wrong and carried claims among some chosen inputs, in their order."""
    sources = {option.source.number: option.source for option in chosen.values()}
    return sorted((each for each in sources.values() if each.verdict in UNSOUND), key=lambda each: each.number)


def _last_digit(work: ExaminedClaim) -> bool:
    """One unit in the last place away from the rounded truth, with at least two significant digits printed."""
    opposite = work.truth < 0 < work.value or work.value < 0 < work.truth
    return work.digits >= 2 and not opposite and differs_in_last_digit(work.printed, work.truth)


def _rounded_factors(graph: Graph, work: ExaminedClaim, step: OwnStep, given: dict[Quantity, float]) -> bool:
    """What rounding the factors to a few digits gives, where more digits are printed than the factors carry.

    A factor that was claimed, under this name or another, stands as it was claimed; only others may have been rounded
    out of sight.
    """
    world = World(graph, given)
    told = {work.truth for works in step.inputs.values() for work in works}
    for formula in _own_formulas(graph, work.formula, step):
        exact = {each: float(world.evaluate(each)) for each in quantities(formula) if each not in step.inputs}
        exact = {each: value for each, value in exact.items() if value not in told}
        for rounding in _roundings(work) if exact else ():
            rounded = {each: rounding(value) for each, value in exact.items()}
            value = graph.evaluate(formula, {**given, **rounded})
            if work.fits(value):
                work.followed = value
                return True
    return False


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
        yield partial(_significant, digits=digits)


def _significant(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _carried_and_rounded(graph: Graph, work: ExaminedClaim, step: OwnStep) -> bool:
    """Rounded factors on top of an earlier claim that is wrong or carried."""
    if work.digits < 4:
        return False
    for number, chosen in enumerate(step.combinations((*SOUND, *UNSOUND))):
        sources = unsound(chosen)
        if sources and _rounded_factors(graph, work, step, pins(chosen)):
            work.carried_from = sources
            return True
        if number > 30:
            break
    return False

"""Minimising a cost by L-BFGS: the optimiser's own direction, and a line search for how far to follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from backproof.arrays import Array
from backproof.errors import NumberError
from backproof.operations.optimiser import Dot
from backproof.operations.optimisers.lbfgs import LBFGS
from backproof.propagation import first_slots, workings

ValueAndGradient: TypeAlias = Callable[[Mapping[str, Array]], tuple[float, Mapping[str, Array]]]

#: SciPy's default: the relative fall of the cost in one iteration from which on nothing more is expected.
LEAST_FALL = 2.220446049250313e-09


class Minimum(NamedTuple):
    """The lowest point so far: parameters, the cost and its gradient there, and the evaluations that it took.

    `slots` and `step` are what the next iteration goes by: the optimiser's memory and its steps since that was empty.
    `level`: the cost has fallen by so little that nothing more is expected.
    """

    parameters: Mapping[str, Array]
    value: float
    gradient: Mapping[str, Array]
    evaluations: int
    slots: Mapping[str, Mapping[str, Array]]
    step: int
    level: bool = False


def dot_all(left: Mapping[str, Any], right: Mapping[str, Any]) -> Any:
    """The sum of products over all entries: right where no parameter is used twice."""
    return sum(float((array * right[key]).sum()) for key, array in left.items())


def minimise(
    value_and_gradient: ValueAndGradient,
    start: Mapping[str, Array],
    *,
    history: int = 10,
    iterations: int = 200,
    tolerance: float = 1e-5,
    max_evaluations: float = inf,
    least_fall: float = LEAST_FALL,
    dot: Dot = dot_all,
    slots: Mapping[str, Mapping[str, Array]] | None = None,
    step: int = 0,
) -> Iterator[Minimum]:
    """The point after each iteration, in float64; the last one is the minimum that was found.

    Ends when no entry of the gradient exceeds `tolerance`, when the cost falls by less than `least_fall` of itself,
    when no step along the gradient lowers it any more, or after `iterations` or `max_evaluations`. A start that is good
    enough yields nothing. `dot` is `network.wiring.dot` where parameters are shared or not trained; the gradient of
    what is not trained must be 0. `slots` and `step` of an earlier point let it go on from there.

    Errors: NumberError where the cost is not finite at the start.
    """
    optimiser, taken = LBFGS(history), 0
    at = _evaluate_start(value_and_gradient, start, optimiser)
    if slots is not None:
        at = at._replace(slots=slots, step=step)
    while taken < iterations:
        if _find_steepest(at.gradient) <= tolerance or at.evaluations >= max_evaluations:
            return
        made = workings(optimiser, at.gradient, at.slots, at.step + 1, 1.0, dot)
        move = {key: numbers["move"] for key, numbers in made.items()}
        found, length = _search_along(value_and_gradient, at, move, dot, max_evaluations - at.evaluations)
        if not found.value < at.value:
            if at.step == 0:
                return
            # the memory misleads: forget it, and begin again along the gradient
            at = at._replace(evaluations=found.evaluations, slots=first_slots(optimiser, at.parameters), step=0)
            continue
        after = {name: {key: made[key][name] for key in made} for name in optimiser.slots}
        after["move"] = {key: length * array for key, array in move.items()}
        level = at.value - found.value <= least_fall * max(abs(at.value), abs(found.value), 1.0)
        at, taken = found._replace(slots=after, step=at.step + 1, level=level), taken + 1
        yield at
        if level:
            return


def _evaluate_start(value_and_gradient: ValueAndGradient, start: Mapping[str, Array], optimiser: LBFGS) -> Minimum:
    parameters = {key: np.asarray(array, dtype=np.float64) for key, array in start.items()}
    value, gradient = value_and_gradient(parameters)
    if not np.isfinite(value):
        raise not_finite(value)
    return Minimum(parameters, float(value), gradient, 1, first_slots(optimiser, parameters), 0)


def not_finite(value: float) -> NumberError:
    """The error for a cost that is not finite at the start."""
    return NumberError(
        f"the cost is {value} at the start, expected a finite number; are there very large inputs or parameters?"
    )


def _search_along(
    value_and_gradient: ValueAndGradient, at: Minimum, step: Mapping[str, Array], dot: Dot, left: float
) -> tuple[Minimum, float]:
    """The point that the line search finds along a step, and how many such steps it is away: 0 for none."""
    evaluations = at.evaluations

    def along(length: float) -> Point:
        nonlocal evaluations
        evaluations += 1
        parameters = {key: array + length * step[key] for key, array in at.parameters.items()}
        value, gradient = value_and_gradient(parameters)
        return Point(length, float(value), float(dot(gradient, step)), (parameters, gradient))

    start = Point(0.0, at.value, float(dot(at.gradient, step)), (at.parameters, at.gradient))
    found = strong_wolfe(along, start, most=int(min(20, left))) if start.slope < 0 else start
    parameters, gradient = found.there
    there = at._replace(parameters=parameters, value=found.value, gradient=gradient, evaluations=evaluations)
    return there, found.length


def _find_steepest(gradient: Mapping[str, Array]) -> float:
    return max((float(np.abs(array).max()) for array in gradient.values() if array.size), default=0.0)


ENOUGH, LEVEL = 1e-4, 0.9  # c1 and c2, Nocedal & Wright's for quasi-Newton methods
#: A guess in the outer parts of a bracket, or nearer an end of it, gives way to one further in.
MARGIN = 0.1


class Point(NamedTuple):
    """Where a length leads: φ, φ' and whatever else the caller wants back, such as parameters and their gradient."""

    length: float
    value: float
    slope: float
    there: Any = None


Along = Callable[[float], Point]


def strong_wolfe(along: Along, start: Point, length: float = 1.0, *, most: int = 20) -> Point:
    """A point that meets both conditions, from `start` (length 0, slope below 0) with `length` as the first guess.

    After `most` points the best of those that fell enough, in the worst case `start` itself. A cost that is not finite
    counts as too high.
    """
    before = start
    for tried in range(1, most + 1):
        point = along(length)
        if _is_too_high(point, start, before):
            return _zoom(along, start, before, point, most - tried)
        if _is_level(point, start):
            return point
        if point.slope >= 0:
            return _zoom(along, start, point, before, most - tried)
        before, length = point, 2 * length
    return before


def _zoom(along: Along, start: Point, low: Point, high: Point, left: int) -> Point:
    """Algorithm 3.6: `low` is the best point so far, and between it and `high` lie good ones."""
    for _ in range(left):
        point = along(_guess_length(low, high))
        if _is_too_high(point, start, low):
            high = point
            continue
        if _is_level(point, start):
            return point
        if point.slope * (high.length - low.length) >= 0:
            high = low
        low = point
    return low


def _is_too_high(point: Point, start: Point, best: Point) -> bool:
    """Whether the cost did not fall enough; NaN did not."""
    enough = point.value <= start.value + ENOUGH * point.length * start.slope
    return not (enough and np.isfinite(point.slope) and (best is start or point.value < best.value))


def _is_level(point: Point, start: Point) -> bool:
    return abs(point.slope) <= LEVEL * abs(start.slope)


def _guess_length(low: Point, high: Point) -> float:
    """The lowest point of the cubic through both points and their slopes (3.59), well inside; else the middle."""
    width = high.length - low.length
    with np.errstate(all="ignore"):
        bend = low.slope + high.slope - 3 * np.float64(high.value - low.value) / width
        root = np.sign(width) * np.sqrt(bend**2 - low.slope * high.slope)
        share = 1 - (high.slope + root - bend) / (high.slope - low.slope + 2 * root)
    inside = MARGIN <= share <= 1 - MARGIN  # False for NaN: no such point, or a cost that is not finite
    return float(low.length + width * (share if inside else 0.5))

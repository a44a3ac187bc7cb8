"""How far to go along a direction: the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6).

    φ(λ) <= φ(0) + c1 λ φ'(0)        the cost falls enough
    |φ'(λ)| <= c2 |φ'(0)|            and is nearly level there

with φ(λ) the cost at length λ. The second condition makes the pair of L-BFGS that comes of the step a usable one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

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
        if _too_high(point, start, before):
            return _zoom(along, start, before, point, most - tried)
        if _level(point, start):
            return point
        if point.slope >= 0:
            return _zoom(along, start, point, before, most - tried)
        before, length = point, 2 * length
    return before


def _zoom(along: Along, start: Point, low: Point, high: Point, left: int) -> Point:
    """Algorithm 3.6: `low` is the best point so far, and between it and `high` lie good ones."""
    for _ in range(left):
        point = along(_guess(low, high))
        if _too_high(point, start, low):
            high = point
            continue
        if _level(point, start):
            return point
        if point.slope * (high.length - low.length) >= 0:
            high = low
        low = point
    return low


def _too_high(point: Point, start: Point, best: Point) -> bool:
    """Whether the cost did not fall enough; NaN did not."""
    enough = point.value <= start.value + ENOUGH * point.length * start.slope
    return not (enough and np.isfinite(point.slope) and (best is start or point.value < best.value))


def _level(point: Point, start: Point) -> bool:
    return abs(point.slope) <= LEVEL * abs(start.slope)


def _guess(low: Point, high: Point) -> float:
    """The lowest point of the cubic through both points and their slopes (3.59), well inside; else the middle."""
    width = high.length - low.length
    with np.errstate(all="ignore"):
        bend = low.slope + high.slope - 3 * np.float64(high.value - low.value) / width
        root = np.sign(width) * np.sqrt(bend**2 - low.slope * high.slope)
        share = 1 - (high.slope + root - bend) / (high.slope - low.slope + 2 * root)
    inside = MARGIN <= share <= 1 - MARGIN  # False for NaN: no such point, or a cost that is not finite
    return float(low.length + width * (share if inside else 0.5))

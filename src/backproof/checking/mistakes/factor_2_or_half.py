"""A factor 2 or 1/2 too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Change, Mistake, Site
from backproof.expression import Number
from backproof.functions import absolute


@final
@dataclass(frozen=True)
class Factor2OrHalf(Mistake):
    """The cost's 1/2 is there and should not be, or the reverse; a 2 from the power rule is lost or kept.

    Why: half squared error, squared error and mean squared error go under one name.
    Example: dE/da = 2(a - y) with E = 1/2 (y - a)^2.
    See it: claimed / true is 2 or 1/2.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role not in ("E", "dE/da", "dE/dh", "dE/dw", "step"):
            return
        yield Change(Number(2) * site.formula, "a factor 2 too much", "double")
        yield Change(Number(0.5) * site.formula, "a factor 1/2 too much", "half")
        if site.role == "E" and len(site.quantity.of) == 1:
            unit = site.quantity.of[0]
            gap = absolute(site.number("y", unit) - site.number("a", unit))
            yield Change(gap, "the distance |y - a| was given for the cost", "distance")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.times(2, "a factor 2 too much")
        yield from code.times(0.5, "a factor 1/2 too much")

"""An additional factor 2 or 1/2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import ConstantFactor
from backproof.checking.site import Change, Site
from backproof.functions import absolute
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class Factor2OrHalf(Mistake):
    """The cost's 1/2 is there and should not be, or the reverse; a 2 from the power rule is lost or kept.

    Why: half squared error, squared error and mean squared error go under one name.
    Example: dE/da = 2(a - y) with E = 1/2 (y - a)^2.
    See it: claimed / true is 2 or 1/2.
    """

    frequency = 6

    def factors(self, counts: Mapping[str, int]) -> Iterator[ConstantFactor]:
        made = ("E", "dE/da", "dE/dh", "dE/dw", "step")
        yield ConstantFactor(2, "an additional factor 2", made, "double")
        yield ConstantFactor(0.5, "an additional factor 1/2", made, "half")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        if site.quantity.kind is Kind.COST and len(site.quantity.of) == 1:
            unit = site.quantity.of[0]
            gap = absolute(site.number("y", unit) - site.number("a", unit))
            yield Change(gap, "the distance |y - a| was given instead of the cost", "distance")

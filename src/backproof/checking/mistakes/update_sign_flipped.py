"""The update goes in the wrong direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class UpdateSignFlipped(Mistake):
    """The step is subtracted that should be added, or the gradient added that should be subtracted.

    Why: some texts call (y - a) g' the error and add, others subtract the derivative; the two are mixed.
    Example: w + eta dE/dw.
    See it: old + (old - right) is what is claimed.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is Kind.NEW:
            old, step = site.number("w", site.quantity.of[0]), site.number("step", site.quantity.of[0])
            yield Change(old - step, "the step was taken in the wrong direction", "new")

    def update_factors(self, rate: float) -> Iterator[tuple[float, str]]:
        yield -1.0, "the step was taken the wrong way: uphill"

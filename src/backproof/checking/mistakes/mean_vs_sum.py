"""A sum for a mean, or a mean for a sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Change, Mistake, Site
from backproof.expression import Div, Number


@final
@dataclass(frozen=True)
class MeanVsSum(Mistake):
    """The cost is a sum over samples or outputs and the derivative a mean, or the other way round.

    Why: libraries differ in what they average, and a batch of one hides it.
    Example: db averaged over the batch while E is summed.
    See it: claimed / true is the number of samples or outputs, or one over it.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role not in ("E", "dE/da", "dE/dw"):
            return
        counts = {"samples": len(site.trace.numbers), "outputs": len(site.units(site.network.depth))}
        for what, count in counts.items():
            if count > 1:
                yield Change(
                    Number(count) * site.formula, f"summed over the {what} where the mean is meant", f"times {what}"
                )
                yield Change(Div(site.formula, Number(count)), f"averaged over the {what} where the sum is meant", what)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for what, count in {"samples": code.samples, "outputs": code.outputs}.items():
            if count > 1:
                yield from code.times(1 / count, f"averaged over the {what} where the sum is meant")
                yield from code.times(count, f"summed over the {what} where the mean is meant")

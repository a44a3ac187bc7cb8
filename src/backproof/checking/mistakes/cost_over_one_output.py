"""The cost is taken over one output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Add


@final
@dataclass(frozen=True)
class CostOverOneOutput(Mistake):
    """The cost of a sample is the sum over its outputs; one of them was given, or left out.

    Why: the formula was learned with one output, and the sum sign is overlooked.
    Example: E = 1/2 (y_1 - a_1)^2 in a network of two outputs.
    See it: the number is E[o1], not E.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not site.quantity.is_total or site.sums_samples or not isinstance(site.formula, Add):
            return
        terms, units = site.formula.terms, site.network.architecture.output_units
        for position, (term, unit) in enumerate(zip(terms, units, strict=False)):
            if len(terms) > 1:
                yield Change(term, f"only the output {unit} was counted", f"only {unit}")
            if len(terms) > 2:
                others = Add((*terms[:position], *terms[position + 1 :]))
                yield Change(others, f"the output {unit} was left out", f"without {unit}")

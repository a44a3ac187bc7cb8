"""One use of a shared parameter is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Add, quantities


@final
@dataclass(frozen=True)
class SharedUseOmitted(Mistake):
    """The derivative with respect to a shared parameter is the sum over its uses; one was left out.

    Why: each place of a filter, a tied weight or a step of a recurrence looks like a weight of its own.
    Example: dE/dw = delta_1 x_1 for a filter that also gives delta_2 x_2.
    See it: the number is right for an unshared weight.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not (site.is_gradient and isinstance(site.formula, Add)):
            return
        terms = site.formula.terms
        for position, term in enumerate(terms):
            others = (*terms[:position], *terms[position + 1 :])
            unit = next((each.of[-1] for each in quantities(term) if each.is_derivative), "")
            if len(terms) > 1:
                whole = others[0] if len(others) == 1 else Add(others)
                yield Change(whole, f"the use of {site.quantity.of[0]} at {unit} was left out", f"use {position}")
            if len(terms) > 2:
                yield Change(term, f"only the use of {site.quantity.of[0]} at {unit} was taken", f"only {position}")

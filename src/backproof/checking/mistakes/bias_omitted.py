"""The bias, or a term of the weighted sum, is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, term_kind
from backproof.expression import Add, Number, quantities
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class BiasOmitted(Mistake):
    """h is worked out without its bias, or without one of the products that it adds up.

    Why: the bias has no arrow of its own in most drawings; a long sum is broken off at the end of the line.
    Example: h_o = w5 a_1 + w6 a_2 without + b.
    See it: claimed = true - b, or less one product.
    """

    frequency = 7

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.PRE_ACTIVATION:
            return
        terms = site.formula.terms if isinstance(site.formula, Add) else ()
        for position, term in enumerate(terms):
            names = [each.of[0] for each in quantities(term) if each.kind is Kind.PARAMETER]
            others = (*terms[:position], *terms[position + 1 :]) or (Number(0),)
            whole = others[0] if len(others) == 1 else Add(others)
            if isinstance(term, Quantity) and term.kind is Kind.PARAMETER:
                yield Change(whole, f"the bias {term.of[0]} was left out", "bias")
            elif len(names) == 1:
                yield Change(whole, f"the product with {names[0]} was left out of the sum", term_kind(site, position))

"""Terms are multiplied that should be added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Add, Mul
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class ProductForSum(Mistake):
    """The weighted sum is worked out as a product.

    Why: a * is written instead of a + in a line of code.
    Example: h = w1 x1 * w2 x2.
    See it: one input of 0 makes the whole sum 0.
    """

    frequency = 1

    def rewrites(self, site: Site) -> Iterator[Change]:
        if (
            (site.quantity.kind is Kind.PRE_ACTIVATION or site.is_sent_back)
            and isinstance(site.formula, Add)
            and len(site.formula.terms) > 1
        ):
            yield Change(Mul(site.formula.terms), "the terms were multiplied instead of added", "product")
            biases = tuple(each for each in site.formula.terms if isinstance(each, Quantity))
            products = tuple(each for each in site.formula.terms if each not in biases)
            if biases and len(products) > 1:
                whole = Add((Mul(products), *biases))
                yield Change(whole, "the products were multiplied instead of added", "products")

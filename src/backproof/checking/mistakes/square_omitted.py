"""The gradient is not squared in its running square."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Expression, Number, Pow, substitute
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class SquareOmitted(Mistake):
    """The running mean of squares is made from the gradient itself.

    Why: both running means have the same form, and the line is copied.
    Example: v = 0.999 v + 0.001 g.
    See it: v may be negative, and is as large as the gradient.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.OPTIMISER:
            return

        def change(node: Expression) -> Expression | None:
            match node:
                case Pow(base=Quantity() as base, exponent=Number(value=2)):
                    return base
            return None

        changed = substitute(site.formula, change)
        if changed != site.formula:
            yield Change(changed, "the gradient was not squared", "square")

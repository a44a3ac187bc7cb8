"""The 1/2 of the penalty l2/2 w^2 is lost or kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, terms
from backproof.derivation.context import add_terms
from backproof.expression import Div, Expression, Mul, Number, substitute


@final
@dataclass(frozen=True)
class PenaltyFactorWrong(Mistake):
    """The penalty is taken for l2 w^2, or its derivative for 2 l2 w or l2/2 w.

    Why: some texts write lambda w^2 and others lambda/2 w^2, whose derivative has no 2.
    Example: dJ/dw = dE/dw + 2 l2 w with R = l2/2 w^2.
    See it: claimed - true is the derivative of the penalty, or half of it.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        training = site.trace.training
        l2 = Number(training.l2)
        if site.form == "R":
            halved = substitute(site.formula, lambda node: l2 if node == Div(l2, Number(2)) else None)
            if halved != site.formula:
                yield Change(halved, "the 1/2 of the penalty was left out", "double")
        if site.form != "dR/dw" or not training.l2:
            return
        for says, factor in FACTORS.items():

            def change(term: Expression, factor: float = factor) -> Expression:
                own = isinstance(term, Mul) and len(term.factors) == 2 and term.factors[0] == l2
                return Number(factor) * term if own else term

            yield Change(add_terms([change(term) for term in terms(site.formula)]), says, says)


#: In words, by what the derivative of the penalty is multiplied.
FACTORS = {"the derivative of the penalty is twice too large": 2.0, "the 1/2 of the penalty was kept": 0.5}

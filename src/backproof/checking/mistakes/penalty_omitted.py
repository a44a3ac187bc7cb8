"""The penalty on the weights is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, terms
from backproof.derivation.context import add_terms
from backproof.expression import Add
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class PenaltyOmitted(Mistake):
    """The penalty is forgotten: dE/dw is taken for dJ/dw, or E for J; or one of l1 and l2 is forgotten.

    Why: backpropagation gives the gradient of the cost, and the penalty's is added beside it.
    Example: new w = w - eta dE/dw where J = E + l2/2 w^2.
    See it: claimed - true is -l2 w, for every weight.
    """

    frequency = 20

    def rewrites(self, site: Site) -> Iterator[Change]:
        penalty = {"J": "R", "dJ/dw": "dR/dw"}.get(site.form)
        if penalty is not None:
            kept = [term for term in terms(site.formula) if not (isinstance(term, Quantity) and term.form == penalty)]
            yield Change(add_terms(kept), "the penalty was left out", "penalty")
        if site.form in ("dR/dw", "R") and isinstance(site.formula, Add) and len(site.formula.terms) == 2:
            for kept_term, lost in zip(site.formula.terms, ("l2", "l1"), strict=True):
                yield Change(kept_term, f"{lost} was left out", lost)

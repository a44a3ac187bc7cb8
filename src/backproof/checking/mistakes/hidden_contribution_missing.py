"""A path or a term is left out of a sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.expression import Add, Expression, quantities
from backproof.operations.layers.add import Add as AddLayers
from backproof.operations.layers.dense import Dense
from backproof.operations.layers.matmul import Matmul
from backproof.operations.layers.multiply import Multiply


@final
@dataclass(frozen=True)
class HiddenContributionMissing(Mistake):
    """The error of a unit is the sum over all units that it feeds; one of them was left out.

    Why: the chain rule is worked along one arrow, and the other arrows out of the unit are forgotten.
    Example: dE/da_h1 = delta_o1 w5 instead of delta_o1 w5 + delta_o2 w7.
    See it: the number is right for the network without one output.
    """

    frequency = 10

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not (site.is_sent_back and isinstance(site.formula, Add)):
            return
        terms = site.formula.terms
        for position, term in enumerate(terms):
            others = (*terms[:position], *terms[position + 1 :])
            through = _receiver(term)
            if through is None:  # no path, but a term of the cost's own derivative
                continue
            if len(terms) > 1:
                whole = others[0] if len(others) == 1 else Add(others)
                yield Change(whole, f"the path through {through} was left out", f"without {through}")
            if len(terms) > 2:
                yield Change(term, f"only the path through {through} was taken", f"only {through}")

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Dense | Matmul | AddLayers | Multiply):
            for at, sender in enumerate(step.received):
                if sender.received or sender.what == "x":
                    says = f"what goes back {f'to {sender.what} ' if sender.what else ''}from {step.what} was left out"
                    yield says, lambda visit, at=at: visit.replace(at, 0.0)  # type: ignore[misc]


def _receiver(term: Expression) -> str | None:
    """The unit through which a term goes."""
    return next((each.of[-1] for each in quantities(term) if each.is_derivative), None)

"""A path or a term is left out of a sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.tape import Arrays, Plus, Product, Step, Times, Visit
from backproof.expression import Add, Expression, quantities


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

    def in_step(self, step: Step) -> Iterator[tuple[str, Callable[[Visit], Arrays]]]:
        if isinstance(step.work, Product | Plus | Times) and not getattr(step.work, "bias", False):
            for at in (0, 1):
                to = step.received[at].what
                if step.received[at].received or to == "x":
                    words = f"to {to} " if to else ""
                    says = f"what goes back {words}from {step.what} was left out"
                    yield says, lambda visit, at=at: visit.replace(at, 0.0)  # type: ignore[misc]


def _receiver(term: Expression) -> str | None:
    """The unit through which a term goes."""
    return next((each.of[-1] for each in quantities(term) if each.is_derivative), None)

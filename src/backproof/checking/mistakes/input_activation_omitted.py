"""The sending activation is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site, has_role, terms, without
from backproof.expression import Add, Expression
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class InputActivationOmitted(Mistake):
    """dE/dw is given as delta, without the activation that the weight is multiplied with; or h adds up bare weights.

    Why: it is right for a bias, and for an input of 1 nobody sees it.
    Example: dE/dw5 = delta_o.
    See it: every weight into a unit gets the same gradient.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if not (site.role == "h" or site.is_gradient):
            return
        for formula, sent in without(site.formula, has_role("a")):
            yield Change(formula, f"{sent.name} was left out")  # type: ignore[attr-defined]
        if site.role == "h" and len(terms(site.formula)) > 1:
            bare: tuple[Expression, ...] = tuple(
                next((formula for formula, _ in without(term, has_role("a"))), term) for term in terms(site.formula)
            )
            yield Change(Add(bare), "the activations were left out: bare weights were added up", "all")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(Unsent())


class Unsent(Slip):
    """dE/dW = 1^T delta"""

    says = "the activations were left out of dE/dW"

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return (0 * passed.a[layer - 1] + 1).T @ delta, delta.sum(0)

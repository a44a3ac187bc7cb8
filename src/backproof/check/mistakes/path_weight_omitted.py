"""A weight along the path is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site, has_role, terms, without
from backproof.expression import Add, Expression


@final
@dataclass(frozen=True)
class PathWeightOmitted(Mistake):
    """The chain rule skips dh/da, the weight between two layers.

    Why: the error is handed on as it is, 'to all units before'.
    Example: dE/da_1 = delta_o instead of delta_o w5.
    See it: claimed = true / w.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role != "dE/da" or not site.is_hidden:
            return
        for formula, weight in without(site.formula, has_role("w")):
            yield Change(formula, f"the weight {weight.name} was left out")  # type: ignore[attr-defined]
        if len(terms(site.formula)) > 1:
            bare: tuple[Expression, ...] = tuple(
                next((formula for formula, _ in without(term, has_role("w"))), term) for term in terms(site.formula)
            )
            yield Change(Add(bare), "the weights were left out", "all")

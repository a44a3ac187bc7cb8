"""A weight along the path is left out."""

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

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(Unweighted(), first=2)
        yield from code.everywhere(HandedOn(), first=2)


class Unweighted(Slip):
    """Every unit gets the sum of the errors."""

    says = "the weights were left out: every unit got the sum of the errors behind it"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return (delta @ (0 * parameters[f"W{layer}"] + 1).T,)


class HandedOn(Slip):
    """dE/da_{l-1} = delta_l, where the layers are of one size."""

    says = "the weights were left out: the error was handed on as it is"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        sent, received = parameters[f"W{layer}"].shape
        if sent != received:
            raise ValueError("layers of different size")
        return (delta,)

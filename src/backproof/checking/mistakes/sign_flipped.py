"""A sign is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.rules import ConstantFactor
from backproof.checking.site import Change, Site, each_place, negated, term_kind, terms
from backproof.expression import Add, Expression
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class SignFlipped(Mistake):
    """A number, one term of a sum or one side of a difference has the wrong sign.

    Why: the minus of d(y - a)/da is lost, or written twice.
    Example: dE/da = y - a; h = w1 x1 - w2 x2 for a sum.
    See it: the size is right, or off by twice one term.
    """

    frequency = 8

    def factors(self, counts: Mapping[str, int]) -> Iterator[ConstantFactor]:
        words = "the sign is wrong"
        yield ConstantFactor(-1, words, (), "whole", "the sign of {of} is wrong")

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind in (Kind.NEW, Kind.PARAMETER):
            return  # a step that is taken the wrong way is a slip of its own
        yield from super().rewrites(site)

        def flip(node: Expression) -> Iterator[tuple[Expression, str]]:
            if isinstance(node, Add):
                for position, term in enumerate(node.terms):
                    flipped = (*node.terms[:position], negated(term), *node.terms[position + 1 :])
                    yield Add(flipped), f"term {position + 1} has the wrong sign"

        count = len(terms(site.formula)) if isinstance(site.formula, Add) else 0  # those of the whole sum come first
        for position, (formula, says) in enumerate(each_place(site.formula, flip)):
            yield Change(formula, says, term_kind(site, position) if position < count else "")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from super().in_code(code)
        yield Candidate(f"layer {code.depth}", "the target was added, not subtracted", lambda: code.run(y=-code.y))

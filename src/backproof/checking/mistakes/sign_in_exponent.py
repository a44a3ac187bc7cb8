"""The sign in the exponent is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredActivation
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Call, Neg, substitute, walk
from backproof.operations.activation import Elementwise
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class SignInExponent(Mistake):
    """1/(1 + e^h) is computed where 1/(1 + e^-h) is meant.

    Why: the minus is small, and on a calculator it is one key.
    Example: sigma(0.6) given as 0.354.
    See it: claimed = 1 - true for a sigmoid.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is Kind.ACTIVATION and site.layer > 0 and "exp" in _functions(site):
            own = site.number("h", site.quantity.of[0])
            changed = substitute(site.formula, lambda node: Neg(own) if node == own else None)
            yield Change(changed, "the sign in the exponent is wrong", "exponent")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        def make(sign: int, sigmoid: Elementwise) -> AlteredActivation:
            if sigmoid.name != "sigmoid":
                return AlteredActivation(sigmoid, sigmoid.forward, sigmoid.derivative)
            return AlteredActivation(
                sigmoid, lambda h: sigmoid.forward(-h), lambda h, a: sign * sigmoid.derivative(-h, a)
            )

        if any(each.name == "sigmoid" for each in code.network.activations):
            for sign in (1, -1):
                words = "the sign in the exponent is wrong"
                yield from code.with_activation(words, partial(make, sign))


def _functions(site: Site) -> set[str]:
    return {node.function for node in walk(site.formula) if isinstance(node, Call)}

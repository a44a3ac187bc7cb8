"""The two shares of a running mean are exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Add, Mul, Number
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class RunningSharesSwapped(Mistake):
    """The old value of a running mean counts with 1 - beta and the new gradient with beta; or that one counts in full.

    Why: some texts call beta the share of what is new; momentum adds the gradient as it is.
    Example: m = 0.1 m + 0.9 g for beta1 = 0.9.
    See it: in the first step m is beta / (1 - beta) times too large.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.OPTIMISER:
            return
        match site.formula:
            case Add(terms=(Mul(factors=(Number() as old, kept)), Mul(factors=(Number() as new, added)))):
                yield Change(new * kept + old * added, "the shares of old and new were exchanged", "swapped")
                yield Change(old * kept + added, "the gradient counts in full", "full")

"""sigma'(h) is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site, has_role, without


@final
@dataclass(frozen=True)
class SigmaPrimeOmitted(Mistake):
    """The slope g'(h) of the activation is missing: the error stops at dE/da where dE/dh is meant.

    Why: the chain rule has one more link than the picture has arrows; between h and a nothing is drawn.
    Example: dE/dw1 = delta_o w5 i1 instead of delta_o w5 sigma'(h1) i1; delta_o = a - y with a squared error.
    See it: claimed = true / g'(h), for a sigmoid at least four times too large.
    """

    frequency = 10

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role == "dE/dh" and len(site.quantity.of) == 1:
            for formula, _ in without(site.formula, has_role("da/dh")):
                yield Change(formula, f"g'(h[{site.quantity.of[0]}]) was left out", "slope")

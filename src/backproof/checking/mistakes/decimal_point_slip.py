"""The decimal point has moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake
from backproof.checking.site import Change, Site, term_kind, terms
from backproof.expression import Add, Div, Number


@final
@dataclass(frozen=True)
class DecimalPointSlip(Mistake):
    """The digits are right, but a place or two too far left or right.

    Why: leading zeros are miscounted.
    Example: 0.0787 for 0.00787.
    See it: claimed / true is a power of ten.
    """

    frequency = 2

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        for result in work.results if work.digits >= 2 else ():
            for places in (-3, -2, -1, 1, 2, 3):
                words = f"the decimal point is {abs(places)} place{'s' if abs(places) > 1 else ''} off"
                yield Misprint(result * 10.0**places, words)

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.form in WORKED_OUT:
            for moved, words in ((10 * site.formula, "large"), (Div(site.formula, Number(10)), "small")):
                yield Change(moved, f"{site.quantity.name} is ten times too {words}", f"{site.form} {words}")
        parts = terms(site.formula)
        for position, term in enumerate(parts if len(parts) > 1 else ()):
            for moved, words in ((10 * term, "large"), (Div(term, Number(10)), "small")):
                whole = Add((*parts[:position], moved, *parts[position + 1 :]))
                says = f"term {position + 1} of the sum is ten times too {words}"
                yield Change(whole, says, term_kind(site, position, words))


#: The numbers whose decimal point may have moved before others were worked out from them.
WORKED_OUT = ("h", "a", "dE/da", "da/dh", "dE/dh", "dE/dw")

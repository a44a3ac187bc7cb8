"""Adam's running means are used without the correction for their start at 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import Div, quantities
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class BiasCorrectionOmitted(Mistake):
    """m stands for m_hat, or v for v_hat: the division by 1 - beta^t is forgotten.

    Why: the update looks complete without it, and after many steps it hardly matters.
    Example: step w = -eta m / (sqrt v + epsilon).
    See it: in the first step m is 1 - beta1 times too small and sqrt v sqrt(1 - beta2) times.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        made = site.quantity
        if made.kind is Kind.OPTIMISER and made.slot.endswith("_hat") and isinstance(site.formula, Div):
            yield Change(site.formula.top, "the correction for the start at 0 was left out", "correction")
        if made.kind is Kind.STEP:
            corrected = [each for each in quantities(site.formula) if each.slot.endswith("_hat")]
            plain = {each: site.number(each.slot.removesuffix("_hat"), *each.of) for each in corrected}
            if len(plain) > 1:
                changed = exchanged(site.formula, plain.get)
                yield Change(changed, "the corrections for the start at 0 were left out", "both corrections")

"""The learning rate is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Number, substitute
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class LearningRateOmitted(Mistake):
    """The whole gradient is subtracted from the parameter.

    Why: the gradient takes so much work that it feels like the step.
    Example: new w = w - dE/dw.
    See it: the step is 1/eta times too large.
    """

    frequency = 4

    @property
    def omits(self) -> set[str]:
        return {"eta"}

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is Kind.STEP:
            changed = substitute(site.formula, lambda node: Number(1) if node == site.number("eta") else None)
            if changed != site.formula:
                yield Change(changed, "the learning rate was left out", "rate")

    def update_factors(self, rate: float) -> Iterator[tuple[float, str]]:
        if rate != 1:
            yield 1 / rate, "the learning rate was left out"

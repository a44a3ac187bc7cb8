"""The gradient is not clipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Mul


@final
@dataclass(frozen=True)
class ClipOmitted(Mistake):
    """The gradient is used as it is, although its norm is above the limit.

    Why: the norm is one of all parameters, and the working is about one of them.
    Example: step w = -eta dE/dw with clip = 1 and a norm of 3.
    See it: claimed / true is norm / limit, the same for every parameter.
    """

    frequency = 8

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.form == "clipped" and isinstance(site.formula, Mul):
            yield Change(site.formula.factors[0], "the gradient was not clipped", "clip")

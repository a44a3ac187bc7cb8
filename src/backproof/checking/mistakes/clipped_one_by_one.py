"""Each gradient is clipped by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import Mul, Number
from backproof.functions import maximum, minimum


@final
@dataclass(frozen=True)
class ClippedOneByOne(Mistake):
    """Each number of the gradient is held between -limit and limit, in the place of their common norm.

    Why: libraries have both, clip by value and clip by norm.
    Example: max(-1, min(1, g)) for g / norm.
    See it: a gradient below the limit is not changed, one above it is the limit itself.
    """

    frequency = 5

    def rewrites(self, site: Site) -> Iterator[Change]:
        limit = site.trace.training.clip
        if site.form == "clipped" and isinstance(site.formula, Mul) and limit is not None:
            held = maximum(Number(-limit), minimum(site.formula.factors[0], Number(limit)))
            yield Change(held, "each gradient was clipped by itself, not by the common norm", "each")

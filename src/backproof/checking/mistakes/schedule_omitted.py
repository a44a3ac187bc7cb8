"""The learning rate stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import wrap
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class ScheduleOmitted(Mistake):
    """The first learning rate is used in a later step, or that of the step before or after.

    Why: the rate stands once at the top of the sheet; steps are counted from 0 in one place and from 1 in another.
    Example: eta = 0.1 in step 5 of a schedule that halves it.
    See it: claimed / true is the same for every parameter.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.kind is not Kind.RATE or not site.trace.training.scheduled:
            return
        first = site.number("eta0")
        yield Change(first, "the schedule was left out", "schedule")
        for says, moved in (("before", -1), ("after", 1)):
            step = site.trace.step + moved
            if step >= 1:
                made = site.trace.training.rate_at(step)
                factor = made / site.graph.truth(first) if site.graph.truth(first) else 0.0
                yield Change(wrap(factor) * first, f"the learning rate is that of the step {says}", says)

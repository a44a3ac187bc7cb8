"""The softmax is taken over the wrong axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, of_sample
from backproof.expression import Add, Call
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class SoftmaxWrongAxis(Mistake):
    """exp(h) is divided by the sum over the samples, not over the units of its own sample.

    Why: axis=0 and axis=1 differ in one stroke, and samples may stand as rows or as columns.
    Example: exp(h) / exp(h).sum(axis=0) with samples as rows.
    See it: the outputs of one sample do not add up to 1; those of one unit do.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        numbers = site.trace.numbers
        if site.quantity.kind is not Kind.ACTIVATION or site.layer == 0 or len(numbers) < 2:
            return
        if site.network.activations[site.layer - 1].name == "softmax":
            own = site.number("h", site.quantity.of[0])
            every = Add(tuple(Call("exp", (of_sample(own, number),)) for number in numbers))
            yield Change(Call("exp", (own,)) / every, "the softmax was taken over the samples, not the units", "axis")

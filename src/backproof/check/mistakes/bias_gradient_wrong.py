"""The bias's derivative is worked out wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site
from backproof.expression import Add, Div, Number


@final
@dataclass(frozen=True)
class BiasGradientWrong(Mistake):
    """A bias is fed by the constant 1, so its derivative is the error; something else was taken.

    Why: it is treated as a weight, or as a thing of the whole layer, or forgotten.
    Example: db = delta x; db = sum of all errors of the layer; db = 0.
    See it: dE/db is not the error of the unit it feeds.
    """

    frequency = 3

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.sums_samples and site.role == "dE/dw" and site.is_bias:
            count = len(site.trace.numbers)
            yield Change(Div(site.formula, Number(count)), "the mean over the samples was taken, not the sum", "mean")
        if not (site.is_gradient and site.is_bias):
            return
        use = site.network.parameter(site.quantity.of[0]).uses[0]
        own = site.number("dE/dh", site.units(use.layer)[use.column])
        for sender in site.units(use.layer - 1):
            yield Change(
                own * site.number("a", sender), f"the error was multiplied with a[{sender}], as if for a weight", "a"
            )
        if len(site.units(use.layer)) > 1:
            whole = Add(tuple(site.number("dE/dh", unit) for unit in site.units(use.layer)))
            yield Change(whole, "the errors of all units of the layer were added up", "layer")
        bias = site.number("w", site.quantity.of[0])
        yield Change(own * bias, "the error was multiplied with the bias itself", "bias")
        yield Change(Number(0), "the bias was taken as constant", "zero")

"""The bias is read as a weight and a weight as the bias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged, terms
from backproof.expression import quantities
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class BiasAndWeightSwapped(Mistake):
    """In the weighted sum the bias is multiplied by an activation and a weight stands alone.

    Why: a drawing shows both as numbers beside arrows.
    Example: h = b x + w instead of w x + b.
    See it: for an input of 1 nothing changes.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        """The two exchanged in a weighted sum, or wherever else one of them stands: a sheet is of one mind."""
        if not (site.quantity.kind in (Kind.PRE_ACTIVATION, Kind.NEW) or site.is_sent_back):
            return
        for weight in quantities(site.formula):
            if weight.kind is Kind.PARAMETER and not site.network.is_bias(weight.of[0]):
                yield from self._swaps(site, weight)
        if site.quantity.kind is Kind.NEW and site.is_bias:
            use = site.network.architecture.first_use(site.quantity.of[0])
            if use is None:
                return
            unit = site.units(use.layer)[use.position]
            for sender in site.senders(use.layer):
                weight = site.weight(sender, unit)
                yield from self._swaps(site, weight) if weight is not None else ()

    @staticmethod
    def _swaps(site: Site, weight: Quantity) -> Iterator[Change]:
        use = site.network.architecture.first_use(weight.of[0])
        if use is None:
            return
        unit = site.units(use.layer)[use.position]
        for sum_ in site.graph.definitions(site.number("h", unit)):
            for bias in terms(sum_):
                if isinstance(bias, Quantity) and bias.kind is Kind.PARAMETER:
                    words = f"{bias.name} and {weight.name} were swapped"
                    changed = exchanged(site.formula, {bias: weight, weight: bias}.get)
                    yield Change(changed, words, f"{bias.name} {weight.name}")

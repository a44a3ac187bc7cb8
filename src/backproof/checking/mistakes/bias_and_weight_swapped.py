"""The bias is read as a weight and a weight as the bias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import quantities
from backproof.quantity import Kind


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
        if site.quantity.kind is not Kind.PRE_ACTIVATION:
            return
        parameters = [each for each in quantities(site.formula) if each.kind is Kind.PARAMETER]
        biases = [each for each in parameters if site.network.is_bias(each.of[0])]
        for bias in biases:
            for weight in parameters:
                if weight not in biases:
                    pair = {bias: weight, weight: bias}
                    words = f"{bias.name} and {weight.name} were swapped"
                    yield Change(exchanged(site.formula, pair.get), words)

"""The weights are given as the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site


@final
@dataclass(frozen=True)
class WeightsGivenAsGradient(Mistake):
    """A weight of the layer is copied where a derivative was asked.

    Why: 'the net gradient' was read as a property of the connection.
    Example: delta_o = v1.
    See it: the number stands among the given ones.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.is_gradient:
            own = site.number("w", site.quantity.of[0])
            yield Change(own, f"{own.name} itself was given as its derivative", "weight")
        elif site.role == "dE/dh" and len(site.quantity.of) == 1:
            unit = site.quantity.of[0]
            around = [site.weight(sender, unit) for sender in site.units(site.layer - 1)]
            around += [site.weight(unit, receiver) for receiver in site.units(site.layer + 1)]
            for weight in around:
                if weight is not None:
                    yield Change(weight, f"the weight {weight.name} was given as the error of {unit}", "weight")

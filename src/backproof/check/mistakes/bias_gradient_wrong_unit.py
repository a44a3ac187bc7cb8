"""The bias of one unit gets the error of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site


@final
@dataclass(frozen=True)
class BiasGradientWrongUnit(Mistake):
    """dE/db is the error of a unit that the bias does not feed.

    Why: biases are numbered for themselves, and the figure and the formulas number them differently.
    Example: dE/db1 = delta_2.
    See it: two biases of a layer are swapped.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.is_gradient and site.is_bias:
            uses = site.network.parameter(site.quantity.of[0]).uses
            fed = {site.units(use.layer)[use.column] for use in uses}
            for layer in range(1, site.network.depth + 1):
                for unit in site.units(layer):
                    if unit not in fed:
                        yield Change(
                            site.number("dE/dh", unit), f"the error of {unit} was given to it", f"from {layer}"
                        )

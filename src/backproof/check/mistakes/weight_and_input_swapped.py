"""The weight stands where its input belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site, exchanged
from backproof.expression import Quantity


@final
@dataclass(frozen=True)
class WeightAndInputSwapped(Mistake):
    """dE/dw is given as delta w, which is the derivative by the input.

    Why: h = w a is symmetric in w and a, its two derivatives are not.
    Example: dL/dw = delta w.
    See it: the number is right for dE/da of the sender.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.is_gradient and not site.is_bias:
            own = site.number("w", site.quantity.of[0])

            def swapped(node: Quantity) -> Quantity | None:
                return own if node.role == "a" else None

            yield Change(exchanged(site.formula, swapped), f"{own.name} itself was used for its input", "swap")

"""The net input stands where the activation belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site, each_place, exchanged
from backproof.expression import Expression, Quantity


@final
@dataclass(frozen=True)
class ActivationNotApplied(Mistake):
    """h is used for a: in the next layer's sum, in the output's error or slope, in a gradient.

    Why: after the weighted sum the unit feels finished.
    Example: h_o = w5 h_1 + w6 h_2; delta = (y - h)h(1 - h).
    See it: numbers outside the range of the activation.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        def net(node: Expression) -> Quantity | None:
            if isinstance(node, Quantity) and node.role == "a" and site.network.place(node.of[0])[0] > 0:
                return Quantity("h", node.of, node.sample, node.step)
            return None

        whole = exchanged(site.formula, net)
        if whole != site.formula:
            yield Change(whole, "net inputs were used for activations", "all")

        def one(node: Expression) -> Iterator[tuple[Expression, str]]:
            found = net(node)
            if found is not None:
                yield found, f"{found.name} was used for {node.name}"  # type: ignore[attr-defined]

        for formula, says in each_place(site.formula, one):
            if formula != whole:
                yield Change(formula, says)
        if site.role == "a" and site.quantity.of:
            yield Change(site.number("h", site.quantity.of[0]), "the activation function was not applied", "self")

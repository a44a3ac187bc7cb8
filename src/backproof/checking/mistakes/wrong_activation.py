"""Another activation is applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.expression import wrap
from backproof.operations.activation import Elementwise
from backproof.operations.activation import activations as registry
from backproof.quantity import Kind


@final
@dataclass(frozen=True)
class WrongActivation(Mistake):
    """A unit applies another activation than its own, and mostly that one's derivative too.

    Why: networks of sigmoids are the habit, and tanh, ReLU or softmax stand in a heading only.
    Example: a = tanh(h) in a layer of sigmoids; a sigmoid of each output where softmax is meant.
    See it: a negative activation of a sigmoid; outputs that do not add up to 1.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        slope = site.quantity.is_slope and len(site.quantity.of) == 1
        if not (slope or site.quantity.kind is Kind.ACTIVATION) or site.layer == 0:
            return
        unit = site.quantity.of[0]
        own = site.network.activations[site.layer - 1]
        for name in sorted({*(each.name for each in site.network.activations), "sigmoid", "tanh", "relu"}):
            other = registry.make(name)
            if name != own.name and isinstance(other, Elementwise) and name != "identity":
                h = site.number("h", unit)
                formula = other.derivative(h, site.number("a", unit)) if slope else other.formula(h)
                yield Change(wrap(formula), f"{name} was used for {own.name} at {unit}", name)

"""sigma'(h) is multiplied in twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site


@final
@dataclass(frozen=True)
class SigmaPrimeAppliedTwice(Mistake):
    """The slope g'(h) is applied to an error that contains it already.

    Why: for cross-entropy with sigmoid or softmax, delta = a - y is the whole error; it looks like dE/da of a
    squared error.
    Example: delta_o = (a - y) a (1 - a) with binary cross-entropy.
    See it: claimed = true * g'(h).
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role == "dE/dh" and len(site.quantity.of) == 1:
            unit = site.quantity.of[0]
            coupled = site.network.activations[site.layer - 1].coupled
            slope = site.number("da/dh", unit, unit) if coupled else site.number("da/dh", unit)
            yield Change(site.formula * slope, f"g'(h[{unit}]) was applied twice", "slope")

"""g' is evaluated at the wrong number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.check.mistake import Change, Mistake, Site
from backproof.expression import Expression, wrap
from backproof.operations.activation import Elementwise


@final
@dataclass(frozen=True)
class DerivativeOfWrongArgument(Mistake):
    """The derivative's formula is right, but h, a or the error stands where another of them belongs.

    Why: x(1 - x) is right for an activation and wrong for a net input; code that stores only one of them invites
    it.
    Example: tanh' as 1 - h^2 instead of 1 - a^2; y(1 - y) with the error put in.
    See it: often an impossible sign: sigmoid' is never negative nor above 1/4.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        of = site.quantity.of
        if site.role != "da/dh" or len(of) != 1:
            return
        activation = site.network.activations[site.layer - 1]
        assert isinstance(activation, Elementwise)
        h, a = site.number("h", of[0]), site.number("a", of[0])
        yield Change(
            wrap(activation.derivative(h, h)), f"g' of the net input h[{of[0]}] as if it were an activation", "h"
        )
        again = wrap(activation.formula(a))
        yield Change(wrap(activation.derivative(a, again)), f"g' was taken at a[{of[0]}] instead of h[{of[0]}]", "a")
        yield Change(wrap(activation.derivative(a, a)), f"g' was taken with a[{of[0]}] for the net input", "a for h")
        error = site.number("dE/da", of[0])
        for put, words in self._errors(site, error):
            yield Change(
                wrap(activation.derivative(put, put)), f"g' was taken at {words} instead of h[{of[0]}]", "error"
            )

    def _errors(self, site: Site, error: Expression) -> Iterator[tuple[Expression, str]]:
        unit = site.quantity.of[0]
        yield error, f"dE/da[{unit}]"
        if not site.is_hidden:
            yield site.number("y", unit) - site.number("a", unit), f"the error y - a of {unit}"

"""The derivative of another activation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site
from backproof.expression import wrap
from backproof.operations.activation import Elementwise, activations
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class WrongActivationDerivative(Mistake):
    """The slope used belongs to another activation than the one that was applied.

    Why: a class was copied and its forward changed, not its derivative; or everything is taken for a sigmoid.
    Example: a(1 - a) in a network of ReLUs.
    See it: the factor depends on h where it should be constant, or the reverse.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        of = site.quantity.of
        if site.role != "da/dh" or len(of) != 1:
            return
        h, a = site.number("h", of[0]), site.number("a", of[0])
        own = site.network.activations[site.layer - 1].name
        for name in ("sigmoid", "tanh", "relu", "softplus"):
            other = activations.make(name)
            if name != own and isinstance(other, Elementwise):
                words = f"the derivative of {name} was used for {own} at {of[0]}"
                yield Change(wrap(other.derivative(h, a)), words, name)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        own = {each.name for each in code.network.activations}
        for other in (activations.make(name) for name in sorted({*own, "sigmoid", "tanh", "relu", "softplus"})):
            if isinstance(other, Elementwise):
                yield from code.everywhere(OtherSlope(other))


class OtherSlope(Slip):
    """delta = dE/da * the g' of another activation."""

    def __init__(self, other: Elementwise) -> None:
        self.other = other
        self.says = f"the derivative of {other.name} was used"

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        return self.other.backward(passed.h[layer], passed.a[layer], da)

"""g' is evaluated at the wrong number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site
from backproof.expression import Expression, wrap
from backproof.operations.activation import Elementwise
from backproof.propagation import Forward


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

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for words, slope in SLOPES.items():
            yield from code.everywhere(OtherArgument(words, slope))
        for sign, words in ((1, "a - y"), (-1, "y - a")):
            yield code.output(OtherArgument(f"at the error {words}", _at(sign * (code.passed.a[-1] - code.y))))


Slope = Callable[[Elementwise, Any, Any, Any], Any]
SLOPES: dict[str, Slope] = {
    "of the net input h as if it were an activation": lambda g, h, a, da: g.derivative(h, h),
    "at the activation a instead of the net input h": lambda g, h, a, da: g.derivative(a, g.forward(a)),
    "with the activation a for the net input h": lambda g, h, a, da: g.derivative(a, a),
    "at the error dE/da": lambda g, h, a, da: g.derivative(da, da),
}


def _at(gap: Any) -> Slope:
    return lambda g, h, a, da: g.derivative(gap, gap)


class OtherArgument(Slip):
    """delta = dE/da * g' of something else than h."""

    def __init__(self, says: str, slope: Slope) -> None:
        self.says = f"g' was taken {says}"
        self.slope = slope

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        activation = network.activations[layer - 1]
        if not isinstance(activation, Elementwise):
            return super().error(network, passed, layer, da)
        return da * self.slope(activation, passed.h[layer], passed.a[layer], da)

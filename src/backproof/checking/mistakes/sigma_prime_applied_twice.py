"""sigma'(h) is multiplied in twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site
from backproof.propagation import Forward


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

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(Twice())
        if code.network.activations[-1].coupled:
            yield code.output(TwiceAlone())


class Twice(Slip):
    """delta * g'(h)"""

    says = "g'(h) was applied twice"

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        return super().error(network, passed, layer, super().error(network, passed, layer, da))

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        return super().error(network, passed, network.depth, super().output_error(network, passed, y, da))


class TwiceAlone(Slip):
    """delta * a(1 - a) for a softmax, whose delta is whole already."""

    says = "the whole error was multiplied with a(1 - a) once more"

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        a = passed.a[-1]
        return super().output_error(network, passed, y, da) * a * (1 - a)

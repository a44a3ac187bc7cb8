"""sigma'(h) is applied twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.operations.activation import Activation, Coupled
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

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        twice = ("dE/da", "da/dh", "da/dh")
        yield AlteredLink("dE/dh", twice, "g'(h) was applied twice", "g'(h[{of}]) was applied twice", "slope")

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.quantity.is_error and site.network.activations[site.layer - 1].coupled:
            unit = site.quantity.of[0]
            yield Change(site.formula * site.number("da/dh", unit, unit), f"g'(h[{unit}]) was applied twice", "slope")
        else:
            yield from super().rewrites(site)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from super().in_code(code)
        if code.network.activations[-1].coupled:
            yield code.output(TwiceAlone())

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Activation):
            yield "g'(h) was applied twice", lambda visit: visit.send(visit.true[0])


class TwiceAlone(AlteredEquations):
    """delta * a(1 - a) for a softmax, whose delta is whole already."""

    says = "the whole error was multiplied by a(1 - a) once more"

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        activation, a = network.activations[-1], passed.a[-1]
        assert isinstance(activation, Coupled)
        return super().output_error(network, passed, y, da) * activation.jacobian(a, a, True)

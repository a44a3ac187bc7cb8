"""sigma'(h) is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations, UpstreamKept
from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredLink, Rule
from backproof.checking.site import Change, Site, exchanged
from backproof.checking.tape import Send, Step
from backproof.operations.activation import Activation
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class SigmaPrimeOmitted(Mistake):
    """The slope g'(h) of the activation is missing: the error stops at dE/da where dE/dh is meant.

    Why: the chain rule has one more link than the picture has arrows; between h and a nothing is drawn.
    Example: dE/dw1 = delta_o w5 i1 instead of delta_o w5 sigma'(h1) i1; delta_o = a - y with a squared error.
    See it: claimed = true / g'(h), for a sigmoid at least four times too large.
    """

    frequency = 10

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        yield AlteredLink("dE/dh", ("dE/da",), "g'(h) was left out", "g'(h[{of}]) was left out", "slope")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        if site.is_sent_back:
            raw = exchanged(site.formula, lambda node: site.number("dE/da", *node.of) if node.is_error else None)
            if raw != site.formula:
                yield Change(raw, "the error was sent back without the slope of the layer above", "sent")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from super().in_code(code)
        for altered in (UpstreamInGradients(code, "dE/dW and dE/db"), UpstreamInGradients(code, "dE/db")):
            yield from code.everywhere(altered)
        yield from code.everywhere(SentWithoutSlope(summed=False), first=2)
        yield from SentWithoutSlope.and_weights(code)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Activation):
            yield "g'(h) was left out", lambda visit: {0: visit.delta}


class SentWithoutSlope(UpstreamKept):
    """dE/da_{l-1} = dE/da_l W_l^T, while the gradients of layer l are made with delta_l; `summed`: without W too."""

    def __init__(self, *, summed: bool) -> None:
        self.summed = summed
        self.says = "dE/da was sent back instead of the error: g'(h) was left out on the way back"
        if summed:
            self.says = "the sum of dE/da was sent back: g'(h) and the weights were left out on the way back"

    @classmethod
    def and_weights(cls, code: BackwardPass) -> Iterator[Candidate]:
        """Both left out, which is two slips at once."""
        for candidate in code.everywhere(cls(summed=True), first=2):
            yield replace(candidate, slips=2)

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights = parameters[f"W{layer}"]
        return (self.da @ (0 * weights + 1 if self.summed else weights).T,)


class UpstreamInGradients(AlteredEquations):
    """The gradients are made with dE/da, while the right delta is sent back."""

    def __init__(self, code: BackwardPass, where: str) -> None:
        self.code, self.biases_only = code, where == "dE/db"
        self.says = f"g'(h) was left out in {where}"

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        right = super().gradients(network, parameters, passed, layer, delta)
        wrong = super().gradients(network, parameters, passed, layer, self.code.backward.da[layer])
        return (right if self.biases_only else wrong)[0], wrong[1]

"""Nothing is sent back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class GradientDetached(Mistake):
    """The error stops at a layer: everything before it gets a gradient of 0.

    Why: `detach()`, `.data`, `stop_gradient` or a detour over NumPy cuts the graph.
    Example: h2 = layer2(a1.detach()).
    See it: the gradients of the first layers are all 0.
    """

    frequency = 3

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        for place in step.cuts:
            yield Repair("the graph is cut: what comes before gets no gradient", place, Fix.GRAPH_JOINED)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for layer in range(2, code.depth + 1):
            yield replace(code.slip(Cut(), code.name(layer), layer), gives_zeros=True)


class Cut(AlteredEquations):
    """dE/da_{l-1} = 0"""

    says = "nothing was sent back: the layers before get gradients of 0"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return (0 * passed.a[layer - 1],)

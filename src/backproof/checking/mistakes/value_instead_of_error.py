"""The next layer's output stands where its error belongs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Slip
from backproof.checking.mistake import Change, Mistake, Site, exchanged
from backproof.propagation import Forward
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class ValueInsteadOfError(Mistake):
    """Errors are sent back as the sum of the next layer's activations, weighted, instead of its errors.

    Why: 'propagate back' is done with what was propagated forward.
    Example: dE/da_1 = a_o w5.
    See it: the number does not depend on the target.
    """

    frequency = 2

    def rewrites(self, site: Site) -> Iterator[Change]:
        if site.role != "dE/da" or not site.is_hidden:
            return

        def output(node: Quantity) -> Quantity | None:
            return site.number("a", node.of[0]) if node.role == "dE/dh" else None

        yield Change(exchanged(site.formula, output), "activations were sent back instead of errors", "output")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(OutputSentBack(code), first=2)


class OutputSentBack(Slip):
    """dE/da_{l-1} = a_l W_l^T"""

    says = "activations were sent back instead of errors"

    def __init__(self, code: BackwardPass) -> None:
        self.code = code

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return super().send_back(network, parameters, passed, layer, self.code.passed.a[layer])

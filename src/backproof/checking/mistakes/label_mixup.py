"""The right number under the wrong symbol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.claim import Earlier, ExaminedClaim
from backproof.checking.graph import Graph
from backproof.checking.mistake import Misprint, Mistake, StandIn
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class LabelMixup(Mistake):
    """What is printed is the true value of another quantity.

    Why: da/dh, dE/dh and dE/da differ in one letter, and one of them was just computed.
    Example: delta_o printed as da_o/dh_o.
    See it: the number is true elsewhere in the same step.
    """

    frequency = 3

    def stand_ins(self, graph: Graph, quantity: Quantity) -> Iterator[StandIn]:
        for other in graph.every(quantity):
            if other != quantity:
                kin = bool(quantity.of) and other.of == quantity.of
                near = kin and other.is_derivative and quantity.is_derivative
                yield StandIn(other, other.name, 6.0 if near else 2.0 if kin else 1.0)

    def misprints(self, graph: Graph, work: ExaminedClaim, earlier: Earlier) -> Iterator[Misprint]:
        yield from super().misprints(graph, work, earlier) if work.digits >= 2 else ()

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        factor = code.fit(code.gradients, {key: 0 * array for key, array in code.gradients.items()})
        if factor not in (0.0, 1.0) and abs(factor) < MOST_FACTOR:
            words = f"every gradient is multiplied by {factor:.6g}: it looks like the step of an update"
            scaled = {key: factor * array for key, array in code.gradients.items()}
            yield code.changed("all layers", words, scaled, constants=1)


MOST_FACTOR = 1e6

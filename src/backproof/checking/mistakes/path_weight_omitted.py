"""A weight along the path is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.sigma_prime_omitted import SentWithoutSlope
from backproof.checking.rules import AlteredLink, Rule
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.expression import Add, quantities
from backproof.operations.layers.dense import Dense
from backproof.operations.layers.matmul import Matmul
from backproof.operations.layers.multiply import Multiply
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class PathWeightOmitted(Mistake):
    """The factor dh/da of the chain rule, the weight between two layers, is missing.

    Why: the error is passed on unchanged, 'to all units before'.
    Example: dE/da_1 = delta_o instead of delta_o w5.
    See it: claimed = true / w.
    """

    frequency = 2

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        words = "the weights were left out: every unit got the sum of the errors behind it"
        yield AlteredLink("dE/da", ("dE/dh",), words, "the weight {factor} was left out", "all")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        errors = [each for each in quantities(site.formula) if each.is_error] if site.is_sent_back else []
        if errors:
            raw = Add(tuple(site.number("dE/da", *each.of) for each in errors))
            yield Change(raw, "the error was sent back without slope and weight", "raw")
        bare = site.change_terms((Multiply, Matmul), lambda term, error: error) if site.is_sent_back else None
        if bare is not None:
            yield Change(bare, "the other factor of a product was left out", "factor")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from super().in_code(code)
        yield from code.everywhere(HandedOn(), first=2)
        yield from SentWithoutSlope.and_weights(code)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Multiply) and len(step.received) == 2:
            for at in (0, 1):
                factor = step.received[1 - at].what.removeprefix("the ") or "a factor"
                yield f"the {factor} was left out as a factor", lambda visit, at=at: visit.replace(at, visit.delta)  # type: ignore[misc]
        if isinstance(step.work, Dense | Matmul):
            second = "the weights" if isinstance(step.work, Dense) else "the second matrix"
            says = f"what goes back was not multiplied by {second}"
            yield says, lambda visit: visit.replace(0, visit.delta.sum(-1, keepdims=True))


class HandedOn(AlteredEquations):
    """dE/da_{l-1} = delta_l, where the layers are of one size."""

    says = "the weights were left out: the error was passed on unchanged"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        sent, received = parameters[f"W{layer}"].shape
        if sent != received:
            raise ValueError("layers of different size")
        return (delta,)

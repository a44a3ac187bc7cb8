"""A number of another sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations, Weighted
from backproof.checking.graph import Graph
from backproof.checking.mistake import Mistake, StandIn
from backproof.checking.site import Change, Site, each_place, exchanged, of_sample
from backproof.expression import Add, Expression
from backproof.propagation import Forward
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class WrongSample(Mistake):
    """An input, activation or target belongs to another row of the data.

    Why: the table has several rows, and the working uses one name for the number of any row.
    Example: a_1 of sample (0, 1) in the working of (1, 0).
    See it: the number is right for another sample.
    """

    frequency = 5

    def stand_ins(self, graph: Graph, quantity: Quantity) -> Iterator[StandIn]:
        for sample in graph.trace(quantity).numbers if quantity.sample is not None else ():
            if sample != quantity.sample:
                yield StandIn(of_sample(quantity, sample), f"{quantity.name} in sample {sample}", 1.0, f"all {sample}")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from _counted(site)
        own = site.quantity.sample
        for sample in site.trace.numbers:
            if sample == own or own is None:
                continue

            def moved(node: Expression, sample: int = sample) -> Quantity | None:
                one = isinstance(node, Quantity) and node.sample == own and node.kind is not Kind.TARGET
                return of_sample(node, sample) if one else None  # type: ignore[arg-type]

            whole = exchanged(site.formula, moved)
            if whole != site.formula:
                yield Change(whole, f"the numbers of sample {sample} were used", f"all {sample}")

            def other(node: Expression, sample: int = sample) -> Iterator[tuple[Expression, str]]:
                found = moved(node, sample)
                if found is not None:
                    yield found, f"{found.name} of sample {sample} was used"

            for formula, says in each_place(site.formula, other):
                if formula != whole:
                    yield Change(formula, says)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        count = code.samples
        if count == 1:
            return
        for number in range(1, count + 1) if count <= FEW else (1, count):
            alone = np.eye(1, count, number - 1)[0]
            for factor in (1, count):
                yield code.output(Weighted(factor * alone, f"only sample {number} counts: the samples were not summed"))
        for number in range(1, count + 1) if count <= FEW else (1, count):
            others = 1 - np.eye(1, count, number - 1)[0]
            yield code.output(Weighted(others, f"sample {number} was left out"))
        for shift, words in ((1, "before"), (-1, "after")):
            yield from code.everywhere(Shifted(shift, f"the activations of the sample {words} were used in dE/dW"))


def _counted(site: Site) -> Iterator[Change]:
    """A sum over the samples in which one is left out, or counts alone."""
    numbers = site.trace.numbers if site.sums_samples else ()
    for number in numbers if 1 < len(numbers) <= FEW else ():
        alone = of_sample(site.quantity, number)
        yield Change(alone, f"sample {number} counts alone: the samples were not summed", f"alone {number}")
        if len(numbers) > 2:
            others = Add(tuple(of_sample(site.quantity, each) for each in numbers if each != number))
            yield Change(others, f"sample {number} was left out", f"without {number}")


#: Maximum number of samples each of which is suspected; among more only the first and the last are.
FEW = 8


class Shifted(AlteredEquations):
    """dE/dW with the activations of other samples."""

    def __init__(self, shift: int, says: str) -> None:
        self.shift = shift
        self.says = says

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return np.roll(passed.a[layer - 1], self.shift, 0).T @ delta, delta.sum(0)

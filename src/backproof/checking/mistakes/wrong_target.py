"""Another target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, each_place, of_sample
from backproof.expression import Expression, Number
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class WrongTarget(Mistake):
    """The target of another output or another sample stands in the cost or its derivative.

    Why: the targets of a neighbouring task or unit are at hand.
    Example: (a_o2 - y_o1); XOR's 0 for OR's 1 in the last row.
    See it: the claimed error has the wrong size by the difference of two targets.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        def other(node: Expression) -> Iterator[tuple[Expression, str]]:
            if isinstance(node, Quantity) and node.kind is Kind.TARGET:
                yield from self._targets(site, node)

        for formula, says in each_place(site.formula, other):
            yield Change(formula, says, "target")

    def _targets(self, site: Site, node: Quantity) -> Iterator[tuple[Expression, str]]:
        """Every other target in the data, each value once."""
        true = site.graph.truth(node)
        seen = {true}
        for unit in site.network.architecture.output_units:
            number = Quantity("y", (unit,), node.sample, node.step)
            if site.graph.truth(number) not in seen:
                seen.add(site.graph.truth(number))
                yield number, f"the target of {unit} was used instead of that of {node.of[0]}"
        for sample in site.trace.numbers if node.sample is not None else ():
            number = of_sample(node, sample)
            if site.graph.truth(number) not in seen:
                seen.add(site.graph.truth(number))
                yield number, f"the target of sample {sample} was used"
        for value in (0, 1):
            if true in (0, 1) and value not in seen:
                yield Number(value), f"the target was taken as {value}"

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        others = {
            "the targets of the next sample were used": np.roll(code.y, -1, 0),
            "the targets of the sample before were used": np.roll(code.y, 1, 0),
            "the targets of the samples in reverse order were used": code.y[::-1],
            "the targets of the next output were used": np.roll(code.y, -1, 1),
            "the targets of the output before were used": np.roll(code.y, 1, 1),
            "the targets of the outputs in reverse order were used": code.y[:, ::-1],
            "the targets were left out": 0 * code.y,
            "the targets were all taken as 1": 0 * code.y + 1,
            "1 - y was used for the target y": 1 - code.y,
        }
        for words, y in others.items():
            yield Candidate(f"layer {code.depth}", words, partial(code.run, y=y))

"""A sum for a mean, or a mean for a sum."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Times
from backproof.checking.mistake import Mistake
from backproof.checking.rules import ConstantFactor
from backproof.checking.site import Change, Site, terms
from backproof.checking.submitted import Derivative
from backproof.checking.tape import Send, Step
from backproof.expression import Div, Number
from backproof.operations.average_pool import AveragePool


@final
@dataclass(frozen=True)
class MeanVsSum(Mistake):
    """The cost is a sum over samples or outputs and the derivative a mean, or the other way round.

    Why: libraries differ in what they average, and a batch of one hides it.
    Example: db averaged over the batch while E is summed.
    See it: claimed / true is the number of samples or outputs, or one over it.
    """

    frequency = 4

    def factors(self, counts: Mapping[str, int]) -> Iterator[ConstantFactor]:
        made = ("E", "dE/da", "dE/dw")
        for what, count in counts.items():
            if count > 1:
                yield ConstantFactor(1 / count, f"averaged over the {what} where the sum is meant", made, what)
                yield ConstantFactor(count, f"summed over the {what} where the mean is meant", made, f"times {what}")

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        if site.is_gradient and not site.is_bias and len(found := terms(site.formula)) > 1:
            mean = Div(site.formula, Number(len(found)))
            yield Change(mean, "averaged over the uses of the weight where the sum is meant", "uses")

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for factor in self.factors({"samples": code.samples}):
            yield from factor.in_code(code)
        for factor in self.factors({"outputs": code.outputs}):  # of the cost, and so of every number
            if (factor.value > 1) == code.network.cost.averaged:
                yield code.output(Times(factor.value, factor.says))

    def in_derivative(self, derivative: Derivative) -> Iterator[str]:
        known = list(super().in_derivative(derivative))
        for axis, count in enumerate(derivative.shape if len(derivative.shape) > 1 else ()):
            for factor, words in ((1 / count, "small: the mean was taken over"), (count, "large: summed over")):
                if count > 1 and derivative.is_submitted(factor * derivative.truth):
                    known.append(f"every entry is {count} times too {words} axis {axis} of x")
        yield from known or _constant_factor(derivative)

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        """A gradient divided by the samples, or a mean on the way there that is none on the way back."""
        if "weight" in step.parameters and (count := len(step.value)) > 1:
            says = "the gradient was divided by the number of samples"
            yield says, lambda visit: visit.replace("weight", visit.true["weight"] / count)
        if isinstance(step.work, AveragePool):
            size = math.prod(step.work.windows.size)
            yield "the mean of the window was taken for a sum on the way back", lambda visit: {0: size * visit.true[0]}


def _constant_factor(derivative: Derivative) -> Iterator[str]:
    """The whole number that every entry is too large or too small by, as the size of some axis would be."""
    truth, submitted = derivative.truth, derivative.submitted
    if np.count_nonzero(truth) > 1:
        ratio = float(truth @ submitted) / float(truth @ truth)
        for count, words in (
            (ratio, "large: a sum for a mean"),
            (1 / ratio if ratio else 0.0, "small: a mean for a sum"),
        ):
            whole = round(count) if 2.5 < count < MOST else 0
            factor = whole if count == ratio else 1 / whole if whole else 0.0
            if whole and derivative.is_submitted(factor * truth):
                yield f"every entry is {whole} times too {words}?"


#: Larger factors are those of no axis.
MOST = 1e6

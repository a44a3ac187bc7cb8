"""A gradient was added to one that was there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import Weighted
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair


@final
@dataclass(frozen=True)
class GradientAccumulated(Mistake):
    """Buffers are not set to 0 between steps, samples or layers, so that earlier gradients stay in the sum.

    Why: += is right inside a loop and wrong across it; frameworks accumulate until they are told otherwise.
    Example: a second call returns twice the gradient.
    See it: the result depends on what was computed before.
    """

    frequency = 3.5

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        if step.repeats > 1:
            says = f"it is {step.repeats} times that of this step: call zero_grad() before each backward()"
            yield Repair(says, "all layers", Fix.GRADIENTS_FROM_ZERO)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for times in (2, 3, 4, 5, 10):
            yield from code.times(times, f"the gradient was added up {times} times")
        if code.samples > 1:
            growing = np.arange(code.samples, 0.0, -1.0)
            words = "the running sum over the samples was summed again"
            yield code.output(Weighted(growing, words))
            yield code.output(Weighted(growing[::-1], words))
        for layer in range(1, code.depth):
            for kind in ("W", "b"):
                lower, upper = f"{kind}{layer}", f"{kind}{layer + 1}"
                if code.network.shapes[lower] == code.network.shapes[upper]:
                    for key, other in ((lower, upper), (upper, lower)):
                        both = {key: code.gradients[key] + code.gradients[other]}
                        yield code.changed(f"layer {key[1:]}", f"dE/d{other} was still in dE/d{key}", both)

    def in_repeated_calls(
        self, now: Mapping[str, Any], before: Mapping[str, Any]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        words = "it still contains what earlier calls returned: the gradients are not set to 0 first"
        for mine, theirs in ((2, 1), (1, 1), (2, 0), (3, 1)):
            yield words, {key: mine * now[key] + theirs * before[key] for key in now}
        yield "it is the gradient of the previous call: something is kept from one call to the next", before

"""A sum for a mean, or a mean for a sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import ConstantFactor
from backproof.checking.submitted import Derivative


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

    def in_derivative(self, derivative: Derivative) -> Iterator[str]:
        yield from super().in_derivative(derivative)
        for axis, count in enumerate(derivative.shape if len(derivative.shape) > 1 else ()):
            for factor, words in ((1 / count, "small: the mean was taken over"), (count, "large: summed over")):
                if count > 1 and derivative.is_submitted(factor * derivative.truth):
                    yield f"every entry is {count} times too {words} axis {axis} of x"

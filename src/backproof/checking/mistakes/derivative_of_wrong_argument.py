"""g' is evaluated at the wrong number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredSlope, Rule
from backproof.checking.tape import Send, Step
from backproof.operations.activation import Elementwise


@final
@dataclass(frozen=True)
class DerivativeOfWrongArgument(Mistake):
    """The derivative's formula is right, but h, a or the error stands where another of them belongs.

    Why: x(1 - x) is right for an activation and wrong for a net input; code that stores only one of them invites
    it.
    Example: tanh' as 1 - h^2 instead of 1 - a^2; y(1 - y) with the error put in.
    See it: often an impossible sign: sigmoid' is never negative nor above 1/4.
    """

    frequency = 6

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        yield AlteredSlope(
            lambda g, at: g.derivative(at.h, at.h),
            "g' was taken of the net input h as if it were an activation",
            "g' of the net input h[{of}] as if it were an activation",
            "h",
        )
        yield AlteredSlope(
            lambda g, at: g.derivative(at.a, g.formula(at.a)),
            "g' was taken at the activation a instead of the net input h",
            "g' was taken at a[{of}] instead of h[{of}]",
            "a",
        )
        yield AlteredSlope(
            lambda g, at: g.derivative(at.a, at.a),
            "g' was taken with the activation a for the net input h",
            "g' was taken with a[{of}] for the net input",
            "a for h",
        )
        yield AlteredSlope(
            lambda g, at: g.derivative(at.da, at.da),
            "g' was taken at the error dE/da",
            "g' was taken at dE/da[{of}] instead of h[{of}]",
            "error",
        )
        for sign, gap in ((1, "y - a"), (-1, "a - y")):
            yield AlteredSlope(
                lambda g, at, sign=sign: g.derivative(sign * (at.y - at.a), sign * (at.y - at.a)),  # type: ignore[misc]
                f"g' was taken at the error {gap}",
                f"g' was taken at the error {gap} of {{of}} instead of h[{{of}}]",
                "error",
                at_output=True,
            )

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if not isinstance(step.work, Elementwise):
            return
        slope, function = step.work.derivative, step.work.formula
        yield (
            "g' was taken of the net input h as if it were an activation",
            lambda visit: {0: visit.delta * slope(visit.received[0], visit.received[0])},
        )
        yield (
            "g' was taken at the activation a instead of the net input h",
            lambda visit: {0: visit.delta * slope(visit.step.value, function(visit.step.value))},
        )

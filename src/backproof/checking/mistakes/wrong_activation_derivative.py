"""The derivative of another activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredSlope, Arguments, Rule
from backproof.operations.activation import Activation, Elementwise
from backproof.operations.activation import activations as registry


@final
@dataclass(frozen=True)
class WrongActivationDerivative(Mistake):
    """The slope used belongs to another activation than the one that was applied.

    Why: a class was copied and its forward changed, not its derivative; or everything is taken for a sigmoid.
    Example: a(1 - a) in a network of ReLUs.
    See it: the factor depends on h where it should be constant, or the reverse.
    """

    frequency = 2

    def rules(self, activations: Sequence[str]) -> Iterator[Rule]:
        for words, slope in SLOPES.items():
            yield AlteredSlope(slope, f"{words} was taken for g'(h)", f"{words} was taken for g'(h) at {{of}}", words)
        for name in sorted({*activations, "sigmoid", "tanh", "relu", "softplus"}):
            other = registry.make(name)
            if isinstance(other, Elementwise):
                yield AlteredSlope(
                    lambda g, at, other=other: other.derivative(at.h, at.a),  # type: ignore[misc]
                    f"the derivative of {name} was used",
                    f"the derivative of {name} was used instead of that of {{activation}} at {{of}}",
                    name,
                    applies=lambda g, other=other: g != other,  # type: ignore[misc]
                )


#: What people take for g'(h) that is no activation's derivative.
SLOPES: dict[str, Callable[[Activation, Arguments], Any]] = {
    "a": lambda g, at: at.a,
    "h": lambda g, at: at.h,
    "1 - a": lambda g, at: 1 - at.a,
    "(1 - a)^2": lambda g, at: (1 - at.a) ** 2,
}

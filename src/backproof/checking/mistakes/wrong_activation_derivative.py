"""The derivative of another activation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.mistake import Mistake
from backproof.checking.rules import AlteredSlope, Rule
from backproof.checking.site import Change, Site
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

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from super().rewrites(site)
        for words in ("a", "h", "1 - a", "(1 - a)^2"):
            slope = (lambda h, a: a) if words == "a" else SLOPES[words]
            yield from _slope(f"{words} was taken for g'(h)", slope, words).rewrites(site)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from _slope("the activation itself was taken for its slope", lambda h, a: a).in_code(code)
        yield from super().in_code(code)
        for written, slope in SLOPES.items():
            yield from _slope(f"the slope used is {written}", slope).in_code(code)
        for layer, activation in enumerate(code.network.activations, start=1):
            if _is_bent(activation):
                yield from _leaky(code, layer)


#: Slopes of no activation, as they are met: written, and worked out from h and a.
SLOPES: dict[str, Callable[[Any, Any], Any]] = {
    "h": lambda h, a: h,
    "1 - a": lambda h, a: 1 - a,
    "1 + a": lambda h, a: 1 + a,
    "(1 - a)^2": lambda h, a: (1 - a) ** 2,
    "a^2": lambda h, a: a**2,
    "1 - a^2": lambda h, a: 1 - a**2,
    "1 + a^2": lambda h, a: 1 + a**2,
    "a (1 - a)": lambda h, a: a * (1 - a),
    "a (1 + a)": lambda h, a: a * (1 + a),
    "a^2 (1 - a)": lambda h, a: a**2 * (1 - a),
    "a (1 - a)^2": lambda h, a: a * (1 - a) ** 2,
    "a (1 - a^2)": lambda h, a: a * (1 - a**2),
    "1 - h": lambda h, a: 1 - h,
    "h^2": lambda h, a: h**2,
    "1 - h^2": lambda h, a: 1 - h**2,
    "h (1 - h)": lambda h, a: h * (1 - h),
    "a (1 - h)": lambda h, a: a * (1 - h),
    "h (1 - a)": lambda h, a: h * (1 - a),
    "h a": lambda h, a: h * a,
    "exp(h)": lambda h, a: np.exp(h),
    "exp(-h)": lambda h, a: np.exp(-h),
    "sign(h)": lambda h, a: np.sign(h),
    "1 / (1 + h^2)": lambda h, a: 1 / (1 + h**2),
    "1 where a is above 0": lambda h, a: 1.0 * (a > 0),
}


def _slope(
    says: str,
    slope: Callable[[Any, Any], Any],
    kind: str = "",
    applies: Callable[[Activation], bool] = lambda activation: not activation.coupled,
) -> AlteredSlope:
    """The slip that some function of h and a stands for the slope."""
    here = f"{says} at {{of}}" if kind else says
    return AlteredSlope(lambda g, at: slope(at.h, at.a), says, here, kind, applies)


def _leaky(code: BackwardPass, layer: int) -> Iterator[Candidate]:
    """The slope 1 above 0, and another constant below it, in every such layer: it is fitted to the arrays of one."""

    def leak(constant: float) -> list[Candidate]:
        says = f"the slope used is 1 where h is above 0 and {constant:.4g} below"
        return [*_slope(says, lambda h, a: np.where(h > 0, 1.0, constant), applies=_is_bent).in_code(code)]

    none, whole = (
        next(each for each in leak(constant) if each.layers == (layer,)).gradients() for constant in (0.0, 1.0)
    )
    own = code.arrays(layer)
    constant = code.fit({key: (whole[key] - none[key]) * (key in own) for key in code.keys}, none)
    if np.isfinite(constant):
        yield from (replace(each, constants=1) for each in leak(constant))


def _is_bent(activation: Activation) -> bool:
    return activation.name in ("relu", "leaky_relu", "elu", "selu")

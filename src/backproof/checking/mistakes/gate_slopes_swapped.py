"""The slopes of sigmoid and tanh are swapped in a gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site
from backproof.checking.tape import Send, Step
from backproof.operations.activation import Activation


@final
@dataclass(frozen=True)
class GateSlopesSwapped(Mistake):
    """A gate with a sigmoid gets the slope 1 - a^2 of a tanh, or the new content a (1 - a) of a sigmoid.

    Why: the lines for the four gates are copies of each other.
    Example: da_g = dg * g * (1 - g) where dg * (1 - g^2) belongs.
    See it: the parameters' gradients are wrong in the columns of one gate alone.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        of = site.quantity.of
        time = site.step_in_time(of[0]) if site.quantity.is_slope and len(of) == 1 else None
        if time is not None:
            layer = site.layer_of(of[0])
            if layer.activation.name in SWAPPED:
                says, slope = SWAPPED[layer.activation.name]
                yield Change(slope(site.number("a", of[0])), says, layer.name.removesuffix(str(time)))

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Activation) and step.work.name in SWAPPED:
            says, slope = SWAPPED[step.work.name]
            yield says, lambda visit: {0: visit.delta * slope(visit.step.value)}


#: By the activation: in words, and the slope of the other one.
SWAPPED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "sigmoid": ("the slope of a tanh, 1 - a^2, was taken for a sigmoid", lambda a: 1 - a**2),
    "tanh": ("the slope of a sigmoid, a (1 - a), was taken for a tanh", lambda a: a * (1 - a)),
}

"""A slip in hand-written code: one or more of the equations of the backward pass in another version, in some layers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Array, Arrays
from backproof.network import Network
from backproof.operations.activation import Elementwise
from backproof.propagation import TRUE, Equations, Forward

METHODS = ("cost_slope", "output_error", "error", "send_back", "gradients")


class AlteredEquations(Equations):
    """Equations with a slip in them; `says` is the slip in words."""

    says: str = ""


class InLayers(Equations):
    """The equations of a slip in some layers and others, the true ones unless told otherwise, everywhere else.

    What belongs to the cost counts as the output layer's. A slip in dE/da or g' of an output cannot show in a short
    form such as delta = a - y, so there the long form is taken.
    """

    def __init__(self, slip: Equations, layers: Collection[int], otherwise: Equations = TRUE) -> None:
        self.slip, self.layers, self.otherwise = slip, frozenset(layers), otherwise
        self.changed = {name for name in METHODS if getattr(type(slip), name) is not getattr(Equations, name)}

    def _slips(self, method: str, layer: int) -> bool:
        return layer in self.layers and method in self.changed

    def changes(self, method: str, layer: int) -> bool:
        """Whether an equation of a layer is not the true one, for this slip or for those that it is made on top of."""
        below = self.otherwise
        return self._slips(method, layer) or (
            below.changes(method, layer) if isinstance(below, InLayers) else below is not TRUE
        )

    def cost_slope(self, network: Architecture, y: Any, a: Any) -> Any:
        """dE/da of the outputs."""
        return (self.slip if self._slips("cost_slope", network.depth) else self.otherwise).cost_slope(network, y, a)

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        """delta of the output layer."""
        if self._slips("output_error", network.depth):
            return self.slip.output_error(network, passed, y, da)
        if self._slips("error", network.depth) or self._slips("cost_slope", network.depth):
            return self.error(network, passed, network.depth, da)
        return self.otherwise.output_error(network, passed, y, da)

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        """delta_l = dE/da_l * g'(h_l)"""
        return (self.slip if self._slips("error", layer) else self.otherwise).error(network, passed, layer, da)

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """dE/da_{l-1} = delta_l W_l^T"""
        return (self.slip if self._slips("send_back", layer) else self.otherwise).send_back(
            network, parameters, passed, layer, delta
        )

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """dE/dW_l and dE/db_l."""
        return (self.slip if self._slips("gradients", layer) else self.otherwise).gradients(
            network, parameters, passed, layer, delta
        )


class Screened(InLayers):
    """The same, where one large dE/dW is worked out only if a projection of it is a multiple of the claimed one's.

    NaN stands for a matrix that cannot be the claimed one, whatever its factor: v^T (a^T delta) = (a v)^T delta takes
    no more than a product of a matrix and a vector.
    """

    def __init__(self, slips: InLayers, screen: Screen) -> None:
        super().__init__(slips.slip, slips.layers, slips.otherwise)
        self.screen = screen

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """dE/dW_l and dE/db_l."""
        if layer != 1 or self.changes("gradients", 1) or self.screen.admits(delta):
            return super().gradients(network, parameters, passed, layer, delta)
        return self.screen.nothing, delta.sum(0)


class Screen:
    """What the gradient of the first layer's weights must be, as far as one random projection of it tells."""

    def __init__(self, x: Array, claimed: Array) -> None:
        direction = np.random.default_rng(0).normal(size=x.shape[1])
        self.projected, self.claimed = x @ direction, direction @ claimed
        self.nothing = np.broadcast_to(np.nan, claimed.shape)

    def admits(self, delta: Array) -> bool:
        """Whether the error of the first layer may give the claimed gradient, or a multiple of it."""
        made = self.projected @ delta
        sizes = float(made @ made) * float(self.claimed @ self.claimed)
        return not sizes > 0 or float(made @ self.claimed) ** 2 > NEARLY_PARALLEL * sizes


#: The square of the cosine between two projections that may be of the same matrix, in the coarsest kind of number.
NEARLY_PARALLEL = 0.98


class UpstreamKept(AlteredEquations):
    """Abstract: keeps in `da` the dE/da of the layer whose error was made last, for what a slip sends back."""

    da: Any = None

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        """delta_l, dE/da_l kept."""
        self.da = da
        return super().error(network, passed, layer, da)


class Times(AlteredEquations):
    """The error of a layer with a factor too much."""

    def __init__(self, factor: float, says: str) -> None:
        self.factor, self.says = factor, says

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        """delta_l, the factor times."""
        return self.factor * super().error(network, passed, layer, da)


class Weighted(AlteredEquations):
    """Each sample counts with a weight of its own."""

    def __init__(self, weights: Array, says: str) -> None:
        self.weights, self.says = weights[:, None], says

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        """delta of the output layer, each sample's its weight times."""
        return self.weights * super().output_error(network, passed, y, da)


class AlteredActivation(Elementwise):
    """An activation whose forward pass, derivative or both are not what they should be."""

    def __init__(self, inner: Elementwise, forward: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> None:
        self.inner, self._forward, self._slope = inner, forward, slope

    @property
    def name(self) -> str:
        """What it is made of."""
        return f"altered {self.inner.name}"

    def formula(self, h: Any) -> Any:
        """a of h, as the code has it."""
        return self._forward(h)

    def derivative(self, h: Any, a: Any) -> Any:
        """g'(h), as the code has it."""
        return self._slope(h, a)


def alter_activations(
    network: Network, layers: Collection[int], alter: Callable[[Elementwise], AlteredActivation]
) -> Network:
    """The network with altered activations in some layers; a coupled one, such as a softmax, stays what it is."""
    made = (
        alter(each) if layer in layers and isinstance(each, Elementwise) else each
        for layer, each in enumerate(network.activations, start=1)
    )
    return replace(network, architecture=network.architecture.with_activations(tuple(made)))

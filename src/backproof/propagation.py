"""The equations: forward, backward and update, once, for everything that Backproof does.

    h_l = a_{l-1} W_l + b_l,  a_l = g_l(h_l)                        forward
    delta_L = dE/da_L * g'(h_L)                                     the output layer
    delta_l = (delta_{l+1} W_{l+1}^T) * g'(h_l)                     the generalised form
    dE/dW_l = a_{l-1}^T delta_l,  dE/db_l = sum of delta_l          the parameters
    W <- W - eta dE/dW                                              all parameters at once

The functions are pure and ask the arrays for their namespace, so the same code runs on NumPy and, under `jax.jit`, on
JAX. Arrays are (samples, units); parameters are a mapping W1, b1, W2, ... of arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from backproof.operations.layers import dense
from backproof.operations.optimiser import Optimiser

if TYPE_CHECKING:
    from backproof.network import Network

Arrays = Mapping[str, Any]


class Forward(NamedTuple):
    """Every pre-activation and activation of a pass: h[l] and a[l] of layer l; a[0] is the input, h[0] None."""

    h: tuple[Any, ...]
    a: tuple[Any, ...]


class Backward(NamedTuple):
    """Every error of a pass: da[l] = dE/da_l, dh[l] = delta_l, each (samples, units), and dE/dW1, dE/db1, ..."""

    da: tuple[Any, ...]
    dh: tuple[Any, ...]
    gradients: dict[str, Any]


def forward(network: Network, parameters: Arrays, x: Any) -> Forward:
    """All pre-activations and activations for inputs x of shape (samples, inputs)."""
    return resume(network, parameters, Forward((None,), (x,)))


def resume(network: Network, parameters: Arrays, begun: Forward) -> Forward:
    """Go on with a forward pass whose first layers are known, to the last layer; of the next one h may be known."""
    hs, activations = list(begun.h), list(begun.a)
    for layer in range(len(activations), len(network.activations) + 1):
        if layer == len(hs):
            hs.append(dense.forward(activations[-1], parameters[f"W{layer}"], parameters[f"b{layer}"]))
        activations.append(network.activations[layer - 1].forward(hs[layer]))
    return Forward(tuple(hs), tuple(activations))


def cost_terms(network: Network, passed: Forward, y: Any, *, by_outputs: bool = False) -> Any:
    """Each sample's and output's part of the cost, shape (samples, outputs), 1/n of a mean over n samples included.

    A stated identity goes by the last h; `by_outputs` leaves it aside, for outputs that are not made from that h.
    """
    h, a = passed.h[-1], passed.a[-1]
    terms = network.identity.terms(h, y) if network.identity and not by_outputs else network.cost.forward(y, a)
    return _share(network, a) * terms


def cost(network: Network, passed: Forward, y: Any) -> Any:
    """E, the sum of all its parts."""
    return cost_terms(network, passed, y).sum()


class Equations:
    """The equations of the backward pass, one a method; a slip in hand-written code is another version of one."""

    def cost_slope(self, network: Network, y: Any, a: Any) -> Any:
        """dE/da of the outputs."""
        return _share(network, a) * network.cost.slope(y, a)

    def output_error(self, network: Network, passed: Forward, y: Any, da: Any) -> Any:
        """delta of the output layer: the stated identity where there is one, else dE/da * g'(h)."""
        a = passed.a[-1]
        if network.identity:
            return _share(network, a) * network.identity.delta(a, y, y.sum(-1, keepdims=True))
        return self.error(network, passed, network.depth, da)

    def error(self, network: Network, passed: Forward, layer: int, da: Any) -> Any:
        """delta_l = dE/da_l * g'(h_l)"""
        return network.activations[layer - 1].backward(passed.h[layer], passed.a[layer], da)

    def send_back(self, parameters: Arrays, layer: int, delta: Any) -> Any:
        """dE/da_{l-1} = delta_l W_l^T"""
        return dense.backward(delta, parameters[f"W{layer}"])

    def gradients(self, passed: Forward, layer: int, delta: Any) -> tuple[Any, Any]:
        """dE/dW_l = a_{l-1}^T delta_l and dE/db_l, the sum of delta_l over the samples."""
        return dense.gradients(passed.a[layer - 1], delta)


TRUE = Equations()


def backward(network: Network, parameters: Arrays, passed: Forward, y: Any, equations: Equations = TRUE) -> Backward:
    """All errors and the gradient of every parameter, for targets y of shape (samples, outputs)."""
    da = equations.cost_slope(network, y, passed.a[-1])
    delta = equations.output_error(network, passed, y, da)
    return descend(network, parameters, passed, da, delta, equations)


def descend(
    network: Network, parameters: Arrays, passed: Forward, da: Any, delta: Any, equations: Equations = TRUE
) -> Backward:
    """The generalised form, from the errors of the last layer passed down to the inputs; mirrors `resume`."""
    das, deltas, gradients = [da], [delta], {}
    for layer in range(len(passed.a) - 1, 0, -1):
        gradients[f"W{layer}"], gradients[f"b{layer}"] = equations.gradients(passed, layer, deltas[-1])
        das.append(equations.send_back(parameters, layer, deltas[-1]))
        if layer > 1:
            deltas.append(equations.error(network, passed, layer - 1, das[-1]))
    ordered = {key: gradients[key] if key in gradients else 0 * parameters[key] for key in network.shapes}
    return Backward(tuple(reversed(das)), (None, *reversed(deltas)), network.wiring.tie(ordered))


def changes(
    network: Network, optimiser: Optimiser, gradients: Arrays, slots: Arrays, t: Any, rate: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What step t adds to each parameter, and the optimiser's slots after it, each keyed like the parameters."""
    after: dict[str, dict[str, Any]] = {name: {} for name in optimiser.slots}
    steps = {}
    for key, gradient in gradients.items():
        here = optimiser.advance(gradient, {name: slots[name][key] for name in optimiser.slots}, t)
        for name in optimiser.slots:
            after[name][key] = here[name]
        steps[key] = optimiser.change(gradient, here, t, rate)
    return network.wiring.hold(steps), after


def update(parameters: Arrays, steps: Arrays) -> dict[str, Any]:
    """W <- W + step, for all parameters at once."""
    return {key: parameters[key] + step for key, step in steps.items()}


def first_slots(optimiser: Optimiser, parameters: Arrays) -> dict[str, dict[str, Any]]:
    """The slots before the first step: all 0."""
    return {name: {key: 0 * array for key, array in parameters.items()} for name in optimiser.slots}


def _share(network: Network, a: Any) -> float:
    """The factor of each part of the cost: 1/K of a mean over outputs, 1/n of a mean over samples."""
    samples = a.shape[0] if network.reduction == "mean" else 1
    return network.cost.share(a.shape[-1]) / samples

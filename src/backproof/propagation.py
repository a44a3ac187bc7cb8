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

from typing import TYPE_CHECKING, Any, NamedTuple

from backproof.arrays import Arrays
from backproof.functions import absolute, maximum, sign, sqrt
from backproof.operations.layers import dense
from backproof.operations.optimiser import Dot, Optimiser

if TYPE_CHECKING:
    from backproof.network import Network


class Forward(NamedTuple):
    """Every pre-activation and activation of a pass: h[l] and a[l] of layer l; a[0] is the input, h[0] None.

    `kept` is what dropout multiplies the activations of each layer with on their way to the next (None: with 1);
    empty without dropout.
    """

    h: tuple[Any, ...]
    a: tuple[Any, ...]
    kept: tuple[Any, ...] = ()

    def sent(self, layer: int) -> Any:
        """What a layer sends to the next one: its activations, after dropout."""
        return self.through(layer, self.a[layer])

    def through(self, layer: int, value: Any) -> Any:
        """A value of each unit of a layer, multiplied with what dropout keeps of that unit."""
        kept = self.kept[layer] if self.kept else None
        return value if kept is None else value * kept


class Backward(NamedTuple):
    """Every error of a pass: da[l] = dE/da_l, dh[l] = delta_l, each (samples, units), and dE/dW1, dE/db1, ..."""

    da: tuple[Any, ...]
    dh: tuple[Any, ...]
    gradients: dict[str, Any]


def forward(network: Network, parameters: Arrays, x: Any, kept: tuple[Any, ...] = ()) -> Forward:
    """All pre-activations and activations for inputs x of shape (samples, inputs); `kept` as in Forward."""
    return resume(network, parameters, Forward((None,), (x,), kept))


def resume(network: Network, parameters: Arrays, begun: Forward) -> Forward:
    """Go on with a forward pass whose first layers are known, to the last layer; of the next one h may be known."""
    hs, activations = list(begun.h), list(begun.a)
    for layer in range(len(activations), len(network.activations) + 1):
        if layer == len(hs):
            received = begun.through(layer - 1, activations[-1])
            hs.append(dense.forward(received, parameters[f"W{layer}"], parameters[f"b{layer}"]))
        activations.append(network.activations[layer - 1].forward(hs[layer]))
    return Forward(tuple(hs), tuple(activations), begun.kept)


def cost_terms(network: Network, passed: Forward, y: Any, *, by_outputs: bool = False) -> Any:
    """Each sample's and output's part of the cost, shape (samples, outputs), 1/n of a mean over n samples included.

    A stated identity goes by the last h; `by_outputs` leaves it aside, for outputs that are not made from that h.
    """
    h, a = passed.h[-1], passed.a[-1]
    terms = network.identity.terms(h, y) if network.identity and not by_outputs else network.cost.forward(y, a)
    return _share(network, a) * terms


def cost(network: Network, passed: Forward, y: Any, weights: Any = None) -> Any:
    """E, the sum of all its parts, each sample's multiplied with its weight of shape (samples, 1)."""
    return _weighted(cost_terms(network, passed, y), weights).sum()


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
        return dense.gradients(passed.sent(layer - 1), delta)


TRUE = Equations()


def backward(
    network: Network,
    parameters: Arrays,
    passed: Forward,
    y: Any,
    equations: Equations = TRUE,
    *,
    weights: Any = None,
    lowest: int = 0,
) -> Backward:
    """All errors and the gradient of every parameter, for targets y of shape (samples, outputs).

    `weights` of shape (samples, 1) multiply each sample's cost. `lowest` is the first layer whose errors are wanted:
    training has no use for those of the inputs, 0.
    """
    da = _weighted(equations.cost_slope(network, y, passed.a[-1]), weights)
    delta = equations.output_error(network, passed, y, da)
    if network.identity:  # which goes by the outputs and the targets, not by da
        delta = _weighted(delta, weights)
    return descend(network, parameters, passed, da, delta, equations, lowest=lowest)


def descend(
    network: Network,
    parameters: Arrays,
    passed: Forward,
    da: Any,
    delta: Any,
    equations: Equations = TRUE,
    *,
    lowest: int = 0,
) -> Backward:
    """The generalised form, from the errors of the last layer passed down to the `lowest`; mirrors `resume`."""
    das, deltas, gradients = [da], [delta], {}
    for layer in range(len(passed.a) - 1, 0, -1):
        gradients[f"W{layer}"], gradients[f"b{layer}"] = equations.gradients(passed, layer, deltas[-1])
        if layer > lowest:
            das.append(passed.through(layer - 1, equations.send_back(parameters, layer, deltas[-1])))
        if layer > 1:
            deltas.append(equations.error(network, passed, layer - 1, das[-1]))
    ordered = {key: gradients[key] if key in gradients else 0 * parameters[key] for key in network.shapes}
    return Backward(tuple(reversed(das)), (None, *reversed(deltas)), network.wiring.tie(ordered))


def workings(
    optimiser: Optimiser, gradients: Arrays, slots: Arrays, t: Any, rate: Any, dot: Dot
) -> dict[str, dict[str, Any]]:
    """The numbers of step t for each parameter: slots after it, those derived from them, and those that all share."""
    shared = optimiser.share(gradients, slots, t, rate, dot)
    made = {}
    for key, gradient in gradients.items():
        numbers = {name: slots[name][key] for name in optimiser.slots} | shared
        numbers |= optimiser.advance(gradient, numbers, t)
        made[key] = numbers | optimiser.derive(gradient, numbers, t)
    return made


def changes(
    network: Network, optimiser: Optimiser, gradients: Arrays, slots: Arrays, t: Any, rate: Any, parameters: Arrays
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What step t adds to each parameter, and the optimiser's slots after it, each keyed like the parameters."""
    made = workings(optimiser, gradients, slots, t, rate, network.wiring.dot)
    steps = {}
    for key, gradient in gradients.items():
        change, pull = optimiser.change(gradient, made[key], t, rate), optimiser.pull(parameters[key], rate)
        steps[key] = change if pull is None else change + pull
    after = {name: {key: made[key][name] for key in gradients} for name in optimiser.slots}
    return network.wiring.hold(steps), after


def update(parameters: Arrays, steps: Arrays) -> dict[str, Any]:
    """W <- W + step, for all parameters at once."""
    return {key: parameters[key] + step for key, step in steps.items()}


def first_slots(optimiser: Optimiser, parameters: Arrays) -> dict[str, dict[str, Any]]:
    """The slots before the first step: all 0."""
    return {name: {key: 0 * array for key, array in parameters.items()} for name in optimiser.slots}


def penalty(network: Network, parameters: Arrays, l1: Any, l2: Any) -> Any:
    """l1 sum |w| + l2/2 sum w^2, over the weights; biases are left alone, and a shared weight counts once."""
    weights = network.wiring.once({key: array for key, array in parameters.items() if key[0] == "W"})
    return sum((l1 * absolute(w) + 0.5 * l2 * w**2).sum() for w in weights.values())


def penalised(network: Network, parameters: Arrays, gradients: Arrays, l1: Any, l2: Any) -> dict[str, Any]:
    """The gradients of E plus penalty: dE/dW + l1 sign(W) + l2 W, with sign(0) = 0."""
    return {
        key: gradient + l1 * sign(parameters[key]) + l2 * parameters[key] if key[0] == "W" else gradient
        for key, gradient in gradients.items()
    }


def clipped(network: Network, gradients: Arrays, most: Any) -> dict[str, Any]:
    """All gradients times min(1, most / norm), the norm that of those trained, as one (Pascanu et al. 2013)."""
    counted = network.wiring.once(network.wiring.hold(gradients))
    norm = sqrt(sum((g**2).sum() for g in counted.values()))
    scale = most / maximum(norm, most)
    return {key: gradient * scale for key, gradient in gradients.items()}


def _weighted(value: Any, weights: Any) -> Any:
    """A value of each sample times the sample's weight, where there are weights."""
    return value if weights is None else value * weights


def _share(network: Network, a: Any) -> float:
    """The factor of each part of the cost: 1/K of a mean over outputs, 1/n of a mean over samples."""
    samples = a.shape[0] if network.reduction == "mean" else 1
    return network.cost.share(a.shape[-1]) / samples

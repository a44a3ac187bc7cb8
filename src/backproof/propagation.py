"""The equations: forward, backward and update, once, for everything that Backproof does.

    h_l = kind_l(a of the layers received from),  a_l = g_l(h_l)    forward; of a dense layer h_l = a_{l-1} W_l + b_l
    delta_L = dE/da_L * g'(h_L)                                     the output layer
    delta_l = (what the layers that receive from l send back) * g'(h_l)     the generalised form
    dE/dW_l = a_{l-1}^T delta_l,  dE/db_l = sum of delta_l          the parameters, of a dense layer
    W <- W - eta dE/dW                                              all parameters at once

The functions are pure and ask the arrays for their namespace, so the same code runs on NumPy and, under `jax.jit`, on
JAX. Arrays are (samples, *shape of the layer); parameters are a mapping W1, b1, W2, ... of arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.errors import NumberError
from backproof.functions import absolute, maximum, sign, sqrt, where
from backproof.operations.classes import CoupledCost
from backproof.operations.optimiser import Dot, Optimiser
from backproof.operations.schedule import Schedule

#: Of the masks where no run gives a seed.
FIRST_SEED = np.uint32(0)


class Forward(NamedTuple):
    """Every pre-activation and activation of a pass: h[l] and a[l] of layer l; a[0] is the input, h[0] None.

    `masks` are what the step gives to some layers, by their number: what dropout keeps. A layer without one keeps all.
    """

    h: tuple[Any, ...]
    a: tuple[Any, ...]
    masks: Mapping[int, Any] = MappingProxyType({})

    def received(self, architecture: Architecture, layer: int) -> list[Any]:
        """What a layer receives, from each of its senders."""
        return [self.a[sender] for sender in architecture.layers[layer].receives]

    def pick(self, architecture: Architecture, parameters: Arrays, layer: int) -> dict[str, Any]:
        """The arrays that a layer works with, by role: its parameters, and its mask where it has one."""
        found = architecture.layers[layer].pick(parameters)
        return found | {"mask": self.masks[layer]} if layer in self.masks else found

    def of_rows(self, rows: slice) -> Forward:
        """The pass of some of its samples."""
        h = tuple(None if each is None else each[rows] for each in self.h)
        return Forward(h, tuple(each[rows] for each in self.a), {key: mask[rows] for key, mask in self.masks.items()})


class Backward(NamedTuple):
    """Every error of a pass: da[l] = dE/da_l, dh[l] = delta_l, shaped as the layer, and dE/dW1, dE/db1, ...

    None stands for the errors of a layer that nothing is sent back to.
    """

    da: tuple[Any, ...]
    dh: tuple[Any, ...]
    gradients: dict[str, Any]


def draw_masks(
    network: Architecture, like: Any, seed: Any = FIRST_SEED, step: Any = 0, first_row: Any = 0
) -> dict[int, Any]:
    """The masks of a step (from 0) for a batch of inputs `like`; without a seed those of steps that are explained.

    Of a part of a batch, `first_row` is the row of its first sample.
    """
    drawn = {
        number: layer.works.draw_mask(number, (like.shape[0], *layer.shape), seed, step, like, first_row)
        for number, layer in enumerate(network.layers)
        if number
    }
    return {number: mask for number, mask in drawn.items() if mask is not None}


def forward(network: Architecture, parameters: Arrays, x: Any, masks: Mapping[int, Any] | None = None) -> Forward:
    """All pre-activations and activations for inputs x of shape (samples, inputs); `masks` as in Forward."""
    return resume(network, parameters, Forward((None,), (x,), masks or {}))


def resume(network: Architecture, parameters: Arrays, begun: Forward) -> Forward:
    """Go on with a forward pass whose first layers are known, to the last layer; of the next one h may be known."""
    passed = begun
    for number in range(len(begun.a), len(network.layers)):
        layer = network.layers[number]
        if number == len(passed.h):
            try:
                h = layer.works.forward(passed.received(network, number), passed.pick(network, parameters, number))
            except NumberError as error:
                raise NumberError(f"layer '{layer.name}': {error}") from None
            passed = passed._replace(h=(*passed.h, h))
        passed = passed._replace(a=(*passed.a, layer.activation.forward(passed.h[number])))
    return passed


def cost_terms(network: Architecture, passed: Forward, y: Any, *, by_outputs: bool = False) -> Any:
    """Each sample's and output's part of the cost, shape (samples, outputs), 1/n of a mean over n samples included.

    A stated identity goes by the last h; `by_outputs` leaves it aside, for outputs that are not made from that h.
    """
    a = network.collect_outputs(passed.a)
    if network.identity and not by_outputs:
        terms = network.identity.terms(passed.h[network.outputs[0]], y)
    else:
        terms = network.cost.forward(y, a)
    return _share(network, a) * terms


def cost(network: Architecture, passed: Forward, y: Any, weights: Any = None) -> Any:
    """E, the sum of all its parts, each sample's multiplied by its weight of shape (samples, 1)."""
    return _weighted(cost_terms(network, passed, y), weights).sum()


class Equations:
    """The equations of the backward pass, one a method; a slip in hand-written code is another version of one."""

    def cost_slope(self, network: Architecture, y: Any, a: Any) -> Any:
        """dE/da of the outputs, shape (samples, outputs)."""
        return _share(network, a) * network.cost.gradient(y, a)

    def slope_of_parts(self, network: Architecture, y: Any, a: Any, alone: Any) -> Any:
        """The same of those parts of the cost alone that are marked, of one sample and output each."""
        if isinstance(network.cost, CoupledCost):
            return _share(network, a) * network.cost.gradient_of(where(alone, network.cost.weigh(y), 0.0), a)
        return where(alone, self.cost_slope(network, y, a), 0.0)

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        """delta of the only output layer: the stated identity where there is one, else dE/da * g'(h)."""
        output = network.outputs[0]
        a = passed.a[output]
        if network.identity:
            return _share(network, a) * network.identity.delta(a, y, y.sum(-1, keepdims=True))
        return self.error(network, passed, output, da)

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        """delta_l = dE/da_l * g'(h_l)"""
        return network.layers[layer].activation.backward(passed.h[layer], passed.a[layer], da)

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """What a layer sends back to each of its senders; of a dense layer dE/da_{l-1} = delta_l W_l^T."""
        here = network.layers[layer]
        return here.works.backward(delta, passed.received(network, layer), passed.pick(network, parameters, layer))

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        """dE/d of each parameter array of a layer; of a dense one dE/dW_l = a_{l-1}^T delta_l and dE/db_l."""
        here = network.layers[layer]
        return here.works.gradients(delta, passed.received(network, layer), passed.pick(network, parameters, layer))


TRUE = Equations()


def backward(
    network: Architecture,
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
    da = _weighted(equations.cost_slope(network, y, network.collect_outputs(passed.a)), weights)
    by_layer = network.split_outputs(da)
    delta = None
    if network.is_judged_alone:
        delta = equations.output_error(network, passed, y, by_layer[network.outputs[0]])
        if network.identity:  # which goes by the outputs and the targets, not by da
            delta = _weighted(delta, weights)
    return descend(network, parameters, passed, by_layer, delta, equations, lowest=lowest)


def descend(
    network: Architecture,
    parameters: Arrays,
    passed: Forward,
    sent: dict[int, Any],
    delta: Any = None,
    equations: Equations = TRUE,
    *,
    lowest: int = 0,
) -> Backward:
    """The generalised form, from the last layer passed down to the `lowest`; mirrors `resume`.

    `sent` holds the dE/da that do not come from other layers; `delta` is the error of the last of these layers, where
    it is known by itself.
    """
    top, arrived, deltas, gradients = max(sent), dict(sent), dict[int, Any](), dict[str, Any]()
    for number in range(top, -1, -1):
        layer = network.layers[number]
        if number not in arrived or number == 0:
            continue
        known = delta is not None and number == top
        deltas[number] = delta if known else equations.error(network, passed, number, arrived[number])
        if layer.arrays:
            found = equations.gradients(network, parameters, passed, number, deltas[number])
            for (_, array), gradient in zip(layer.arrays, found, strict=True):
                gradients[array] = gradients[array] + gradient if array in gradients else gradient
        if any(sender >= lowest for sender in layer.receives):
            backs = equations.send_back(network, parameters, passed, number, deltas[number])
            for sender, back in zip(layer.receives, backs, strict=True):
                arrived[sender] = arrived[sender] + back if sender in arrived else back
    ordered = {key: gradients[key] if key in gradients else 0 * parameters[key] for key in network.shapes}
    layers = range(len(passed.a))
    return Backward(
        tuple(arrived.get(number) for number in layers),
        tuple(deltas.get(number) for number in layers),
        network.wiring.tie(ordered),
    )


def workings(
    optimiser: Optimiser, gradients: Arrays, slots: Arrays, t: Any, rate: Any, dot: Dot
) -> dict[str, dict[str, Any]]:
    """The numbers of step t for each parameter: slots after it, those derived from them, and those that all share."""
    shared = optimiser.compute_shared(gradients, slots, t, rate, dot)
    made = {}
    for key, gradient in gradients.items():
        numbers = {name: slots[name][key] for name in optimiser.slots} | shared
        numbers |= optimiser.advance(gradient, numbers, t)
        made[key] = numbers | optimiser.derive(gradient, numbers, t)
    return made


def renewals(network: Architecture, parameters: Arrays, passed: Forward) -> dict[str, Any]:
    """What a step of training adds to arrays that no gradient trains, such as running statistics."""
    added: dict[str, Any] = {}
    for number, layer in enumerate(network.layers):
        if number and layer.works.buffers:
            now = {role: parameters[array] + added.get(array, 0) for role, array in layer.arrays}
            for role, change in layer.works.renew(passed.received(network, number), now).items():
                array = dict(layer.arrays)[role]
                added[array] = added.get(array, 0) + change
    return added


def changes(
    network: Architecture,
    optimiser: Optimiser,
    gradients: Arrays,
    slots: Arrays,
    t: Any,
    rate: Any,
    parameters: Arrays,
    passed: Forward,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What step t adds to each parameter, and the optimiser's slots after it, each keyed like the parameters."""
    made = workings(optimiser, gradients, slots, t, rate, network.wiring.dot)
    steps = {}
    for key, gradient in gradients.items():
        change, decay = optimiser.change(gradient, made[key], t, rate), optimiser.weight_decay(parameters[key], rate)
        steps[key] = change if decay is None else change + decay
    after = {name: {key: made[key][name] for key in gradients} for name in optimiser.slots}
    return network.wiring.mask_frozen(steps) | renewals(network, parameters, passed), after


def update(parameters: Arrays, steps: Arrays) -> dict[str, Any]:
    """W <- W + step, for all parameters at once."""
    return {key: parameters[key] + step for key, step in steps.items()}


def first_slots(optimiser: Optimiser, parameters: Arrays) -> dict[str, dict[str, Any]]:
    """The slots before the first step: all 0."""
    return {name: {key: 0 * array for key, array in parameters.items()} for name in optimiser.slots}


def penalty(network: Architecture, parameters: Arrays, l1: Any, l2: Any) -> Any:
    """l1 sum |w| + l2/2 sum w^2, over the weights; None leaves one out. Biases count nothing, a shared weight once."""
    weights = network.wiring.mask_repeats(
        {key: array for key, array in parameters.items() if network.roles[key] == "weight"}
    )
    parts = (
        _add(None if l1 is None else l1 * absolute(w), None if l2 is None else 0.5 * l2 * w**2)
        for w in weights.values()
    )
    return sum(part.sum() for part in parts)


def penalised(network: Architecture, parameters: Arrays, gradients: Arrays, l1: Any, l2: Any) -> dict[str, Any]:
    """The gradients of E plus penalty: dE/dW + l1 sign(W) + l2 W, with sign(0) = 0; None leaves one out."""
    found = dict(gradients)
    for key, w in parameters.items():
        if network.roles[key] == "weight":
            found[key] = _add(found[key], None if l1 is None else l1 * sign(w))
            found[key] = _add(found[key], None if l2 is None else l2 * w)
    return found


def _add(one: Any, other: Any) -> Any:
    """The sum of what there is."""
    if one is None or other is None:
        return other if one is None else one
    return one + other


def clipped(network: Architecture, gradients: Arrays, most: Any) -> dict[str, Any]:
    """All gradients times min(1, most / norm), the norm that of those trained, as one (Pascanu et al. 2013)."""
    scale = most / maximum(measure_norm(network, gradients), most)
    return {key: gradient * scale for key, gradient in gradients.items()}


def measure_norm(network: Architecture, gradients: Arrays) -> Any:
    """The length of the gradient of all trained parameters as one, each counted once."""
    counted = network.wiring.mask_repeats(network.wiring.mask_frozen(gradients))
    return sqrt(sum((g**2).sum() for g in counted.values()))


def scheduled_rate(schedule: Schedule, rate: Any, t: Any, total: Any) -> Any:
    """The learning rate of step t of a run of `total` steps, in the precision of the first one."""
    return (rate * schedule.factor(t, total)).astype(rate.dtype)


def _weighted(value: Any, weights: Any) -> Any:
    """A value of each sample times the sample's weight, where there are weights."""
    return value if weights is None else value * weights


def _share(network: Architecture, a: Any) -> float:
    """The factor of each part of the cost: 1/K of a mean over outputs, 1/n of a mean over samples."""
    samples = a.shape[0] if network.reduction == "mean" else 1
    return network.cost.scale(a.shape[-1]) / samples

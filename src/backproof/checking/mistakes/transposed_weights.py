"""The weight matrix is transposed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from backproof.architecture import Architecture
from backproof.arrays import Array, Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate, Gradients
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.mistakes.kernel_flipped import turn_kernels
from backproof.checking.site import Change, Site, exchanged
from backproof.checking.submitted import Derivative, WrongShape
from backproof.checking.tape import Send, Step
from backproof.operations.layers.dense import Dense
from backproof.operations.layers.matmul import Matmul
from backproof.propagation import Forward
from backproof.quantity import Kind, Quantity


@final
@dataclass(frozen=True)
class TransposedWeights(Mistake):
    """W where W^T belongs, or K Q^T for Q K^T: weights or scores of other places meet each error.

    Why: square matrices multiply either way without complaint.
    Example: dE/da_i = sum_j delta_j w_ji.
    See it: the diagonal is right and the rest is not.
    """

    frequency = 4

    def rewrites(self, site: Site) -> Iterator[Change]:
        yield from turn_kernels(
            site, "the kernel is transposed", lambda index, shape: (*index[:2], *reversed(index[2:]))
        )
        yield from _turn_scores(site)
        if site.quantity.kind is Kind.STEP or (site.is_gradient and not site.is_bias):
            yield from self._gradients(site)
        if not (site.quantity.kind is Kind.PRE_ACTIVATION or (site.is_sent_back and site.is_hidden)):
            return
        layer = site.layer if site.quantity.kind is Kind.PRE_ACTIVATION else site.layer + 1
        senders, receivers = site.units(layer - 1), site.units(layer)

        def turned(node: Quantity) -> Quantity | None:
            if node.kind is not Kind.PARAMETER:
                return None
            use = site.network.architecture.first_use(node.of[0])
            if use is None or use.sent is None or use.sent >= len(receivers) or use.position >= len(senders):
                return None
            return site.weight(senders[use.position], receivers[use.sent])

        changed = exchanged(site.formula, turned)
        if changed != site.formula:
            yield Change(changed, f"the weights into layer {layer} were transposed", "transposed")

    @staticmethod
    def _gradients(site: Site) -> Iterator[Change]:
        """The gradient of the weight at the mirrored place of the matrix, in the update or given for its own."""
        name = site.quantity.of[0]
        use = site.network.architecture.first_use(name)
        if use is None:
            return
        senders, receivers = site.units(use.layer - 1), site.units(use.layer)
        if use.sent is None or use.sent >= len(receivers) or use.position >= len(senders):
            return
        other = site.weight(senders[use.position], receivers[use.sent])
        if other is None or other.of[0] == name:
            return
        gradient = site.number("dE/dw", other.of[0])
        if site.quantity.kind is Kind.STEP:
            changed = exchanged(site.formula, {site.number("dE/dw", name): gradient}.get)
            yield Change(changed, "the gradient was taken off transposed", "update")
        else:
            yield from (
                Change(each, "dE/dW stands transposed", "gradient") for each in site.graph.definitions(gradient)
            )

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        yield from code.everywhere(NotTransposed(), first=2)
        yield from code.everywhere(Reshaped(), first=2)
        yield from code.everywhere(Turned())
        for layer in range(1, code.depth + 1):
            key = f"W{layer}"
            if code.width[layer - 1] == code.width[layer] > 1:
                turned = {**code.network.parameters, key: code.network.parameters[key].T}
                where, words = f"layer {layer}", f"the forward pass used {key} transposed"
                yield Candidate(where, words, partial(code.run, parameters=turned))
                yield Candidate(where, words, partial(_back, code, turned, key))

    def explain_shape(self, shape: WrongShape) -> str:
        turned = not shape.is_bias and shape.received == shape.expected[::-1]
        return "It looks transposed: this network's h = a W + b." if turned else ""

    def in_derivative(self, derivative: Derivative) -> Iterator[str]:
        if not derivative.is_diagonal and derivative.is_submitted(derivative.turned):
            yield "the Jacobian is transposed"

    def in_step(self, step: Step) -> Iterator[tuple[str, Send]]:
        if isinstance(step.work, Dense):
            weight = step.parameters["weight"].value
            if weight.shape[0] == weight.shape[1] > 1:
                yield (
                    "the error was sent back through W, not W^T",
                    lambda visit: visit.replace(0, visit.send(parameters={"weight": weight.T})[0]),
                )
                yield "dE/dW is transposed", lambda visit: visit.replace("weight", visit.true["weight"].T)
        if isinstance(step.work, Matmul):
            yield from _turn_product(step)


class NotTransposed(AlteredEquations):
    """dE/da_{l-1} = delta_l W_l"""

    says = "the error was sent back through W instead of W^T"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return (delta @ parameters[f"W{layer}"],)


class Reshaped(AlteredEquations):
    """dE/da_{l-1} = delta_l reshape(W_l)"""

    says = "W was reshaped where it should have been transposed"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights = parameters[f"W{layer}"]
        return (delta @ weights.reshape(weights.shape[::-1]),)


class Turned(AlteredEquations):
    """dE/dW = delta^T a, put into the shape of W."""

    says = "dE/dW is transposed"

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        weights, bias = super().gradients(network, parameters, passed, layer, delta)
        return weights.T.reshape(weights.shape), bias


def _turn_scores(site: Site) -> Iterator[Change]:
    """A product of matrices turned, K Q^T for Q K^T; or a factor of it, or the errors that go back to one."""
    if site.quantity.kind is Kind.PRE_ACTIVATION and isinstance(site.layer_of(site.quantity.of[0]).works, Matmul):
        if (other := _mirror(site, site.quantity)) is not None:
            yield from (Change(each, "the product of the two matrices stands transposed", "product")
                        for each in site.graph.definitions(other))  # fmt: skip
        second = site.network.architecture.layers[site.layer].receives[1]
        turned = exchanged(site.formula, lambda node: _mirror(site, node) if _is_of(site, node, second) else None)
        if turned != site.formula:
            yield Change(turned, "the second factor of the product stands the wrong way round", "factor")
    elif site.is_sent_back:
        back = site.change_terms(Matmul, lambda term, error: exchanged(term, {error: _mirror(site, error)}.get))
        if back is not None:
            yield Change(back, "the errors of the product of two matrices stand the wrong way round", "errors")


def _is_of(site: Site, node: Quantity, layer: int) -> bool:
    return node.kind is Kind.ACTIVATION and site.network.place(node.of[0])[0] == layer


def _mirror(site: Site, number: Quantity) -> Quantity | None:
    """The same number at the mirrored place of its square matrix; None on its diagonal, and where it is not square."""
    layer, position = site.layer_of(number.of[0]), site.network.place(number.of[0])[1]
    if len(layer.shape) < 2 or layer.shape[-1] != layer.shape[-2]:
        return None
    before, place = divmod(position, layer.shape[-1] ** 2)
    row, column = divmod(place, layer.shape[-1])
    unit = layer.unit(before * layer.shape[-1] ** 2 + column * layer.shape[-1] + row)
    return number.of_owner(unit) if row != column else None


def _turn_product(step: Step) -> Iterator[tuple[str, Send]]:
    """A factor transposed, or the errors, in what goes back to either factor, where the shapes allow it."""
    a, b = (each.value for each in step.received)
    made = step.what.removeprefix("the ")
    if b.shape[-1] == b.shape[-2] > 1:
        says = f"the second factor of {made} stands the wrong way round in what goes back"
        yield says, lambda visit: visit.replace(0, visit.send(received=[a, _turn(b)])[0])
    if step.value.shape[-1] == step.value.shape[-2] > 1:
        says = f"the errors of {made} stand the wrong way round in the gradient of its second factor"
        yield says, lambda visit: visit.replace(1, visit.send(_turn(visit.delta))[1])
    if a.shape[-1] == a.shape[-2] > 1:
        says = f"the first factor of {made} stands the wrong way round in the gradient of the second"
        yield says, lambda visit: visit.replace(1, visit.send(received=[_turn(a), b])[1])


def _turn(array: Array) -> Array:
    return np.swapaxes(array, -1, -2)


def _back(code: BackwardPass, parameters: Gradients, key: str) -> Gradients:
    """The gradients with one array transposed: what a right derivative of a turned forward pass gives."""
    gradients = code.run(parameters=parameters)
    return {**gradients, key: gradients[key].T}

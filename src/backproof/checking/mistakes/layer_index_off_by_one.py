"""A number of the layer before or after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

from backproof.architecture import Architecture
from backproof.arrays import Arrays
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations, UpstreamKept
from backproof.checking.mistake import Mistake
from backproof.checking.site import Change, Site, exchanged
from backproof.expression import quantities
from backproof.propagation import Forward
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class LayerIndexOffByOne(Mistake):
    """The loop over the layers takes g', weights, activations or errors of a neighbouring layer.

    Why: lists of weights begin at layer 1, lists of activations at layer 0, and loops run backwards.
    Example: delta_l = (delta_{l+1} W_{l+1}^T) g'(h_{l+1}) in layers of one size.
    See it: with layers of different sizes the code fails, with equal ones it runs.
    """

    frequency = 6

    def rewrites(self, site: Site) -> Iterator[Change]:
        """The slope or the error of the layer above, where a unit answers to the one at hand or is alone there."""
        if site.quantity.is_error and site.is_hidden:
            yield from self._above(site, lambda node: node.is_slope and len(node.of) == 1, "slope")
        elif site.is_gradient:
            yield from self._above(site, lambda node: node.is_error, "error")

    @staticmethod
    def _above(site: Site, meant: Callable[[Quantity], bool], kind: str) -> Iterator[Change]:
        for node in quantities(site.formula):
            if meant(node):
                layer, position = site.network.place(node.of[0])
                above = site.units(layer + 1)
                for number, unit in enumerate(above):
                    if number == position or len(above) == 1:
                        other = site.number(node.form, unit)
                        words = f"{other.name} of the layer above was used for {node.name}"
                        yield Change(exchanged(site.formula, {node: other}.get), words, kind)

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        for layer in range(2, code.depth + 1):
            yield code.slip(SkippedLayer(layer), f"layer {layer - 1}", layer)
        for step, words in ((1, "after"), (-1, "before")):
            for again in (False, True):
                yield from code.everywhere(NeighbourSlope(step, words, again=again))
            yield from code.everywhere(NeighbourFunction(step, words))
            yield from code.everywhere(NeighbourWeights(step, words), first=2)
            if step < 0:  # the layer's own are those of another mistake
                yield from code.everywhere(NeighbourActivation(step, words), first=2)
            for layer in range(1, code.depth + 1):
                if 1 <= layer + step <= code.depth:
                    yield code.slip(NeighbourError(code, step, words), f"layer {layer}", layer)
                yield from _arrays(code, layer, layer + step)


def _arrays(code: BackwardPass, layer: int, other: int) -> Iterator[Candidate]:
    """The gradient of one layer returned for that of another of the same shape."""
    for kind in ("W", "b"):
        mine, theirs = f"{kind}{layer}", f"{kind}{other}"
        if code.network.shapes[mine] == code.network.shapes.get(theirs):
            words = f"dE/d{theirs} was given instead of dE/d{mine}"
            yield code.changed(f"layer {layer}", words, {mine: code.gradients[theirs]})


class SkippedLayer(UpstreamKept):
    """dE/da_{l-1} = dE/da_l: the layer between is skipped."""

    def __init__(self, layer: int) -> None:
        self.says = f"dE/da of layer {layer} was used for that of layer {layer - 1}: a layer is skipped"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return (_same_shape(self.da, passed.a[layer - 1]),)


def _same_shape(taken: Any, meant: Any) -> Any:
    """One array for another; ValueError where their shapes differ."""
    if taken.shape != meant.shape:
        raise ValueError("layers of different size")
    return taken


class NeighbourSlope(AlteredEquations):
    """delta_l = dE/da_l * g'(h) with the h of a neighbouring layer; `again`: a is worked out from that h."""

    def __init__(self, step: int, words: str, *, again: bool) -> None:
        self.step, self.again, self.says = step, again, f"g' was taken of the layer {words}"

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        other = layer + self.step
        if not 1 <= other <= network.depth:
            return super().error(network, passed, layer, da)
        activation, h = network.activations[layer - 1], passed.h[other]
        return activation.backward(h, activation.forward(h) if self.again else passed.a[other], da)


class NeighbourFunction(AlteredEquations):
    """delta_l = dE/da_l * g'(h_l) with the activation function of a neighbouring layer."""

    def __init__(self, step: int, words: str) -> None:
        self.step, self.says = step, f"the g' of the layer {words} was used"

    def error(self, network: Architecture, passed: Forward, layer: int, da: Any) -> Any:
        other = layer + self.step
        if not 1 <= other <= network.depth or network.activations[layer - 1].coupled:  # that is the diagonal's slip
            return super().error(network, passed, layer, da)
        return network.activations[other - 1].backward(passed.h[layer], passed.a[layer], da)


class NeighbourWeights(AlteredEquations):
    """dE/da_{l-1} = delta_l W^T with the weights of a neighbouring layer."""

    def __init__(self, step: int, words: str) -> None:
        self.step, self.says = step, f"the error was sent back through the weights of the layer {words}"

    def send_back(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        key = f"W{layer + self.step}"
        if key not in parameters or parameters[key].shape != parameters[f"W{layer}"].shape:
            return super().send_back(network, parameters, passed, layer, delta)
        return (delta @ parameters[key].T,)


class NeighbourActivation(AlteredEquations):
    """dE/dW_l with a_l or a_{l-2}."""

    def __init__(self, step: int, words: str) -> None:
        self.step, self.says = step, f"the activations of the layer {words} were used in dE/dW"

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        return passed.a[layer - 1 + self.step].T @ delta, delta.sum(0)


class NeighbourError(AlteredEquations):
    """dE/dW_l and dE/db_l with the delta of a neighbouring layer."""

    def __init__(self, code: BackwardPass, step: int, words: str) -> None:
        self.code, self.step, self.says = code, step, f"the errors of the layer {words} were used in the gradients"

    def gradients(
        self, network: Architecture, parameters: Arrays, passed: Forward, layer: int, delta: Any
    ) -> tuple[Any, ...]:
        other = self.code.backward.dh[layer + self.step]
        return super().gradients(network, parameters, passed, layer, other)

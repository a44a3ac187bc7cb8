"""Somebody's backward pass under suspicion: the true pass at hand, and every way to run it with a slip."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from backproof import propagation
from backproof.arrays import Array
from backproof.checking.equations import AlteredActivation, AlteredEquations, InLayers, Times, alter_activations
from backproof.checking.submitted import SubmittedGradients
from backproof.network import Network
from backproof.operations.activation import Elementwise
from backproof.propagation import TRUE, Backward, Equations, Forward
from backproof.trace import Training

Gradients = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A slip at one place: where, what it says, and the gradients that code with it returns, worked out when asked for.

    `equations` are those of its backward pass, where they are what is wrong. `constants` counts the numbers that were
    fitted to what was claimed, such as an unknown learning rate: so much less does an agreement prove.
    """

    where: str
    says: str
    gradients: Callable[[], Gradients]
    equations: Equations | None = None
    constants: int = 0


@dataclass(frozen=True)
class BackwardPass:
    """What was claimed of a network on some samples; `base` are the equations that a slip is made in."""

    network: Network
    x: Array
    y: Array
    submitted: SubmittedGradients
    training: Training = field(default_factory=Training)
    base: Equations = TRUE

    @property
    def depth(self) -> int:
        """The number of layers."""
        return self.network.depth

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self.x)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.network.architecture.output_count

    @property
    def width(self) -> tuple[int, ...]:
        """The number of units of each layer, inputs first."""
        return tuple(map(len, self.network.units))

    @property
    def keys(self) -> tuple[str, ...]:
        """W1, b1, W2 ..."""
        return tuple(self.network.shapes)

    @cached_property
    def passed(self) -> Forward:
        """The forward pass."""
        return propagation.forward(self.network.architecture, self.network.parameters, self.x)

    @cached_property
    def backward(self) -> Backward:
        """All errors and gradients, by the base equations."""
        return self._back(self.network, self.network.parameters, self.passed, None, None)

    @property
    def gradients(self) -> Gradients:
        """The gradients by the base equations."""
        return self.backward.gradients

    def over(self, base: Equations) -> BackwardPass:
        """The same with another slip made already."""
        return replace(self, base=base)

    def run(
        self,
        equations: Equations | None = None,
        *,
        network: Network | None = None,
        parameters: Gradients | None = None,
        y: Any = None,
    ) -> Gradients:
        """The gradients of a pass with other equations, activations, parameters or targets."""
        if network is None and parameters is None:
            return self._back(self.network, self.network.parameters, self.passed, equations, y).gradients
        other = network or self.network
        numbers = self.network.parameters if parameters is None else parameters
        passed = propagation.forward(other.architecture, numbers, self.x)
        return self._back(other, numbers, passed, equations, y).gradients

    def _back(
        self, network: Network, parameters: Gradients, passed: Forward, equations: Equations | None, y: Any
    ) -> Backward:
        """A backward pass down to the first layer; no gradient needs the errors of the inputs."""
        targets = self.y if y is None else y
        return propagation.backward(network.architecture, parameters, passed, targets, equations or self.base, lowest=1)

    def slip(self, slip: AlteredEquations, where: str, *layers: int, constants: int = 0) -> Candidate:
        """A slip in certain layers together."""
        equations = InLayers(slip, layers, self.base)
        return Candidate(where, slip.says, lambda: self.run(equations), equations, constants)

    def everywhere(self, slip: AlteredEquations, first: int = 1) -> Iterator[Candidate]:
        """A slip in each layer alone, in all hidden layers, and in all layers, as far as it can be made there."""
        layers = range(first, self.depth + 1)
        hidden = [layer for layer in layers if layer < self.depth]
        if len(layers) > 1:
            yield self.slip(slip, "all layers", *layers)
        if 1 < len(hidden) < len(layers):
            yield self.slip(slip, "hidden layers", *hidden)
        for layer in layers:
            yield self.slip(slip, self.name(layer), layer)

    def with_activation(self, says: str, make: Callable[[Elementwise], AlteredActivation]) -> Iterator[Candidate]:
        """Another activation, forward or backward, in each layer alone and in all."""
        layers = range(1, self.depth + 1)
        every = [("all layers", tuple(layers))] if self.depth > 1 else []
        for where, chosen in [*every, *((f"layer {layer}", (layer,)) for layer in layers)]:
            network = alter_activations(self.network, chosen, make)
            yield Candidate(where, says, partial(self.run, network=network))

    def output(self, slip: AlteredEquations) -> Candidate:
        """A slip at the output layer."""
        return self.slip(slip, self.name(self.depth), self.depth)

    def changed(self, where: str, says: str, arrays: Mapping[str, Any], constants: int = 0) -> Candidate:
        """Right gradients but for the given ones."""
        return Candidate(where, says, lambda: {**self.gradients, **arrays}, None, constants)

    def times(self, factor: float, says: str) -> Iterator[Candidate]:
        """A factor too much: on everything, on the error of a layer, on some or single arrays."""
        yield self._scaled("all layers" if self.depth > 1 else self.name(1), says, factor, self.keys)
        yield from self.everywhere(Times(factor, says))
        for where, last in (("all layers", self.depth), ("hidden layers", self.depth - 1)):
            for role, what in (("weight", "weights"), ("bias", "biases")) if last > 1 else ():
                arrays = (key for layer in range(1, last + 1) for key in self.arrays(layer))
                keys = [key for key in arrays if self.network.architecture.roles[key] == role]
                yield self._scaled(where, f"{says}, for the {what}", factor, keys)
        for layer in range(1, self.depth + 1):
            own = self.arrays(layer)
            for keys in (own, *([key] for key in own)) if own else ():
                yield self._scaled(self.name(layer), f"{says}, in dE/d{' and dE/d'.join(keys)}", factor, keys)

    def arrays(self, layer: int) -> list[str]:
        """The parameter arrays of a layer."""
        return [array for _, array in self.network.architecture.layers[layer].arrays]

    def name(self, layer: int) -> str:
        """A layer in words: by its number in a chain, else by its name."""
        architecture = self.network.architecture
        return f"layer {layer if architecture.is_chain else architecture.layers[layer].name}"

    def _scaled(self, where: str, says: str, factor: float, keys: Collection[str]) -> Candidate:
        return Candidate(where, says, lambda: {**self.gradients, **{key: factor * self.gradients[key] for key in keys}})

    def fit(self, direction: Gradients, start: Gradients | None = None) -> float:
        """The constant c for which start + c direction comes nearest to what is claimed, by least squares; or nan."""
        along = self.submitted.pick(direction)
        begun = self.submitted.pick(self.gradients if start is None else start)
        bottom = sum(float((part * part).sum()) for part in along.values())
        top = sum(float((part * (self.submitted.arrays[name] - begun[name])).sum()) for name, part in along.items())
        return top / bottom if bottom > 0 else float("nan")

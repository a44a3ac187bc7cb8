"""Somebody's backward pass under suspicion: the true pass at hand, and every way to run it with a slip."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from backproof import propagation
from backproof.arrays import Array
from backproof.checking.altered_layer import make_tape
from backproof.checking.equations import (
    AlteredActivation,
    AlteredEquations,
    InLayers,
    Screen,
    Screened,
    Times,
    alter_activations,
)
from backproof.checking.submitted import SubmittedGradients
from backproof.checking.tape import Tape
from backproof.network import Network
from backproof.operations.activation import Elementwise
from backproof.propagation import TRUE, Backward, Equations, Forward
from backproof.training import Training

Gradients = Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A slip at one place: where, what it says, and the gradients that code with it returns, worked out when asked for.

    `equations` are those of its backward pass, where they are what is wrong, and `layers` where they are wrong.
    `constants` counts the numbers that were fitted to what was claimed, such as an unknown learning rate: with
    each an agreement proves less. Gradients that are all 0 prove nothing either, but of a slip that `gives_zeros`.
    `slips` is 2 where it is two at once.
    """

    where: str
    says: str
    gradients: Callable[[], Gradients]
    equations: Equations | None = None
    constants: int = 0
    layers: tuple[int, ...] = ()
    gives_zeros: bool = False
    slips: int = 1

    @property
    def breadth(self) -> int:
        """In how many layers it is, roughly: the fewer, the better it says where the bug is."""
        return len(self.layers) or (2 if self.where in WIDE else 1)


#: Places that are no single layer.
WIDE = ("all layers", "hidden layers")
#: Number of multiplications in a product of the first layer from which a projection is looked at first.
LARGE = 1e6
#: Maximum number of numbers that a layer receives for the slips of its steps to be looked for.
MOST_RECEIVED = 200_000


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
    def shares(self) -> tuple[float, ...]:
        """What code may put in for a factor 1/n that it has lost with what comes from upstream: nothing, or 1/n."""
        return (1.0, 1 / self.samples) if self.network.reduction == "mean" and self.samples > 1 else (1.0,)

    @property
    def keys(self) -> tuple[str, ...]:
        """W1, b1, W2 ..."""
        return tuple(self.network.shapes)

    @cached_property
    def passed(self) -> Forward:
        """The forward pass."""
        return propagation.forward(self.network.architecture, self.network.parameters, self.x, self.masks)

    @cached_property
    def masks(self) -> dict[int, Any]:
        """What dropout keeps: as in the first step that is explained."""
        return propagation.draw_masks(self.network.architecture, self.x)

    @cached_property
    def backward(self) -> Backward:
        """All errors and gradients, by the base equations."""
        return self._back(self.network, self.network.parameters, self.passed, None, None)

    @cached_property
    def tapes(self) -> dict[int, Tape]:
        """The steps of each layer in which slips of hand-written layers are known, where it is no chain."""
        architecture, made = self.network.architecture, dict[int, Tape]()
        for number, layer in enumerate(architecture.layers):
            received = self.passed.received(architecture, number)
            if number > 0 and sum(array.size for array in received) <= MOST_RECEIVED:
                made[number] = make_tape(layer.works, received, layer.pick(self.network.parameters))
        return made

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
        passed = propagation.forward(other.architecture, numbers, self.x, self.masks)
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
        return Candidate(where, slip.says, lambda: self.run(self._screened(equations)), equations, constants, layers)

    def _screened(self, equations: InLayers) -> InLayers:
        return equations if self.screen is None else Screened(equations, self.screen)

    @cached_property
    def screen(self) -> Screen | None:
        """What spares most products with many inputs; None where they are few."""
        place, claimed = self.submitted.places.get("W1"), self.submitted.arrays.get("W1")
        if place is None or claimed is None or claimed.shape != self.network.shapes.get("W1"):
            return None
        return Screen(self.x, claimed) if self.x.shape[1] * self.samples * self.width[1] > LARGE else None

    def narrow(self, candidate: Candidate) -> Iterator[Candidate]:
        """The same slip in one layer fewer, in every way."""
        slips = candidate.equations
        if not isinstance(slips, InLayers) or len(candidate.layers) < 2:
            return
        for layer in candidate.layers:
            layers = tuple(each for each in candidate.layers if each != layer)
            equations = InLayers(slips.slip, layers, slips.otherwise)
            yield replace(
                candidate,
                where=self.name_all(layers),
                gradients=partial(self.run, self._screened(equations)),
                equations=equations,
                layers=layers,
            )

    def everywhere(self, slip: AlteredEquations, first: int = 1) -> Iterator[Candidate]:
        """A slip in each layer alone, in all hidden layers, and in all layers, as far as it can be made there."""
        layers = range(first, self.depth + 1)
        hidden = [layer for layer in layers if layer < self.depth]
        if len(layers) > 1:
            yield self.slip(slip, self.name_all(layers), *layers)
        if 1 < len(hidden) < len(layers):
            yield self.slip(slip, self.name_all(hidden), *hidden)
        for layer in layers:
            yield self.slip(slip, self.name(layer), layer)

    def with_activation(self, says: str, make: Callable[[Elementwise], AlteredActivation]) -> Iterator[Candidate]:
        """Another activation, forward or backward, in each layer alone and in all."""
        layers = range(1, self.depth + 1)
        every = [("all layers", tuple(layers))] if self.depth > 1 else []
        for where, chosen in [*every, *((f"layer {layer}", (layer,)) for layer in layers)]:
            network = alter_activations(self.network, chosen, make)
            yield Candidate(where, says, partial(self.run, network=network), layers=chosen)

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

    def name_all(self, layers: Sequence[int]) -> str:
        """Several layers in words."""
        if len(layers) == self.depth > 1:
            return "all layers"
        if len(layers) == self.depth - 1 > 1 and self.depth not in layers:
            return "hidden layers"
        names = [self.name(layer) for layer in layers]
        if len(names) == 1:
            return names[0]
        return (
            f"layers {', '.join(each.removeprefix('layer ') for each in names[:-1])} and {names[-1][len('layer ') :]}"
        )

    def _scaled(self, where: str, says: str, factor: float, keys: Collection[str]) -> Candidate:
        return Candidate(where, says, lambda: {**self.gradients, **{key: factor * self.gradients[key] for key in keys}})

    def fit(self, direction: Gradients, start: Gradients | None = None) -> float:
        """The constant c for which start + c direction comes nearest to what is claimed, by least squares; or nan."""
        along = self.submitted.pick(direction)
        begun = self.submitted.pick(self.gradients if start is None else start)
        bottom = sum(float((part * part).sum()) for part in along.values())
        top = sum(float((part * (self.submitted.arrays[name] - begun[name])).sum()) for name, part in along.items())
        return top / bottom if bottom > 0 else float("nan")

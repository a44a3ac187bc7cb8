"""A layer as the steps that it is made of, each an operation that knows what it sends back to what it received.

What somebody's function does is built so, and run backward with a slip in one of the steps. The operations are those of
`operations/`, and between them the few that only rearrange arrays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from backproof.arrays import Array
from backproof.operations.activation import Activation
from backproof.operations.layer import Kind, Positions
from backproof.operations.layers.layer_norm import LayerNorm

Arrays: TypeAlias = tuple[Array, ...]


class Work(ABC):
    """Abstract: what a step does with the arrays that it receives."""

    @abstractmethod
    def forward(self, received: Arrays) -> Array:
        """What it makes of them."""

    @abstractmethod
    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        """What it sends back to each of them, of delta, the gradient of what it made."""


@dataclass(frozen=True)
class OfKind(Work):
    """A kind of layer; it receives activations, then the parameters in the kind's order."""

    kind: Kind
    roles: tuple[str, ...] = ()

    def parameters(self, received: Arrays) -> dict[str, Array]:
        """The parameters by role."""
        return dict(zip(self.roles, received[len(received) - len(self.roles) :], strict=True))

    def activations(self, received: Arrays) -> Arrays:
        """What it receives but for the parameters."""
        return received[: len(received) - len(self.roles)]

    def forward(self, received: Arrays) -> Array:
        return np.asarray(self.kind.forward(self.activations(received), self.parameters(received)))

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        activations, parameters = self.activations(received), self.parameters(received)
        back = self.kind.backward(delta, activations, parameters)
        return (*back, *self.kind.gradients(delta, activations, parameters))


@dataclass(frozen=True)
class OfActivation(Work):
    """An activation, a coupled one along the last axis."""

    activation: Activation

    def forward(self, received: Arrays) -> Array:
        return np.asarray(self.activation.forward(received[0]))

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        return (np.asarray(self.activation.backward(received[0], made, delta)),)


@dataclass(frozen=True)
class Normalise(Work):
    """(x - mean) / deviation over some axes."""

    axes: tuple[int, ...]
    epsilon: float

    def measure(self, x: Array) -> tuple[Array, Array]:
        """The deviation, and x with mean 0 and deviation 1, as tables with a column for each group."""
        blocks = self.tabulate(x).T[:, None]  # each group as a sample of a layer norm
        mean, deviation = LayerNorm(epsilon=self.epsilon, affine=False).find_statistics(blocks, {})
        return deviation[:, :, 0].T, ((blocks - mean) / deviation)[:, 0].T

    def tabulate(self, x: Array) -> Array:
        """What is normalised together as a column."""
        moved = np.moveaxis(x, self.axes, range(len(self.axes)))
        return moved.reshape(prod(x.shape[axis] for axis in self.axes), -1)

    def restore(self, table: Array, shape: tuple[int, ...]) -> Array:
        """`tabulate` undone."""
        rest = [size for axis, size in enumerate(shape) if axis not in self.axes]
        whole = table.reshape(*(shape[axis] for axis in self.axes), *rest)
        return np.moveaxis(whole, range(len(self.axes)), self.axes)

    def forward(self, received: Arrays) -> Array:
        return self.restore(self.measure(received[0])[1], received[0].shape)

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        norm = LayerNorm(epsilon=self.epsilon, affine=False)
        (sent,) = norm.backward(self.tabulate(delta).T, (self.tabulate(received[0]).T,), {})
        return (self.restore(sent.T, delta.shape),)


@dataclass(frozen=True)
class Product(Work):
    """a @ b, or a @ b^T; leading axes of either are broadcast."""

    transposed: bool = False
    words: tuple[str, str] = ("the inputs", "the weights")

    def forward(self, received: Arrays) -> Array:
        a, b = received
        return np.asarray(a @ (_turn(b) if self.transposed else b))

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        a, b = received
        back = delta @ (b if self.transposed else _turn(b))
        into = _turn(delta) @ a if self.transposed else _turn(a) @ delta
        return sum_broadcast(back, a.shape), sum_broadcast(into, b.shape)


@dataclass(frozen=True)
class Plus(Work):
    """a + b, broadcast; `bias` says that b is one."""

    bias: bool = False

    def forward(self, received: Arrays) -> Array:
        return np.asarray(received[0] + received[1])

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        return sum_broadcast(delta, received[0].shape), sum_broadcast(delta, received[1].shape)


@dataclass(frozen=True)
class Times(Work):
    """a * b, broadcast; `gain` says that b is the trained factor of a normalisation."""

    gain: bool = False

    def forward(self, received: Arrays) -> Array:
        return np.asarray(received[0] * received[1])

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        a, b = received
        return sum_broadcast(delta * b, a.shape), sum_broadcast(delta * a, b.shape)


@dataclass(frozen=True)
class Scaled(Work):
    """A constant multiple."""

    factor: float

    def forward(self, received: Arrays) -> Array:
        return np.asarray(self.factor * received[0])

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        return (self.factor * delta,)


@dataclass(frozen=True, eq=False)
class Masked(Work):
    """Some entries kept, multiplied by a factor, and 0 for the others: a dropout, or a mask over the future."""

    mask: Array
    factor: float = 1.0
    otherwise: float = 0.0

    def forward(self, received: Arrays) -> Array:
        return np.where(self.mask, self.factor * received[0], self.otherwise)

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        return (np.where(self.mask, self.factor * delta, 0.0),)


@dataclass(frozen=True, eq=False)
class Taken(Work):
    """Entries of the flattened array by their positions, -1 for a 0 beyond its edge; `what` in words.

    `other` are the positions with a slip, by what is wrong with them.
    """

    positions: Positions
    what: str
    other: Mapping[str, Positions] = field(default_factory=dict)

    def forward(self, received: Arrays) -> Array:
        return np.asarray(np.append(received[0].reshape(-1), 0.0)[self.positions])

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        return (self.put_back(delta, self.positions, received[0].shape),)

    def put_back(self, delta: Array, positions: Positions, shape: tuple[int, ...], *, add: bool = True) -> Array:
        """Each entry back at its position, added up there, or the last one alone."""
        found = np.zeros(prod(shape) + 1)
        if add:
            np.add.at(found, positions, delta)
        else:
            found[positions] = delta
        return found[:-1].reshape(shape)


@dataclass(frozen=True)
class Largest(Work):
    """The largest along the last axis, the first of equal ones."""

    def forward(self, received: Arrays) -> Array:
        return np.asarray(received[0].max(-1))

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        chosen = np.arange(received[0].shape[-1]) == received[0].argmax(-1)[..., None]
        return (np.where(chosen, delta[..., None], 0.0),)


@dataclass(frozen=True)
class Averaged(Work):
    """The mean along the last axis."""

    def forward(self, received: Arrays) -> Array:
        return np.asarray(received[0].mean(-1))

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        shape = received[0].shape
        return (np.broadcast_to(delta[..., None] / shape[-1], shape),)


@dataclass(frozen=True)
class Rearranged(Work):
    """The same entries with the axes in another order, then in another shape."""

    axes: tuple[int, ...]
    shape: tuple[int, ...] | None = None

    def forward(self, received: Arrays) -> Array:
        moved = received[0].transpose(self.axes)
        return moved if self.shape is None else moved.reshape(self.shape)

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        moved = delta.reshape([received[0].shape[axis] for axis in self.axes])
        return (moved.transpose(np.argsort(self.axes)),)


@dataclass(frozen=True)
class Sliced(Work):
    """Some entries along an axis: one, or those of a range."""

    axis: int
    start: int
    stop: int | None = None

    @property
    def chosen(self) -> int | slice:
        """The index along the axis."""
        return self.start if self.stop is None else slice(self.start, self.stop)

    def forward(self, received: Arrays) -> Array:
        found = np.moveaxis(received[0], self.axis, 0)[self.chosen]
        return found if self.stop is None else np.moveaxis(found, 0, self.axis)

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        found = np.zeros_like(received[0])
        np.moveaxis(found, self.axis, 0)[self.chosen] = delta if self.stop is None else np.moveaxis(delta, self.axis, 0)
        return (found,)


@dataclass(frozen=True)
class Joined(Work):
    """Arrays one after the other along a new axis."""

    axis: int

    def forward(self, received: Arrays) -> Array:
        return np.stack(received, self.axis)

    def backward(self, delta: Array, received: Arrays, made: Array) -> Arrays:
        return tuple(np.moveaxis(delta, self.axis, 0))


def _turn(array: Array) -> Array:
    return np.swapaxes(array, -1, -2)


def sum_broadcast(array: Array, shape: tuple[int, ...]) -> Array:
    """Summed over the axes that a smaller array was broadcast over."""
    extra = array.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(extra + at for at, size in enumerate(shape) if size == 1)
    return np.asarray(array.sum(axes, keepdims=True)).reshape(shape) if axes else array


@dataclass(frozen=True, eq=False)
class Step:
    """One step: in words what it is and which of several alike (`time`), and what it received; a leaf has no `work`."""

    what: str
    work: Work | None
    received: tuple[Step, ...]
    value: Array
    time: int | None = None


class Visit(NamedTuple):
    """A step on the way back, with the gradient of what it made."""

    step: Step
    delta: Array

    @property
    def received(self) -> Arrays:
        """The arrays that it received."""
        return tuple(each.value for each in self.step.received)

    @property
    def true(self) -> Arrays:
        """What it sends back, without a slip."""
        assert self.step.work is not None
        return self.step.work.backward(self.delta, self.received, self.step.value)

    def replace(self, at: int, value: Any) -> Arrays:
        """The same but for what goes back to one of those that it received."""
        true = self.true
        whole = np.broadcast_to(np.asarray(value, dtype=float), true[at].shape)
        return (*true[:at], whole, *true[at + 1 :])


class StepSlip(NamedTuple):
    """A slip in the steps that it applies to: in words, and what these send back."""

    says: str
    applies: Callable[[Step], bool]
    send: Callable[[Visit], Arrays]
    where: str = ""
    outputs: tuple[int, ...] | None = None


@dataclass
class Tape:
    """Steps in the order in which they are made; `made` are the outputs, `inputs` and `parameters` the leaves."""

    kind: str
    leaves: dict[str, Step] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)

    def leaf(self, name: str, array: Array) -> Step:
        """An array that is given."""
        self.leaves[name] = Step(name, None, (), np.asarray(array, dtype=float))
        return self.leaves[name]

    def constant(self, array: Array) -> Step:
        """An array without a gradient."""
        return Step("", None, (), array)

    def do(self, what: str, work: Work, *received: Step, time: int | None = None) -> Step:
        """Make a step."""
        value = work.forward(tuple(each.value for each in received))
        step = Step(what, work, received, value, time)
        self.steps.append(step)
        return step

    def backward(self, upstream: Sequence[Array], slip: StepSlip | None = None) -> dict[str, Array]:
        """The gradient of each leaf, for those of the outputs."""
        arrived: dict[Step, Array] = {}
        for step, delta in zip(self.made, upstream, strict=True):
            arrived[step] = arrived[step] + delta if step in arrived else delta
        for step in reversed(self.steps):
            if step not in arrived:
                continue
            visit = Visit(step, arrived[step])
            sent = slip.send(visit) if slip is not None and slip.applies(step) else visit.true
            for receiver, back in zip(step.received, sent, strict=True):
                arrived[receiver] = arrived[receiver] + back if receiver in arrived else back
        return {name: arrived.get(leaf, np.zeros_like(leaf.value)) for name, leaf in self.leaves.items()}

    @cached_property
    def times(self) -> tuple[int, ...]:
        """The times of its steps, none of a layer that has no time."""
        return tuple(sorted({each.time for each in self.steps if each.time is not None}))

    def examples(self) -> Iterator[Step]:
        """One step of each that are alike."""
        found: dict[str, Step] = {}
        for step in self.steps:
            found.setdefault(step.what, step)
        yield from found.values()

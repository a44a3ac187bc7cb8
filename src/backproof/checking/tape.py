"""A layer as the steps that it is made of, each a kind of layer or an activation, run backward with a slip in a step.

A tape is no network: its leaves are whatever arrays somebody's function takes, such as the state before a recurrence,
which has no layer, or weights that lie the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from backproof.arrays import Array
from backproof.operations.activation import Activation, activations
from backproof.operations.layer import Kind
from backproof.operations.layers.reshape import Reshape
from backproof.operations.layers.transpose import Transpose
from backproof.operations.shorthand import Part

#: What a step sends back: to each step that it received from, by its number, and to each of its parameters, by role.
Sent: TypeAlias = dict[int | str, Array]
Arrays: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Step:
    """One step: in words what it is and which of several alike (`time`), and what it received; a leaf has no `work`.

    A step that is `whole` takes its arrays for one sample, so that the axis of the samples moves as any other.
    """

    what: str
    work: Kind | Activation | None
    received: tuple[Step, ...]
    parameters: Mapping[str, Step]
    value: Array
    time: int | None = None
    whole: bool = False

    def list_senders(self) -> Iterator[tuple[int | str, Step]]:
        """What it received, by number, and its parameters, by role."""
        yield from enumerate(self.received)
        yield from self.parameters.items()


class Visit(NamedTuple):
    """A step on the way back, with the gradient of what it made."""

    step: Step
    delta: Array

    @property
    def received(self) -> tuple[Array, ...]:
        """The arrays that it received."""
        return tuple(each.value for each in self.step.received)

    @property
    def parameters(self) -> Arrays:
        """Its parameters by role."""
        return {role: each.value for role, each in self.step.parameters.items()}

    @property
    def true(self) -> Sent:
        """What it sends back, without a slip."""
        return self.send()

    def send(
        self,
        delta: Array | None = None,
        received: Sequence[Array] | None = None,
        parameters: Arrays | None = None,
        work: Kind | None = None,
    ) -> Sent:
        """What it would send back of another gradient, with other arrays, or as another kind."""
        own, delta = work or self.step.work, self.delta if delta is None else delta
        arrays = self.received if received is None else tuple(received)
        if isinstance(own, Activation):
            return {0: np.asarray(own.backward(arrays[0], self.step.value, delta))}
        assert own is not None
        given = {**self.parameters, **(parameters or {})}
        if self.step.whole:
            back = own.backward(delta[None], [each[None] for each in arrays], given)
            return {at: each[0] for at, each in enumerate(back)}
        roles = zip(given, own.gradients(delta, arrays, given), strict=False)
        return {**dict(enumerate(own.backward(delta, arrays, given))), **dict(roles)}

    def replace(self, at: int | str, value: Any) -> Sent:
        """The same but for what goes back to one of those that it received, or to a parameter."""
        true = self.true
        return {**true, at: np.broadcast_to(np.asarray(value, dtype=float), true[at].shape)}


Send: TypeAlias = Callable[[Visit], Sent]


class StepSlip(NamedTuple):
    """A slip in the steps that it applies to: in words, and what these send back."""

    says: str
    applies: Callable[[Step], bool]
    send: Send
    where: str = ""
    outputs: tuple[int, ...] | None = None


@dataclass
class Tape:
    """Steps in the order in which they are made; `made` are the outputs, `leaves` what is given."""

    kind: str
    leaves: dict[str, Step] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    made: list[Step] = field(default_factory=list)

    def leaf(self, name: str, array: Array) -> Step:
        """An array that is given."""
        self.leaves[name] = self.constant(np.asarray(array, dtype=float), name)
        return self.leaves[name]

    def constant(self, array: Array, name: str = "") -> Step:
        """An array without a gradient."""
        return Step(name, None, (), {}, array)

    def do(
        self,
        what: str,
        work: Kind | Activation,
        *received: Step,
        parameters: Mapping[str, Step] | None = None,
        time: int | None = None,
        whole: bool = False,
    ) -> Step:
        """Make a step."""
        arrays = [each.value for each in received]
        given = dict(parameters or {})
        if isinstance(work, Activation):
            value = work.forward(arrays[0])
        elif whole:
            value = work.forward([each[None] for each in arrays], {})[0]
        else:
            value = work.forward(arrays, {role: step.value for role, step in given.items()})
        step = Step(what, work, received, given, np.asarray(value), time, whole)
        self.steps.append(step)
        return step

    def turn(self, step: Step, axes: Iterable[int]) -> Step:
        """A step with its axes, that of the samples too, in another order; itself where that changes nothing."""
        order = tuple(axes)
        return step if order == tuple(range(len(order))) else self.do("", Transpose(order), step, whole=True)

    def reshape(self, step: Step, shape: tuple[int, ...]) -> Step:
        """A step in another shape; itself where that changes nothing."""
        return step if shape == step.value.shape else self.do("", Reshape(shape), step, whole=True)

    def expand(
        self,
        parts: Iterable[Part],
        made: dict[str, Step],
        parameters: Callable[[str, str], Step],
        describe: Callable[[str], str],
        time: int | None = None,
    ) -> Step:
        """The steps of the parts of a shorthand, the last one of which is given back.

        `made` are steps by the names of their parts, and takes up the new ones; `parameters` finds one by the name of
        the weights and its role, `describe` says in words what a part is, and its activation by the name with ` g`.
        """
        step = None
        for part in parts:
            if part.name in made:
                continue
            assert isinstance(part.kind, Kind)
            senders = [made[str(each)] for each in part.receives]
            shapes = [each.value.shape[1:] for each in senders]
            own = {role: parameters(part.weights or part.name, role) for role in part.kind.parameter_shapes(shapes)}
            step = self.do(describe(part.name), part.kind, *senders, parameters=own, time=time)
            if part.activation not in (None, "identity"):
                activation = activations.make(part.activation)
                step = self.do(describe(f"{part.name} g"), activation, step, time=time)
            made[part.name] = step
        assert step is not None
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
            for at, sender in step.list_senders():
                if at in sent:
                    arrived[sender] = arrived[sender] + sent[at] if sender in arrived else sent[at]
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

"""The layers of an architecture, and whether they fit together.

A layer receives the activations of earlier layers, turns them into its pre-activations h by its kind and parameters,
and sends a = g(h).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, final

import numpy as np

from backproof.errors import OptionError, ShapeError
from backproof.operations.activation import Activation
from backproof.operations.layer import Kind, Shape, Shapes
from backproof.operations.layers.dense import Dense
from backproof.operations.shorthand import Cell, Shorthand
from backproof.wiring import write_index

#: The name of the layer of inputs.
INPUTS = "x"


@final
@dataclass(frozen=True)
class LayerPlan:
    """A layer as somebody wrote it down: its name, kind, senders by name, activation, and whose parameters it shares.

    Without senders it receives from the layer before it; without an activation it has that of its shorthand, or none.
    `arrays` names its parameter arrays by role where they are not called after the layer; layers that name the same
    array share it. `untrained` are the roles that no update changes.
    """

    name: str
    kind: Kind | Shorthand
    receives: tuple[str, ...] = ()
    activation: Any = None
    weights_of: str | None = None
    arrays: tuple[tuple[str, str], ...] = ()
    untrained: tuple[str, ...] = ()


@final
@dataclass(frozen=True)
class Layer:
    """One layer: its kind, the numbers of the layers that it receives from, its activation, its parameter arrays.

    `arrays` names the array of each role, such as ("weight", "W1"); layers that share parameters name the same. `shape`
    is that of one sample's activations. Units have names of their own, or the layer's name with an index from 0. The
    inputs have no kind. `part_of` is the shorthand that the layer comes from, if any.
    """

    name: str
    kind: Kind | None
    receives: tuple[int, ...]
    activation: Activation
    arrays: tuple[tuple[str, str], ...]
    shape: Shape
    own_names: tuple[str, ...] = ()
    part_of: LayerPlan | None = None

    @property
    def size(self) -> int:
        """Number of units."""
        return prod(self.shape)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The name of every unit."""
        return self.own_names or tuple(write_index(self.name, index) for index in np.ndindex(self.shape))

    def unit(self, position: int) -> str:
        """The name of the unit at a position, without listing the others."""
        if self.own_names:
            return self.own_names[position]
        index: list[int] = []
        for size in reversed(self.shape):
            position, at = divmod(position, size)
            index.append(at)
        return write_index(self.name, tuple(reversed(index)))

    def pick(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Its parameter arrays by role."""
        return {role: parameters[array] for role, array in self.arrays}

    @property
    def cell(self) -> Cell | None:
        """Where it stands in the table of its shorthand: in the column of its time step, for one."""
        plan = self.part_of
        if plan is None or not isinstance(plan.kind, Shorthand):
            return None
        return plan.kind.locate(self.name.removeprefix(f"{plan.name}."))

    @property
    def is_dense(self) -> bool:
        """Whether it is dense with units as its only axis: each connection then has a parameter of its own."""
        return isinstance(self.kind, Dense) and len(self.shape) == 1

    @property
    def works(self) -> Kind:
        """Its kind, of a layer that is not the inputs."""
        assert self.kind is not None, "the inputs are given, not computed"
        return self.kind


def check_senders(name: str, kind: Kind | Shorthand, count: int) -> None:
    """Raise ShapeError, with the layer's name, if its kind cannot receive from `count` layers."""
    least, most = kind.senders
    if count < least or (most is not None and count > most):
        wanted = f"at least {least}" if most is None else f"{least}" if most == least else f"{least} to {most}"
        plural = "s" if most is None or most > 1 else ""
        raise ShapeError(f"layer '{name}': {kind.name} receives from {wanted} layer{plural}, but 'from' names {count}.")


def infer_layer(name: str, kind: Kind, activation: Activation, received: Shapes) -> tuple[Shape, dict[str, Shape]]:
    """The shape of a layer's activations, and those of its parameter arrays by role, from the shapes received.

    Raise ShapeError, with the layer's name, if it cannot receive them.
    """
    check_senders(name, kind, len(received))
    try:
        shape, parameters = kind.infer_shape(received), kind.parameter_shapes(received)
        activation.check_shape(shape)
    except ShapeError as error:
        raise ShapeError(f"layer '{name}': {error}") from None
    return shape, parameters


def flatten_units(array: Any) -> Any:
    """An array of a layer as (samples, units), a view of the same numbers."""
    return array if array.ndim == 2 else array.reshape(len(array), -1)


def pick_number(array: Any, row: int, position: int) -> float:
    """One number of a layer in one sample."""
    return float(array[row].reshape(-1)[position])


def check_layers(layers: Sequence[Layer], outputs: Sequence[int], shapes: Mapping[str, Shape]) -> None:
    """Raise OptionError or ShapeError if layers in topological order, or their parameter arrays, do not fit together.

    `outputs` are the numbers of the layers that the cost judges, `shapes` those of the parameter arrays by name.
    """
    if len(layers) < 2:
        raise ShapeError("expected at least one layer after the inputs, received none.")
    if layers[0].kind is not None or layers[0].receives or layers[0].arrays:
        raise OptionError(f"layer '{layers[0].name}' comes first: it must be the inputs, without a kind.")
    _require_unlike("layers", [layer.name for layer in layers])
    _require_unlike("units", [unit for layer in layers for unit in layer.own_names])
    for number, layer in enumerate(layers):
        if number:
            _check_layer(layers, number, shapes)
        if layer.own_names and len(layer.own_names) != layer.size:
            raise ShapeError(f"layer '{layer.name}' has {layer.size} units, but {len(layer.own_names)} names of units.")
    unused = shapes.keys() - {array for layer in layers for _, array in layer.arrays}
    if unused:
        raise ShapeError(f"no layer has the parameter array '{min(unused)}'.")
    _check_outputs(layers, outputs)


def _check_layer(layers: Sequence[Layer], number: int, shapes: Mapping[str, Shape]) -> None:
    layer = layers[number]
    if not isinstance(layer.kind, Kind):
        raise OptionError(f"layer '{layer.name}' needs a kind; only the inputs, the first layer, have none.")
    for sender in layer.receives:
        if not _is_number(sender) or not 0 <= sender < number:
            raise OptionError(
                f"layer '{layer.name}', number {number}, receives from layer {sender}; expected the number of an "
                f"earlier layer, from 0 (the inputs) to {number - 1}."
            )
    shape, parameters = infer_layer(
        layer.name, layer.kind, layer.activation, [layers[sender].shape for sender in layer.receives]
    )
    if layer.shape != shape:
        raise ShapeError(f"layer '{layer.name}' has shape {layer.shape}, but its kind and its senders make it {shape}.")
    if tuple(parameters) != tuple(role for role, _ in layer.arrays):
        raise ShapeError(
            f"layer '{layer.name}': expected a parameter array for each of {', '.join(parameters) or 'no role'}; "
            f"received {', '.join(role for role, _ in layer.arrays) or 'none'}."
        )
    for role, array in layer.arrays:
        if array not in shapes:
            raise ShapeError(f"layer '{layer.name}': its parameter array '{array}' is missing from the wiring.")
        if shapes[array] != parameters[role]:
            raise ShapeError(f"layer '{layer.name}': {array} has shape {shapes[array]}, expected {parameters[role]}.")


def _check_outputs(layers: Sequence[Layer], outputs: Sequence[int]) -> None:
    known = range(1, len(layers))
    if not outputs or not all(_is_number(each) and each in known for each in outputs):
        raise OptionError(
            f"outputs must be numbers of layers from 1 to {len(layers) - 1}, at least one; received {list(outputs)}."
        )
    if len(set(outputs)) < len(outputs):
        raise OptionError(f"outputs names a layer twice: {', '.join(layers[each].name for each in outputs)}.")
    heard = {sender for layer in layers for sender in layer.receives}.union(outputs)
    for number in known:
        if number not in heard:
            raise ShapeError(
                f"layer '{layers[number].name}': no layer receives from it and it is not an output; name it in another "
                "layer's 'from', or in 'outputs'."
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _require_unlike(what: str, names: Sequence[str]) -> None:
    """Raise OptionError if two of the names are the same."""
    met = set[str]()
    for name in names:
        if name in met:
            raise OptionError(f"two {what} have the same name '{name}'.")
        met.add(name)

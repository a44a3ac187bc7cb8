"""An Architecture: layers as a graph, the cost, and which parameter stands where.

Layers are numbered in topological order, the inputs 0. A chain of dense layers is the simplest graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from math import prod
from operator import ge, or_
from typing import Any, NamedTuple, final

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.functions import namespace
from backproof.labels import Labels
from backproof.layers import INPUTS, Layer, check_layers
from backproof.operations.activation import Activation, activations
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.cost import Cost
from backproof.operations.identity import Identity, identity_for
from backproof.operations.layer import Linear, Shape, Shapes
from backproof.operations.layers.dense import Dense
from backproof.validate import describe
from backproof.wiring import Full, Parameter, Place, Wiring

REDUCTIONS = ("sum", "mean")
#: Maximum number of units among whose names a similar one is looked for.
FEW = 2000
#: Uses of parameters that are remembered.
MOST_USES = 300_000


class Use(NamedTuple):
    """A unit in whose h a parameter stands, by layer and position, and the parameter's array there, by role and entry.

    `sender` and `sent` are the layer and position of the activation that it multiplies; None where it is added as it
    is, or stands beside something else than one activation.
    """

    layer: int
    position: int
    role: str
    entry: int
    sender: int | None = None
    sent: int | None = None


class Receiver(NamedTuple):
    """A unit whose h depends on an activation: its layer and position, and as which of its senders it hears it."""

    layer: int
    position: int
    senders: tuple[int, ...]


@final
@dataclass(frozen=True)
class Architecture:
    """A network without its numbers: layers, cost, and which parameter stands where.

    Frozen and hashable: equal architectures can share one compiled program. `Network.dense`, `Network.graph` and
    worksheets make one from less; made directly, its parts are checked just the same.

    Parameters
    ----------
    layers : sequence of Layer
        In topological order, the inputs first.
    outputs : sequence of int
        Numbers of the layers whose activations the cost judges, in the order of the targets.
    cost : Cost
    wiring : Wiring
        Which parameter stands at which place of the parameter arrays, whose shapes it knows.
    reduction : {"sum", "mean"}, default "sum"
        How a batch's cost comes from those of its samples.

    Raises
    ------
    ShapeError
        There is no layer after the inputs, shapes do not fit, an array is missing, or a layer leads nowhere.
    OptionError
        A layer receives from itself or a later one, two layers or units have the same name, or an output, the cost or
        the reduction does not exist.
    """

    layers: tuple[Layer, ...]
    outputs: tuple[int, ...]
    cost: Cost
    wiring: Wiring
    reduction: str = "sum"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "outputs", tuple(self.outputs))
        if not isinstance(self.reduction, str) or self.reduction not in REDUCTIONS:
            raise OptionError(f"reduction must be 'sum' or 'mean', received {describe(self.reduction)}.")
        if not isinstance(self.cost, Cost):
            raise OptionError(
                f"cost must be a Cost, as `costs.make` makes it from a name; received {describe(self.cost)}."
            )
        check_layers(self.layers, self.outputs, self.shapes)
        if not self.cost.needs_target and self.output_count != 1:
            raise ShapeError(f"cost '{self.cost.name}' is for one output; this network has {self.output_count}.")
        self.cost.check_outputs(self.output_count)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.layers, self.outputs, self.cost, self.wiring, self.reduction))

    @property
    def depth(self) -> int:
        """The number of the last layer; in a chain, the number of layers after the inputs."""
        return len(self.layers) - 1

    @cached_property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of every layer after the inputs."""
        return tuple(layer.activation for layer in self.layers[1:])

    @cached_property
    def units(self) -> tuple[tuple[str, ...], ...]:
        """The names of the units, layer by layer, inputs first."""
        return tuple(layer.units for layer in self.layers)

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every parameter array: W1, b1, W2 ... of a chain."""
        return dict(self.wiring.shapes)

    @cached_property
    def roles(self) -> dict[str, str]:
        """The role of every parameter array, `weight` or `bias`."""
        return {array: role for layer in self.layers for role, array in layer.arrays}

    @cached_property
    def starts(self) -> dict[str, float]:
        """What the numbers of some parameter arrays start as, whatever the initialiser."""
        arrays = ((array, layer.works.starts.get(role)) for layer in self.layers[1:] for role, array in layer.arrays)
        return {array: start for array, start in arrays if start is not None}

    def find_buffer(self, name: str) -> Use | None:
        """A use of a parameter in an array that training renews without a gradient, as running statistics; else None.

        The position of the use is of no account.
        """
        place = self.parameter(name).places[0]
        entry = int(np.ravel_multi_index(place.index, self.shapes[place.array]))
        found = (
            Use(number, 0, role, entry)
            for number, role in self._layers_with[place.array]
            if role in self.layers[number].works.buffers and self.layers[number].works.couples_samples
        )
        return next(found, None)

    @property
    def fresh_buffers(self) -> dict[str, AnyArray]:
        """Arrays that no gradient trains, as they start: parameters given without them need not have them."""
        return {
            array: np.full(self.shapes[array], self.starts[array])
            for layer in self.layers[1:]
            for role, array in layer.arrays
            if role in layer.works.buffers
        }

    @cached_property
    def prediction(self) -> Architecture:
        """What it is once training is over: by running statistics and without dropout."""
        layers = [
            layer if layer.kind is None else replace(layer, kind=layer.kind.for_prediction()) for layer in self.layers
        ]
        return self if layers == list(self.layers) else replace(self, layers=tuple(layers))

    @cached_property
    def product_count(self) -> int:
        """About how many products of a number and a parameter one sample takes, each parameter once for each use."""
        return sum(
            prod(self.shapes[array]) * len(layer.works.uses(role, 0, self.received_shapes(number)))
            for number, layer in enumerate(self.layers)
            for role, array in layer.arrays
        )

    @cached_property
    def is_chain(self) -> bool:
        """Whether this is a chain of dense layers with units as their only axis, each of a name of its own."""
        return bool(self.layers[0].own_names) and all(
            layer.is_dense
            and layer.own_names
            and layer.receives == (number - 1,)
            and layer.arrays[0][1] == f"W{number}"
            for number, layer in enumerate(self.layers)
            if number
        )

    @cached_property
    def couples_samples(self) -> bool:
        """Whether any number depends on other samples of its batch."""
        return bool(self._coupling)

    @cached_property
    def is_judged_alone(self) -> bool:
        """Whether the cost judges one layer and no other layer receives from it."""
        return len(self.outputs) == 1 and not self.listeners[self.outputs[0]]

    @cached_property
    def identity(self) -> Identity | None:
        """The short form of the output activation with the cost, where one is stated and no other layer listens."""
        if not self.is_judged_alone or len(self.layers[self.outputs[0]].shape) > 1:
            return None
        return identity_for(self.layers[self.outputs[0]].activation, self.cost)

    @cached_property
    def labels(self) -> Labels:
        """How its units are written."""
        return Labels.of(self.units, self.activations, couples_samples=self.couples_samples)

    @cached_property
    def listeners(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each layer the layers that receive from it, each with the place of the layer among its senders."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.layers]
        for number, layer in enumerate(self.layers):
            for sender, sending in enumerate(layer.receives):
                found[sending].append((number, sender))
        return tuple(map(tuple, found))

    @property
    def output_units(self) -> tuple[str, ...]:
        """The names of the units that the cost judges, in the order of the targets."""
        return tuple(unit for number in self.outputs for unit in self.layers[number].units)

    @property
    def output_count(self) -> int:
        """Number of units that the cost judges."""
        return sum(self.layers[number].size for number in self.outputs)

    def output_column(self, layer: int, position: int) -> int | None:
        """The column of the targets that belongs to a unit; None where the cost does not judge it."""
        if layer not in self.outputs:
            return None
        before = self.outputs[: self.outputs.index(layer)]
        return sum(self.layers[number].size for number in before) + position

    def collect_outputs(self, by_layer: Sequence[Any]) -> Any:
        """The numbers of the output units, shape (samples, outputs), out of arrays for each layer."""
        parts = [by_layer[number] for number in self.outputs]
        flat = [part if part.ndim == 2 else part.reshape(part.shape[0], -1) for part in parts]
        return flat[0] if len(flat) == 1 else namespace(flat[0]).concat(flat, axis=1)

    def split_outputs(self, outputs: Any) -> dict[int, Any]:
        """Numbers of the output units back to arrays by layer; mirrors `collect_outputs`."""
        found, start = {}, 0
        for number in self.outputs:
            layer = self.layers[number]
            part = outputs if len(self.outputs) == 1 else outputs[:, start : start + layer.size]
            found[number] = part if len(layer.shape) == 1 else part.reshape(part.shape[0], *layer.shape)
            start += layer.size
        return found

    def depends_on(self, upper: int, lower: int) -> bool:
        """Whether the numbers of a layer depend on those of another one."""
        return bool(self._ancestors[upper] >> lower & 1)

    @cached_property
    def _ancestors(self) -> tuple[int, ...]:
        """For each layer those that it depends on, a bit each: in little memory for thousands of layers."""
        found: list[int] = []
        for layer in self.layers:
            found.append(reduce(or_, (found[sender] | 1 << sender for sender in layer.receives), 0))
        return tuple(found)

    def is_coupled_between(self, lower: int, upper: int) -> bool:
        """Whether an h of a layer acts on other samples' numbers of another layer."""
        return any(
            self.depends_on(number, lower) and (number == upper or self.depends_on(upper, number))
            for number in self._coupling
        )

    @cached_property
    def _coupling(self) -> tuple[int, ...]:
        """The layers whose numbers depend on other samples of their batch."""
        numbered = enumerate(self.layers)
        return tuple(number for number, layer in numbered if layer.kind is not None and layer.kind.couples_samples)

    def received_shapes(self, number: int) -> Shapes:
        """The shapes that a layer receives."""
        return [self.layers[sender].shape for sender in self.layers[number].receives]

    @cached_property
    def _places(self) -> dict[str, tuple[int, int]]:
        """Layer and position of every unit with a name of its own, and of those that were found by their index."""
        return {
            name: (number, position)
            for number, layer in enumerate(self.layers)
            for position, name in enumerate(layer.own_names)
        }

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {layer.name: number for number, layer in enumerate(self.layers)}

    def find_unit(self, unit: str) -> tuple[int, int] | None:
        """Layer and position of a unit, or None."""
        if unit not in self._places and (found := self._find_index(unit)) is not None:
            self._places[unit] = found  # a working asks for each many times
        return self._places.get(unit)

    def _find_index(self, unit: str) -> tuple[int, int] | None:
        """Layer and position of a unit such as c[0,2,3]."""
        match = re.fullmatch(r"(.+)\[(\d{1,9}(?:,\d{1,9})*)\]", unit) if unit.endswith("]") else None
        if match is None or match[1] not in self._numbers:
            return None
        layer, index = self.layers[self._numbers[match[1]]], tuple(int(part) for part in match[2].split(","))
        if layer.own_names or len(index) != len(layer.shape) or any(map(ge, index, layer.shape)):
            return None
        return self._numbers[match[1]], int(np.ravel_multi_index(index, layer.shape))

    def place(self, unit: str) -> tuple[int, int]:
        """Layer and position of a unit. Raise NameUnknown with the nearest one if there is none."""
        found = self.find_unit(unit) if isinstance(unit, str) else None
        if found is None:
            raise NameUnknown(f"there is no unit '{unit}'.{self.suggest_unit(unit)}")
        return found

    def suggest_unit(self, unit: str) -> str:
        """` Did you mean 'h1'?` for the nearest unit of a small network, else the empty string."""
        few = sum(layer.size for layer in self.layers) <= FEW
        return did_you_mean(unit, [name for names in self.units for name in names]) if few else ""

    def find_parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None."""
        return self.wiring.get(name)

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name. Raise NameUnknown with the nearest one if there is none."""
        found = self.wiring.get(name) if isinstance(name, str) else None
        if found is None:
            raise NameUnknown(f"there is no parameter '{name}'.{self.suggest_parameter(str(name))}")
        return found

    def suggest_parameter(self, name: str) -> str:
        """What a parameter of another name is called here: the nearest name, else the first one, as a sentence."""
        found = did_you_mean(name, self.wiring.names()) if self.wiring.count <= FEW else ""
        first = next(self.wiring.names(), None)
        return found or (f" Parameter names here look like '{first}'." if first else " There are none.")

    def is_bias(self, parameter: Parameter) -> bool:
        """Whether a parameter is added as it is, rather than multiplied by an activation."""
        return self.roles[parameter.places[0].array] == "bias"

    def name_at(self, array: str, entry: int) -> str | None:
        """The name of the parameter at an entry of the flattened array, or None where nothing is connected."""
        return self.wiring.name_at(Place(array, tuple(int(at) for at in np.unravel_index(entry, self.shapes[array]))))

    def statistic_unit(self, number: int, position: int) -> str:
        """The unit under which the statistics of a unit are written: the first of those that share them."""
        layer = self.layers[number]
        return layer.unit(int(layer.works.members(position, self.received_shapes(number))[0]))

    def statistic_units(self, number: int) -> list[str]:
        """The units of a layer under which statistics are written."""
        if not number or not self.layers[number].works.statistics:
            return []
        return list(
            dict.fromkeys(self.statistic_unit(number, position) for position in range(self.layers[number].size))
        )

    def uses(self, name: str) -> list[Use]:
        """Every unit in whose h a parameter stands, in the order of its places."""
        found = self._known_uses.get(name)
        if found is None:  # a derivation asks for the same ones again, sample by sample, and so does a page
            found = tuple(self._list_uses(self.parameter(name)))
            if len(found) + sum(map(len, self._known_uses.values())) > MOST_USES:
                self._known_uses.clear()
            self._known_uses[name] = found
        return list(found)

    @cached_property
    def _known_uses(self) -> dict[str, tuple[Use, ...]]:
        """The uses of parameters that were asked for before."""
        return {}

    def _list_uses(self, parameter: Parameter) -> Iterator[Use]:
        for place in parameter.places:
            entry = int(np.ravel_multi_index(place.index, self.shapes[place.array]))
            for number, role in self._layers_with[place.array]:
                yield from self._uses_in(number, role, entry)

    def first_use(self, name: str) -> Use | None:
        """The first unit in whose h a parameter stands, or None, as under the padding of a picture."""
        found = self.uses(name)
        return found[0] if found else None

    def _uses_in(self, number: int, role: str, entry: int) -> Iterator[Use]:
        layer, shapes = self.layers[number], self.received_shapes(number)
        for position in layer.works.uses(role, entry, shapes):
            sender = layer.works.multiplies(int(position), role, entry, shapes)
            sending = (None, None) if sender is None else (layer.receives[sender[0]], sender[1])
            yield Use(number, int(position), role, entry, *sending)

    def first_layer_with(self, name: str) -> int:
        """The first layer that has a parameter, also where no h depends on it, as under the padding of a picture."""
        return self._layers_with[self.parameter(name).places[0].array][0][0]

    @cached_property
    def _layers_with(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {array: [] for array in self.shapes}
        for number, layer in enumerate(self.layers):
            for role, array in layer.arrays:
                found[array].append((number, role))
        return found

    def receivers(self, layer: int, position: int) -> list[Receiver]:
        """Every unit whose h depends on an activation, over connections that exist."""
        found: dict[tuple[int, int], list[int]] = {}
        for number, sender in self.listeners[layer]:
            kind, shapes = self.layers[number].works, self.received_shapes(number)
            for receiver in kind.receivers(sender, position, shapes):
                if not isinstance(kind, Linear) or self._connects(number, int(receiver), sender, position):
                    found.setdefault((number, int(receiver)), []).append(sender)
        return [Receiver(*place, tuple(senders)) for place, senders in found.items()]

    def weight_between(self, sender: str, receiver: str) -> str | None:
        """The name of the parameter that one unit's activation is multiplied by in another one's h, if there is one."""
        (number, sent), (listener, position) = self.place(sender), self.place(receiver)
        layer, shapes = self.layers[listener], self.received_shapes(listener)
        if not isinstance(layer.kind, Linear):
            return None
        for block in layer.kind.products(position, shapes):
            if layer.receives[block.sender] == number and block.entries is not None:
                for entry in block.entries[block.positions == sent]:
                    return self.name_at(dict(layer.arrays)[block.role], int(entry))
        return None

    def _connects(self, number: int, position: int, sender: int, sent: int) -> bool:
        """Whether any product of one h with an activation exists."""
        layer = self.layers[number]
        kind, arrays = layer.works, dict(layer.arrays)
        if not self.wiring.sparse:
            return True
        assert isinstance(kind, Linear)
        if isinstance(kind, Dense):  # one product a connection, found without listing the others
            entry = kind.entry(sent, position, self.layers[layer.receives[sender]].shape[-1])
            return self.name_at(arrays["weight"], entry) is not None
        return any(
            block.entries is None or self.name_at(arrays[block.role], int(entry)) is not None
            for block in kind.products(position, self.received_shapes(number))
            if block.sender == sender
            for entry in (block.entries if block.entries is not None else [0])
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but looks like a mistake, a sentence each."""
        low, high = self.cost.domain
        found = [
            f"cost '{self.cost.name}' is finite only for outputs between {low:g} and {high:g}; "
            f"'{last.name}' can leave that range."
            for last in dict.fromkeys(self.layers[number].activation for number in self.outputs)
            if not self.cost.fits(last.output_range)
        ]
        doubt = self.cost.diagnose(self.output_count)
        return (*found, *([doubt] if doubt else []))

    def with_activations(self, activations: Sequence[Activation]) -> Architecture:
        """The same architecture with other activations, one for each layer after the inputs. Raise ShapeError."""
        _require_activations(activations, self.depth)
        pairs = zip(self.layers[1:], activations, strict=True)
        changed = (replace(layer, activation=activation) for layer, activation in pairs)
        return replace(self, layers=(self.layers[0], *changed))

    @classmethod
    def chain(
        cls,
        units: tuple[tuple[str, ...], ...],
        chosen: Sequence[Any],
        cost: Cost,
        reduction: str = "sum",
        wiring: Wiring | None = None,
    ) -> Architecture:
        """A chain of dense layers, units by name and inputs first, with one activation for each layer after them."""
        _require_activations(chosen, len(units) - 1)
        layers = [Layer(INPUTS, None, (), IdentityFunction(), (), (len(units[0]),), units[0])]
        for number, (names, activation) in enumerate(zip(units[1:], chosen, strict=True), start=1):
            arrays = (("weight", f"W{number}"), ("bias", f"b{number}"))
            made = activations.make(activation)
            layers.append(Layer(f"l{number}", Dense(len(names)), (number - 1,), made, arrays, (len(names),), names))
        return cls(tuple(layers), (len(units) - 1,), cost, Full(units) if wiring is None else wiring, reduction)


def _require_activations(chosen: Sequence[Any], count: int) -> None:
    if len(chosen) != count:
        raise ShapeError(f"expected {count} activations, one for each layer after the inputs; received {len(chosen)}.")

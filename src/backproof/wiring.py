"""Which units are connected, and which parameter each connection uses.

Layers are numbered from the inputs, 0; layer l has weights W_l from layer l-1 and biases b_l. A parameter is used at
one place or, where it is shared (tied), at several: its derivative is the sum over its uses.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import Array
from backproof.functions import namespace, where


@dataclass(frozen=True, slots=True)
class Use:
    """One place of a parameter: the layer it feeds, the sending unit's row (None for a bias), the receiver's column."""

    layer: int
    row: int | None
    column: int

    @property
    def array(self) -> str:
        """The array that holds it: W1, b1, W2 ..."""
        return f"b{self.layer}" if self.row is None else f"W{self.layer}"

    @property
    def index(self) -> tuple[int, ...]:
        """Its place in that array."""
        return (self.column,) if self.row is None else (self.row, self.column)


@dataclass(frozen=True)
class Parameter:
    """A weight or bias by name, with all its uses; one that is not trained is left alone by the update."""

    name: str
    uses: tuple[Use, ...]
    trained: bool = True

    @property
    def is_bias(self) -> bool:
        """Whether it is added to units rather than multiplied with activations."""
        return self.uses[0].row is None


class Wiring(ABC):
    """Abstract. Units are given layer by layer, inputs first."""

    units: tuple[tuple[str, ...], ...]

    @cached_property
    def places(self) -> dict[str, tuple[int, int]]:
        """Layer and position of every unit."""
        return {
            name: (layer, position) for layer, names in enumerate(self.units) for position, name in enumerate(names)
        }

    @abstractmethod
    def names(self) -> Iterator[str]:
        """The name of every parameter."""

    @abstractmethod
    def get(self, name: str) -> Parameter | None:
        """The parameter of that name, if there is one."""

    @abstractmethod
    def name_at(self, use: Use) -> str | None:
        """The name of the parameter at a place, or None where nothing is connected."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many parameters there are."""

    @property
    def shared(self) -> bool:
        """Whether any parameter has several uses."""
        return False

    def incoming(self, layer: int, column: int) -> list[tuple[int, str]]:
        """The sending rows of a unit, each with the name of its weight."""
        rows = range(len(self.units[layer - 1]))
        named = ((row, self.name_at(Use(layer, row, column))) for row in rows)
        return [(row, name) for row, name in named if name is not None]

    def outgoing(self, layer: int, row: int) -> list[tuple[int, str]]:
        """The receiving columns of a unit of `layer`, each with the name of its weight."""
        if layer + 1 == len(self.units):
            return []
        columns = range(len(self.units[layer + 1]))
        named = ((column, self.name_at(Use(layer + 1, row, column))) for column in columns)
        return [(column, name) for column, name in named if name is not None]

    def tie(self, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """Gradients by place to gradients by parameter: 0 where nothing is connected, the sum where one is shared."""
        return dict(gradients)

    def hold(self, steps: Mapping[str, Any]) -> dict[str, Any]:
        """The same steps with 0 for each parameter that is not trained."""
        return dict(steps)

    def fill(self, given: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Array]:
        """The numbers drawn for each trained parameter, the same at all its uses, and else those that are given."""
        return {key: np.array(array, dtype=np.float64) for key, array in drawn.items()}

    def once(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """The same arrays with 0 for every use of a shared parameter but its first, as sums over parameters need."""
        return dict(arrays)

    def dot(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> Any:
        """The sum of products over all trained parameters, each counted once however often it is used.

        One of the two must be 0 where nothing is connected, as gradients and steps are.
        """
        products = {key: array * right[key] for key, array in left.items()}
        return sum(each.sum() for each in self.once(self.hold(products)).values())


@final
@dataclass(frozen=True)
class Full(Wiring):
    """Every unit connected to every unit of the next layer, with a bias each; names are made up, never listed."""

    units: tuple[tuple[str, ...], ...]

    def names(self) -> Iterator[str]:
        for layer in range(1, len(self.units)):
            for sender in self.units[layer - 1]:
                yield from (f"w[{layer}][{sender},{receiver}]" for receiver in self.units[layer])
            yield from (f"b[{layer}][{receiver}]" for receiver in self.units[layer])

    def get(self, name: str) -> Parameter | None:
        match = re.fullmatch(r"w\[(\d{1,9})\]\[([^,\]]+),([^,\]]+)\]|b\[(\d{1,9})\]\[([^,\]]+)\]", name)
        if match is None:
            return None
        layer = int(match[1] or match[4])
        receiver = self.places.get(match[3] or match[5])
        if receiver is None or receiver[0] != layer or layer == 0:
            return None
        if match[5]:
            return Parameter(name, (Use(layer, None, receiver[1]),))
        sender = self.places.get(match[2])
        if sender is None or sender[0] != layer - 1:
            return None
        return Parameter(name, (Use(layer, sender[1], receiver[1]),))

    def name_at(self, use: Use) -> str | None:
        receiver = self.units[use.layer][use.column]
        if use.row is None:
            return f"b[{use.layer}][{receiver}]"
        return f"w[{use.layer}][{self.units[use.layer - 1][use.row]},{receiver}]"

    @property
    def count(self) -> int:
        sizes = [len(layer) for layer in self.units]
        return sum((sent + 1) * received for sent, received in pairwise(sizes))


@final
@dataclass(frozen=True)
class Drawn(Wiring):
    """The connections that somebody drew, each with the parameter it uses."""

    units: tuple[tuple[str, ...], ...]
    parameters: tuple[Parameter, ...]

    @cached_property
    def _by_name(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def _by_place(self) -> dict[Use, str]:
        return {use: parameter.name for parameter in self.parameters for use in parameter.uses}

    def names(self) -> Iterator[str]:
        return iter(self._by_name)

    def get(self, name: str) -> Parameter | None:
        return self._by_name.get(name)

    def name_at(self, use: Use) -> str | None:
        return self._by_place.get(use)

    @property
    def count(self) -> int:
        return len(self.parameters)

    @property
    def shared(self) -> bool:
        return any(len(parameter.uses) > 1 for parameter in self.parameters)

    def tie(self, gradients: Mapping[str, Any]) -> dict[str, Any]:
        if not self.shared:
            return {key: where(self._groups[key] >= 0, array, 0.0) for key, array in gradients.items()}
        keys = list(self._groups)
        xp = namespace(gradients[keys[0]])
        flat = xp.concat([gradients[key].reshape(-1) for key in keys])
        alike, owners = self._sharing
        tied = xp.concat([*(flat[index].sum(-1) for index in alike), xp.zeros(1, dtype=flat.dtype)])[owners]
        ends = np.cumsum([int(np.prod(gradients[key].shape)) for key in keys])
        starts = [0, *ends[:-1].tolist()]
        return {
            key: tied[start:end].reshape(gradients[key].shape)
            for key, start, end in zip(keys, starts, ends.tolist(), strict=True)
        }

    def hold(self, steps: Mapping[str, Any]) -> dict[str, Any]:
        if all(parameter.trained for parameter in self.parameters):
            return dict(steps)
        return {key: where(self._trained(key), array, 0.0) for key, array in steps.items()}

    def once(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        if not self.shared:
            return dict(arrays)
        return {key: where(self._firsts[key], array, 0.0) for key, array in arrays.items()}

    def fill(self, given: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Array]:
        filled = {key: np.array(array, dtype=np.float64) for key, array in given.items()}
        for parameter in self.parameters:
            first = parameter.uses[0]
            for use in parameter.uses if parameter.trained else ():
                filled[use.array][use.index] = drawn[first.array][first.index]
        return filled

    @cached_property
    def _firsts(self) -> dict[str, NDArray[np.bool_]]:
        """Where the first use of each parameter is."""
        firsts = {key: np.zeros(shape, dtype=bool) for key, shape in shapes(self.units).items()}
        for parameter in self.parameters:
            firsts[parameter.uses[0].array][parameter.uses[0].index] = True
        return firsts

    @cached_property
    def _groups(self) -> dict[str, NDArray[np.int64]]:
        """For each array the number of the parameter at each place, -1 where there is none."""
        groups = {key: np.full(shape, -1) for key, shape in shapes(self.units).items()}
        for number, parameter in enumerate(self.parameters):
            for use in parameter.uses:
                groups[use.array][use.index] = number
        return groups

    def _trained(self, key: str) -> NDArray[np.bool_]:
        trained = np.array([parameter.trained for parameter in self.parameters] + [False])
        return trained[self._groups[key]]

    @cached_property
    def _sharing(self) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
        """What to add up, and where the sums go: places are counted through all arrays in order.

        First an index (parameters, uses) of places for each number of uses, so that nothing is padded; then, for each
        place, which of those sums is its own, the number after the last where nothing is connected.
        """
        numbers = np.concatenate([group.reshape(-1) for group in self._groups.values()])
        places = np.argsort(numbers, kind="stable")[np.count_nonzero(numbers < 0) :]
        uses = np.bincount(numbers[places], minlength=len(self.parameters))
        starts = np.cumsum(uses) - uses
        order = np.argsort(uses, kind="stable")
        alike = [
            places[starts[uses == count][:, None] + np.arange(count)] for count in np.unique(uses).tolist() if count
        ]
        ranks = np.empty(len(order) + 1, dtype=np.int64)
        ranks[order] = np.arange(len(order)) - np.count_nonzero(uses == 0)
        ranks[-1] = np.count_nonzero(uses)  # for the places of no parameter, which have the number -1
        return alike, ranks[numbers]


def shapes(units: Sequence[Sequence[str]]) -> dict[str, tuple[int, ...]]:
    """The shape of W1, b1, W2 ... for units given layer by layer."""
    found: dict[str, tuple[int, ...]] = {}
    for layer in range(1, len(units)):
        found[f"W{layer}"] = (len(units[layer - 1]), len(units[layer]))
        found[f"b{layer}"] = (len(units[layer]),)
    return found

"""Which parameter stands at which place of the parameter arrays, and what each is called.

A parameter stands at one place or, where it is shared (tied), at several: its derivative is the sum over its uses.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import prod
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray, Array
from backproof.functions import namespace, where

Shapes = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a parameter array: the array's name, such as W1, and the index in it."""

    array: str
    index: tuple[int, ...]


@dataclass(frozen=True)
class Parameter:
    """A weight or bias by name, with all its places; one that is not trained is left alone by the update."""

    name: str
    places: tuple[Place, ...]
    trained: bool = True

    def pick(self, arrays: Mapping[str, Any]) -> Any:
        """Its number among arrays of numbers, one for each parameter array."""
        return arrays[self.places[0].array][self.places[0].index]


class Wiring(ABC):
    """Abstract. `shapes` holds the name and shape of every parameter array, in order."""

    shapes: Shapes

    @abstractmethod
    def names(self) -> Iterator[str]:
        """The name of every parameter."""

    @abstractmethod
    def get(self, name: str) -> Parameter | None:
        """The parameter of that name, if there is one."""

    @abstractmethod
    def name_at(self, place: Place) -> str | None:
        """The name of the parameter at a place, or None where nothing is connected."""

    @property
    def count(self) -> int:
        """Number of parameters."""
        return sum(prod(shape) for _, shape in self.shapes)

    @property
    def sparse(self) -> bool:
        """Whether nothing may be connected at some places."""
        return False

    @property
    def shared(self) -> bool:
        """Whether any parameter stands at several places."""
        return False

    @property
    def freezes(self) -> bool:
        """Whether the update leaves some parameter alone."""
        return False

    def trains(self, array: str) -> bool:
        """Whether the update changes an array."""
        return True

    def tie(self, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """Gradients by place to gradients by parameter: 0 where nothing is connected, the sum where one is shared."""
        return dict(gradients)

    def mask_frozen(self, steps: Mapping[str, Any]) -> dict[str, Any]:
        """The same steps with 0 for each parameter that is not trained."""
        return dict(steps)

    def fill(self, given: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Array]:
        """Fresh numbers for each trained parameter, the same at all its places, and else those that are given."""
        return {key: np.array(array, dtype=np.float64) for key, array in fresh.items()}

    def mask_repeats(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """The same arrays with 0 for every place of a shared parameter but its first, as sums over parameters need."""
        return dict(arrays)

    def dot(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> Any:
        """The sum of products over all trained parameters, each counted once however often it is used.

        One of the two must be 0 where nothing is connected, as gradients and steps are.
        """
        products = {key: array * right[key] for key, array in left.items()}
        return sum(each.sum() for each in self.mask_repeats(self.mask_frozen(products)).values())


@final
@dataclass(frozen=True)
class Full(Wiring):
    """A chain of dense layers, every unit connected to every unit of the next layer, with a bias each.

    Names are made up and never listed: w[1][x1,l1.1] is a weight of layer 1, b[1][l1.1] a bias.
    """

    units: tuple[tuple[str, ...], ...]

    @cached_property
    def shapes(self) -> Shapes:  # type: ignore[override]
        """The name and shape of every parameter array."""
        return chain_shapes(self.units)

    @cached_property
    def _positions(self) -> tuple[dict[str, int], ...]:
        return tuple({name: number for number, name in enumerate(names)} for names in self.units)

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
        if not 1 <= layer < len(self.units):
            return None
        column = self._positions[layer].get(match[3] or match[5])
        if match[5]:
            return None if column is None else Parameter(name, (Place(f"b{layer}", (column,)),))
        row = self._positions[layer - 1].get(match[2])
        return None if row is None or column is None else Parameter(name, (Place(f"W{layer}", (row, column)),))

    def name_at(self, place: Place) -> str | None:
        layer = int(place.array[1:])
        receiver = self.units[layer][place.index[-1]]
        if len(place.index) == 1:
            return f"b[{layer}][{receiver}]"
        return f"w[{layer}][{self.units[layer - 1][place.index[0]]},{receiver}]"


@final
@dataclass(frozen=True)
class Indexed(Wiring):
    """Every number of every array a parameter of its own, called by array and index from 0: c.weight[0,0,1,2].

    The update leaves alone the arrays named in `untrained`.
    """

    shapes: Shapes
    untrained: tuple[str, ...] = ()

    @cached_property
    def _by_array(self) -> dict[str, tuple[int, ...]]:
        return dict(self.shapes)

    def names(self) -> Iterator[str]:
        for array, shape in self.shapes:
            yield from (write_index(array, index) for index in np.ndindex(shape))

    def get(self, name: str) -> Parameter | None:
        match = re.fullmatch(r"(.+)\[(\d{1,9}(?:,\d{1,9})*)\]", name)
        if match is None or match[1] not in self._by_array:
            return None
        index, shape = tuple(int(part) for part in match[2].split(",")), self._by_array[match[1]]
        if len(index) != len(shape) or any(at >= size for at, size in zip(index, shape, strict=True)):
            return None
        return Parameter(write_index(match[1], index), (Place(match[1], index),), self.trains(match[1]))

    def name_at(self, place: Place) -> str | None:
        return write_index(place.array, place.index)

    @property
    def freezes(self) -> bool:
        return bool(self.untrained)

    def trains(self, array: str) -> bool:
        return array not in self.untrained

    def mask_frozen(self, steps: Mapping[str, Any]) -> dict[str, Any]:
        return {key: step if self.trains(key) else 0 * step for key, step in steps.items()}

    def fill(self, given: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Array]:
        chosen = {key: array if self.trains(key) else given[key] for key, array in fresh.items()}
        return {key: np.array(array, dtype=np.float64) for key, array in chosen.items()}


@final
@dataclass(frozen=True)
class Explicit(Wiring):
    """The parameters that somebody named one by one, each with its places; where none stands, nothing is connected."""

    shapes: Shapes
    parameters: tuple[Parameter, ...]

    @cached_property
    def _by_name(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def _by_place(self) -> dict[Place, str]:
        return {place: parameter.name for parameter in self.parameters for place in parameter.places}

    def names(self) -> Iterator[str]:
        return iter(self._by_name)

    def get(self, name: str) -> Parameter | None:
        return self._by_name.get(name)

    def name_at(self, place: Place) -> str | None:
        return self._by_place.get(place)

    @property
    def count(self) -> int:
        return len(self.parameters)

    @property
    def sparse(self) -> bool:
        return True

    @property
    def shared(self) -> bool:
        return any(len(parameter.places) > 1 for parameter in self.parameters)

    def tie(self, gradients: Mapping[str, Any]) -> dict[str, Any]:
        if not self.shared:
            return {key: where(self._groups[key] >= 0, array, 0.0) for key, array in gradients.items()}
        keys = list(self._groups)
        xp = namespace(gradients[keys[0]])
        fitted = {key: gradients[key] for key in keys}
        for key, group in self._groups.items():
            if fitted[key].shape != group.shape:  # made by a slip: it spreads or is a ValueError, as elsewhere
                fitted[key] = xp.broadcast_to(fitted[key], group.shape)
        flat = xp.concat([array.reshape(-1) for array in fitted.values()])
        alike, owners = self._sharing
        tied = xp.concat([*(flat[index].sum(-1) for index in alike), xp.zeros(1, dtype=flat.dtype)])[owners]
        ends = np.cumsum([self._groups[key].size for key in keys])
        starts = [0, *ends[:-1].tolist()]
        return {
            key: tied[start:end].reshape(self._groups[key].shape)
            for key, start, end in zip(keys, starts, ends.tolist(), strict=True)
        }

    @cached_property
    def freezes(self) -> bool:
        return not all(parameter.trained for parameter in self.parameters)

    def mask_frozen(self, steps: Mapping[str, Any]) -> dict[str, Any]:
        if not self.freezes:
            return dict(steps)
        return {key: where(self._trained(key), array, 0.0) for key, array in steps.items()}

    def mask_repeats(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        if not self.shared:
            return dict(arrays)
        return {key: where(self._firsts[key], array, 0.0) for key, array in arrays.items()}

    def fill(self, given: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Array]:
        filled = {key: np.array(array, dtype=np.float64) for key, array in given.items()}
        for parameter in self.parameters:
            for place in parameter.places if parameter.trained else ():
                filled[place.array][place.index] = parameter.pick(fresh)
        return filled

    @cached_property
    def _firsts(self) -> dict[str, AnyArray]:
        """Where the first place of each parameter is."""
        firsts: dict[str, AnyArray] = {key: np.zeros(shape, dtype=bool) for key, shape in self.shapes}
        for parameter in self.parameters:
            firsts[parameter.places[0].array][parameter.places[0].index] = True
        return firsts

    @cached_property
    def _groups(self) -> dict[str, NDArray[np.int64]]:
        """For each array the number of the parameter at each place, -1 where there is none."""
        groups = {key: np.full(shape, -1) for key, shape in self.shapes}
        for number, parameter in enumerate(self.parameters):
            for place in parameter.places:
                groups[place.array][place.index] = number
        return groups

    def _trained(self, key: str) -> AnyArray:
        trained = np.array([parameter.trained for parameter in self.parameters] + [False])
        return np.asarray(trained[self._groups[key]])

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


def write_index(name: str, index: tuple[int, ...]) -> str:
    """A number of an array by its index: c.weight[0,0,1,2]"""
    return f"{name}[{','.join(str(int(at)) for at in index)}]"


def chain_shapes(units: tuple[tuple[str, ...], ...]) -> Shapes:
    """The shapes of W1, b1, W2 ... for a chain of dense layers, its units given layer by layer."""
    sizes = [len(names) for names in units]
    return tuple(
        chain.from_iterable(
            ((f"W{layer}", (sizes[layer - 1], sizes[layer])), (f"b{layer}", (sizes[layer],)))
            for layer in range(1, len(sizes))
        )
    )

"""Units, weights and biases by name, each connection written out."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import did_you_mean
from backproof.schema import Fault, Path, Table, as_is, filled, flag, items, number, shown, text
from backproof.wiring import Explicit, Parameter, Place, chain_shapes

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_']*")
TAKEN = ("E", "eta")
#: Places for a weight or bias, which are held in full.
MOST_PLACES = 10_000_000


Units = tuple[tuple[str, ...], ...]


def read_explicit(table: Table) -> tuple[Units, Explicit, dict[str, Array]]:
    """The units, the wiring and the numbers of its parameters."""
    units = table.need("units", _read_units)
    book = Book(units)
    table.take("weights", lambda value, path: book.enter_list(value, path, weights=True), None)
    table.take("biases", lambda value, path: book.enter_list(value, path, weights=False), None)
    return units, Explicit(chain_shapes(units), tuple(book.parameters)), book.arrays


def read_name(value: Any, path: Path, kind: str) -> str:
    """The name of a unit or parameter: letters, digits, _ and ', beginning with a letter."""
    name = text(value, path)
    if not NAME.fullmatch(name):
        raise Fault(
            f"{kind} name {shown(name)}: expected letters a to z, digits, _ and ', beginning with a letter.", path
        )
    if name in TAKEN:
        raise Fault(f"the name '{name}' is reserved ({'the cost' if name == 'E' else 'the learning rate'}).", path)
    return name


def _read_units(value: Any, path: Path) -> tuple[tuple[str, ...], ...]:
    layers = filled(value, path)
    if isinstance(layers[0][0], str):
        raise Fault('expected a list of layers, each a list of names, as in [["i1", "i2"], ["h1"], ["o"]].', path)
    seen: set[str] = set()
    units = tuple(tuple(_read_unit(each, place, seen) for each, place in filled(layer, at)) for layer, at in layers)
    if len(units) < 2:
        raise Fault(f"expected at least two layers, inputs and outputs; received {len(units)}.", path)
    count = sum((len(sent) + 1) * len(received) for sent, received in pairwise(units))
    if count > MOST_PLACES:
        raise Fault(f"{count:,} places for weights and biases; at most {MOST_PLACES:,} can be written.", path)
    return units


def _read_unit(value: Any, path: Path, seen: set[str]) -> str:
    name = read_name(value, path, "unit")
    if name in seen:
        raise Fault(f"there are two units named '{name}'.", path)
    seen.add(name)
    return name


class Book:
    """Parameters as they are entered one by one, with what is already taken."""

    def __init__(self, units: tuple[tuple[str, ...], ...]) -> None:
        self.places = {
            name: (layer, position) for layer, names in enumerate(units) for position, name in enumerate(names)
        }
        self.arrays: dict[str, Array] = {key: np.zeros(shape) for key, shape in chain_shapes(units)}
        self.parameters: list[Parameter] = []
        self.names: set[str] = set()
        self.taken: dict[Place, str] = {}

    def enter_list(self, value: Any, path: Path, *, weights: bool) -> None:
        """Enter a list of weights, or of biases."""
        known = ("name", "from", "to", "value", "trained") if weights else ("name", "to", "value", "trained")
        for entry, place in items(value, path):
            table = Table(entry, place, known)
            name = table.need("name", lambda given, at: read_name(given, at, "parameter"))
            if name in self.names:
                raise Fault(f"there are two parameters named '{name}'.", (*place, "name"))
            self.names.add(name)
            places = self._find_weight_places(table) if weights else self._find_bias_places(table)
            self._enter_parameter(name, places, table)

    def _enter_parameter(self, name: str, places: list[tuple[Place, Path]], table: Table) -> None:
        value = table.need("value", number)
        for place, path in places:
            if place in self.taken:
                raise Fault(f"'{name}' is in the same place as '{self.taken[place]}'; combine them into one.", path)
            self.taken[place] = name
            self.arrays[place.array][place.index] = value
        self.parameters.append(Parameter(name, tuple(place for place, _ in places), table.take("trained", flag, True)))

    def _find_bias_places(self, table: Table) -> list[tuple[Place, Path]]:
        return [(self._find_bias_place(unit, path), path) for unit, path in table.need("to", self._read_ends)]

    def _find_bias_place(self, unit: str, path: Path) -> Place:
        layer, column = self.places[unit]
        if layer == 0:
            raise Fault(f"'{unit}' is an input; it has no bias.", path)
        return Place(f"b{layer}", (column,))

    def _find_weight_places(self, table: Table) -> list[tuple[Place, Path]]:
        senders, receivers = table.need("from", self._read_ends), table.need("to", self._read_ends)
        several = [isinstance(table.need(key, as_is), list) for key in ("from", "to")]
        if several[0] != several[1] or len(senders) != len(receivers):
            raise Fault(
                f"'from' names {len(senders)} and 'to' {len(receivers)}; a shared weight has lists of equal length, "
                'one entry for each use, as in from = ["i1", "i1"], to = ["h1", "h2"].',
                (*table.path, "to"),
            )
        return [
            (self._find_weight_place(sender, receiver, path), path)
            for (sender, _), (receiver, path) in zip(senders, receivers, strict=True)
        ]

    def _find_weight_place(self, sender: str, receiver: str, path: Path) -> Place:
        (sent, row), (received, column) = self.places[sender], self.places[receiver]
        if received != sent + 1:
            raise Fault(
                f"a weight from '{sender}' (layer {sent}) to '{receiver}' (layer {received}) "
                f"{_describe_direction(sent, received)}; expected one from a layer to the next.",
                path,
            )
        return Place(f"W{received}", (row, column))

    def _read_ends(self, value: Any, path: Path) -> list[tuple[str, Path]]:
        """One unit or a list of them, each with its path."""
        given = filled(value, path) if isinstance(value, list) else [(value, path)]
        return [(self._read_end(each, place), place) for each, place in given]

    def _read_end(self, value: Any, path: Path) -> str:
        name = text(value, path)
        if name not in self.places:
            raise Fault(f"there is no unit {shown(name)}.{did_you_mean(name[:100], self.places)}", path)
        return name


def _describe_direction(sent: int, received: int) -> str:
    """What is wrong with a connection that does not go to the next layer."""
    if received == sent:
        return "stays within a layer"
    return "goes backwards" if received < sent else "skips a layer"

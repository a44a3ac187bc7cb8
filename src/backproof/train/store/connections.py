"""The parameters of a drawn network as JSON: each by its name, with the places where it is used.

A place is [layer, row, column]: the row of the sending unit, null for a bias, and the column of the receiving one.
"""

from __future__ import annotations

from typing import Any

from backproof.schema import Fault, Path, Table, filled, flag, items, shown, text, whole
from backproof.wiring import Parameter, Place

Units = tuple[tuple[str, ...], ...]


def write_parameter(parameter: Parameter) -> dict[str, Any]:
    """The JSON of one parameter; `trained` is left out where it holds."""
    uses = [
        [int(place.array[1:]), *(place.index if len(place.index) == 2 else (None, *place.index))]
        for place in parameter.places
    ]
    return {"name": parameter.name, "uses": uses, **({} if parameter.trained else {"trained": False})}


def read_parameters(value: Any, path: Path, units: Units) -> tuple[Parameter, ...]:
    """All parameters, no two of one name or at one place."""
    found = tuple(_parameter(each, place, units) for each, place in items(value, path))
    names: set[str] = set()
    taken: dict[Place, str] = {}
    for position, parameter in enumerate(found, start=1):
        if parameter.name in names:
            raise Fault(f"there are two parameters named {shown(parameter.name)}.", (*path, position))
        names.add(parameter.name)
        for use in parameter.places:
            if use in taken:
                raise Fault(
                    f"{shown(parameter.name)} stands where {shown(taken[use])} already is.", (*path, position, "uses")
                )
            taken[use] = parameter.name
    return found


def _parameter(value: Any, path: Path, units: Units) -> Parameter:
    table = Table(value, path, ("name", "uses", "trained"))
    uses = table.need("uses", lambda given, place: [_use(*each, units) for each in filled(given, place)])
    if len({len(place.index) for place in uses}) > 1:
        raise Fault("these places are a weight's and a bias's; expected those of one kind.", (*path, "uses"))
    return Parameter(table.need("name", text), tuple(uses), table.take("trained", flag, True))


def _use(value: Any, path: Path, units: Units) -> Place:
    parts = items(value, path)
    if len(parts) != 3:
        raise Fault(f"expected a place as [layer, row, column], received a list of {len(parts)}.", path)
    (layer, at_layer), (row, at_row), (column, at_column) = parts
    number = whole(layer, at_layer, 1, len(units) - 1)
    sender = None if row is None else whole(row, at_row, 0, len(units[number - 1]) - 1)
    receiver = whole(column, at_column, 0, len(units[number]) - 1)
    return Place(f"b{number}", (receiver,)) if sender is None else Place(f"W{number}", (sender, receiver))

"""Edits of a worksheet: another number for a parameter, an input, a target or the rate, another activation or cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import Any, NamedTuple

from backproof import names
from backproof.architecture import Architecture
from backproof.errors import OptionError
from backproof.network import Network
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.quantity import Kind, Quantity
from backproof.trace import flatten_units
from backproof.validate import describe
from backproof.worksheet import Worksheet

#: An edit's number may be as large as this; what is larger leaves float64 soon.
LARGEST = 1e9
#: Edits that a page may hold.
MOST = 2000
COST = "cost"
ACTIVATION = "activation of "


class Edit(NamedTuple):
    """What is changed, of which sample (from 1) or of none, and its new value as it was typed."""

    name: str
    sample: int | None
    value: str


def read_edits(given: Any) -> tuple[Edit, ...]:
    """Edits as a page sends them. Raise OptionError for what is none."""
    if not isinstance(given, list) or len(given) > MOST:
        raise OptionError(f"expected a list of at most {MOST} edits, received {describe(given)}.")
    return tuple(map(_read_edit, given))


def _read_edit(given: Any) -> Edit:
    if not isinstance(given, dict):
        raise OptionError(f"an edit has a name, a sample and a value; received {describe(given)}.")
    name, sample, value = (given.get(key) for key in ("name", "sample", "value"))
    fits = isinstance(name, str) and isinstance(value, str) and (sample is None or type(sample) is int)
    if not fits or len(str(name)) > 200 or len(str(value)) > 60:
        raise OptionError("an edit's name and value are short texts, and its sample a whole number or nothing.")
    return Edit(str(name), sample, str(value))


def apply_edits(sheet: Worksheet, edits: Iterable[Edit]) -> Worksheet:
    """The worksheet with some edits, one after the other. Raise BackproofError for one that is not possible."""
    for edit in edits:
        sheet = _apply(sheet, edit)
    return sheet


def _apply(sheet: Worksheet, edit: Edit) -> Worksheet:
    architecture = sheet.network.architecture
    if edit.name == COST:
        return _with_architecture(sheet, replace(architecture, cost=costs.make(edit.value)))
    if edit.name.startswith(ACTIVATION):
        return _with_architecture(sheet, _choose_activation(architecture, edit))
    quantity = names.parse_name(edit.name, sheet.network)
    value = _read_number(edit)
    if not isinstance(quantity, Quantity):
        raise OptionError(f"'{edit.name}' is a product; change its factors.")
    match quantity.kind:
        case Kind.PARAMETER:
            return replace(sheet, network=_set_parameter(sheet.network, edit.name, value))
        case Kind.RATE:
            if value < 0:
                raise OptionError(f"the learning rate may not be negative, received {value:g}.")
            return replace(sheet, training=replace(sheet.training, rate=value))
        case Kind.ACTIVATION if architecture.place(quantity.of[0])[0] == 0:
            x = sheet.x.copy()
            flatten_units(x)[_find_row(sheet, edit), architecture.place(quantity.of[0])[1]] = value
            return replace(sheet, x=x)
        case Kind.TARGET:
            y = sheet.y.copy()
            column = architecture.output_column(*architecture.place(quantity.of[0]))
            y[_find_row(sheet, edit), column] = value
            return replace(sheet, y=y)
    raise OptionError(f"'{edit.name}' follows from other numbers; change a weight, an input, a target or the rate.")


def _with_architecture(sheet: Worksheet, architecture: Architecture) -> Worksheet:
    return replace(sheet, network=Network.of(architecture, sheet.network.parameters))


def _choose_activation(architecture: Architecture, edit: Edit) -> Architecture:
    layer = edit.name.removeprefix(ACTIVATION)
    named = [each.name for each in architecture.layers[1:]]
    if layer not in named:
        raise OptionError(f"there is no layer '{layer}'; expected one of {', '.join(named)}.")
    chosen = list(architecture.activations)
    chosen[named.index(layer)] = activations.make(edit.value)
    return architecture.with_activations(chosen)


def _read_number(edit: Edit) -> float:
    try:
        value = float(edit.value)
    except ValueError:
        raise OptionError(f"'{edit.value}' is not a number; expected one such as -0.25 or 1e-3.") from None
    if not isfinite(value) or abs(value) > LARGEST:
        raise OptionError(f"{edit.value} is too large; expected a number of at most {LARGEST:g}.")
    return value


def _find_row(sheet: Worksheet, edit: Edit) -> int:
    if edit.sample is None or not 1 <= edit.sample <= len(sheet.x):
        raise OptionError(f"'{edit.name}' belongs to a sample from 1 to {len(sheet.x)}, received {edit.sample}.")
    return edit.sample - 1


def _set_parameter(network: Network, name: str, value: float) -> Network:
    places = network.parameter(name).places
    arrays = dict(network.parameters)
    arrays |= {place.array: arrays[place.array].copy() for place in places}
    for place in places:
        arrays[place.array][place.index] = value
    return network.with_parameters(arrays)


def list_choices(sheet: Worksheet) -> list[dict[str, Any]]:
    """The operations of a worksheet that can be exchanged: each layer's activation, and the cost."""
    architecture = sheet.network.architecture
    layers = architecture.layers[1:]
    found = [
        _list_choice(f"{ACTIVATION}{layer.name}", f"activation of {', '.join(layer.units[:3])}", layer.activation.name)
        | {"options": _name_options(activations, layer.activation.name)}
        for layer in layers
        if layer.size <= 1000
    ]
    return [
        *found,
        _list_choice(COST, "cost", architecture.cost.name) | {"options": _name_options(costs, architecture.cost.name)},
    ]


def _list_choice(name: str, label: str, value: str) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value}


def _name_options(registry: Any, now: str) -> list[str]:
    """The names that can be made without options of their own, the present one among them."""
    return sorted({*registry.names(), now})

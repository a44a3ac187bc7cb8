"""Edits of a worksheet: other numbers, another activation, cost or optimiser, units and samples more or fewer.

An edit of a number may belong to a later step: training goes on from there with another number, a second future.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from backproof import names
from backproof.architecture import Architecture
from backproof.errors import OptionError
from backproof.layers import flatten_units
from backproof.network import Network, made_up_units
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.optimiser import optimisers
from backproof.quantity import Kind, Quantity
from backproof.trace import Trace, trace_steps
from backproof.validate import describe
from backproof.wiring import Explicit
from backproof.worksheet import Worksheet, toml
from backproof.worksheet.reader import loads
from backproof.worksheet.writer import dumps

#: An edit's number may be as large as this; what is larger leaves float64 soon.
LARGEST = 1e9
#: The last step that an edit may belong to.
LAST_STEP = 10_000
#: What a weight of a new unit is.
NEW_WEIGHT = 0.1
#: Edits that a page may hold.
MOST = 2000
COST, OPTIMISER, SAMPLES = "cost", "optimiser", "samples"
ACTIVATION, UNITS = "activation of ", "units of "
#: Units of a layer, and samples, that a page may add up to.
MOST_UNITS, MOST_SAMPLES = 8, 12


class Edit(NamedTuple):
    """What is changed, of which sample (from 1) or of none, its new value as it was typed, and from which step on."""

    name: str
    sample: int | None
    value: str
    step: int = 1


def read_edits(given: Any) -> tuple[Edit, ...]:
    """Edits as a page sends them. Raise OptionError for what is none."""
    if not isinstance(given, list) or len(given) > MOST:
        raise OptionError(f"expected a list of at most {MOST} edits, received {describe(given)}.")
    return tuple(map(_read_edit, given))


def _read_edit(given: Any) -> Edit:
    if not isinstance(given, dict):
        raise OptionError(f"an edit has a name, a sample and a value; received {describe(given)}.")
    name, sample, value = (given.get(key) for key in ("name", "sample", "value"))
    step = given.get("step", 1)
    fits = isinstance(name, str) and isinstance(value, str) and (sample is None or type(sample) is int)
    if not fits or len(str(name)) > 200 or len(str(value)) > 60:
        raise OptionError("an edit's name and value are short texts, and its sample a whole number or nothing.")
    if type(step) is not int or not 1 <= step <= LAST_STEP:
        raise OptionError(f"an edit belongs to a step from 1 to {LAST_STEP}, received {describe(step)}.")
    return Edit(str(name), sample, str(value), step)


def follow_edits(sheet: Worksheet, edits: Sequence[Edit]) -> Iterator[tuple[Worksheet, Trace]]:
    """The steps of a worksheet as edits change it, each from its own step on; with each the worksheet that it is from.

    A worksheet that was changed at a later step starts there. Errors as for `apply_edits`.
    """
    sheet = apply_edits(sheet, (edit for edit in edits if edit.step == 1))
    later = sorted({edit.step for edit in edits if edit.step > 1})
    for edit in edits:
        if edit.step > 1 and not _is_number(edit):
            raise OptionError(f"'{edit.name}' can be changed at step 1 alone; at step {edit.step} change a number.")
    while True:
        for trace in trace_steps(sheet.network, sheet.x, sheet.y, sheet.training):
            if later and trace.step == later[0]:
                training = replace(sheet.training, start=later.pop(0), slots=trace.slots)
                sheet = replace(sheet, network=trace.network, training=training)
                sheet = apply_edits(sheet, (edit for edit in edits if edit.step == training.start))
                break
            yield sheet, trace


def _is_number(edit: Edit) -> bool:
    """Whether an edit is about a number, not about the shape or an operation of the network."""
    return edit.name not in (COST, OPTIMISER, SAMPLES) and not edit.name.startswith((ACTIVATION, UNITS))


def apply_edits(sheet: Worksheet, edits: Iterable[Edit]) -> Worksheet:
    """The worksheet with some edits, one after the other. Raise BackproofError for one that is not possible."""
    for edit in edits:
        sheet = _apply(sheet, edit)
    return sheet


def _apply(sheet: Worksheet, edit: Edit) -> Worksheet:
    architecture = sheet.network.architecture
    if edit.name == COST:
        return _with_architecture(sheet, replace(architecture, cost=costs.make(edit.value)))
    if edit.name == OPTIMISER:
        return replace(sheet, training=replace(sheet.training, optimiser=optimisers.make(edit.value)))
    if edit.name == SAMPLES:
        return _resize_samples(sheet, _read_count(edit, MOST_SAMPLES))
    if edit.name.startswith(UNITS):
        return _resize_layer(sheet, edit)
    if edit.name.startswith(ACTIVATION):
        return _with_architecture(sheet, _choose_activation(architecture, edit))
    quantity = names.parse_name(edit.name, sheet.network, sheet.training)
    value = _read_number(edit)
    if not isinstance(quantity, Quantity):
        raise OptionError(f"'{edit.name}' is a product; change its factors.")
    match quantity.kind:
        case Kind.PARAMETER:
            return replace(sheet, network=sheet.network.with_parameter(edit.name, value))
        case Kind.RATE | Kind.REGULARISED if quantity.letter == "eta":
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


def _resize_samples(sheet: Worksheet, count: int) -> Worksheet:
    """The first samples; more than there are begin as copies of the last one."""
    used = [number for batch in sheet.training.batches for number in batch]
    if used and count < max(used):
        raise OptionError(f"the batches use sample {max(used)}; there can be no fewer than {max(used)} samples.")
    rows = [min(row, len(sheet.x) - 1) for row in range(count)]
    return replace(sheet, x=sheet.x[rows], y=sheet.y[rows])


def _resize_layer(sheet: Worksheet, edit: Edit) -> Worksheet:
    """Units added at a hidden layer's end or taken from it."""
    architecture, layer = sheet.network.architecture, edit.name.removeprefix(UNITS)
    places = [number for number, each in enumerate(architecture.layers[:-1]) if number and each.name == layer]
    if not places:
        raise OptionError(f"'{layer}' is not a hidden layer; expected one such as l1.")
    if reason := explain_fixed(architecture):
        raise OptionError(reason)
    count = _read_count(edit, MOST_UNITS)
    named = isinstance(architecture.wiring, Explicit)
    return _resize_named_layer(sheet, places[0], count) if named else _resize_whole_layer(sheet, places[0], count)


def explain_fixed(architecture: Architecture) -> str:
    """Why units can be neither added to a network nor taken away, as a sentence; empty where they can."""
    if not architecture.is_chain:
        return (
            "Units can be added and taken away only where each layer receives from the one before; here layers branch."
        )
    if architecture.wiring.shared:
        return "Units can be neither added nor taken away here, since a parameter is used in several places."
    sizes = [layer.size for layer in architecture.layers]
    if not isinstance(architecture.wiring, Explicit) and made_up_units(sizes) != tuple(
        layer.units for layer in architecture.layers
    ):
        return (
            "Units can be neither added nor taken away here, since units that have names are connected as whole layers."
        )
    return ""


def _resize_whole_layer(sheet: Worksheet, place: int, count: int) -> Worksheet:
    """A layer that is given by its size: more units are connected by weights of 0.1, with biases of 0."""
    network = sheet.network
    sizes = [count if number == place else layer.size for number, layer in enumerate(network.architecture.layers)]
    chain = Architecture.chain(made_up_units(sizes), network.activations, network.cost, network.reduction)
    arrays = {}
    for name, array in network.parameters.items():
        arrays[name] = np.full(chain.shapes[name], NEW_WEIGHT if array.ndim > 1 else 0.0)
        kept = tuple(slice(min(ends)) for ends in zip(array.shape, arrays[name].shape, strict=True))
        arrays[name][kept] = array[kept]
    return replace(sheet, network=Network.of(chain, arrays))


def _resize_named_layer(sheet: Worksheet, place: int, count: int) -> Worksheet:
    """A layer of named units, by way of the worksheet's own format."""
    table = tomllib.loads(dumps(sheet))
    network = table["network"]
    units = network["units"]
    while len(units[place]) > count:
        gone = units[place].pop()
        for key in ("weights", "biases"):
            network[key] = [each for each in network.get(key, []) if gone not in (each.get("from"), each["to"])]
    while len(units[place]) < count:
        _add_unit(network, place)
    kept = {key: value for key, value in table.items() if key not in ("claims", "lesson", "aliases")}
    return loads("\n".join(toml.write_pair(key, value) for key, value in kept.items()), None)


def _add_unit(network: dict[str, Any], place: int) -> None:
    """One more unit, connected to all units beside it by weights of 0.1, with a bias of 0."""
    units = network["units"]
    unit = _name_next(units[place][-1], {name for layer in units for name in layer})
    units[place].append(unit)
    pairs = [(sender, unit) for sender in units[place - 1]] + [(unit, receiver) for receiver in units[place + 1]]
    for sender, receiver in pairs:
        name = _name_next("w0", _list_names(network))
        network["weights"].append({"name": name, "from": sender, "to": receiver, "value": NEW_WEIGHT})
    bias = {"name": _name_next("b0", _list_names(network)), "to": unit, "value": 0.0}
    network["biases"] = [*network.get("biases", []), bias]


def _list_names(network: dict[str, Any]) -> set[str]:
    return {each["name"] for key in ("weights", "biases") for each in network.get(key, [])}


def _name_next(name: str, taken: set[str]) -> str:
    """The first free name of the same letters with a larger number: h3 after h2."""
    letters = name.rstrip("0123456789")
    number = int(name[len(letters) :] or 0) + 1
    while f"{letters}{number}" in taken:
        number += 1
    return f"{letters}{number}"


def _read_count(edit: Edit, most: int) -> int:
    if not edit.value.isascii() or not edit.value.isdigit() or not 1 <= int(edit.value) <= most:
        raise OptionError(f"'{edit.name}' is a whole number from 1 to {most}, received '{edit.value}'.")
    return int(edit.value)


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
    fixed = explain_fixed(architecture)
    counts = [str(count) for count in range(1, MOST_UNITS + 1)]
    found += [
        _list_choice(f"{UNITS}{layer.name}", f"units of {layer.name}", str(layer.size))
        | ({"options": [str(layer.size)], "fixed": fixed} if fixed else {"options": counts})
        for layer in layers[:-1]
        if layer.size <= MOST_UNITS and len(layer.shape) == 1
    ]
    if len(sheet.x) <= MOST_SAMPLES:
        counts = [str(count) for count in range(1, MOST_SAMPLES + 1)]
        found.append(_list_choice(SAMPLES, "samples", str(len(sheet.x))) | {"options": counts})
    if sheet.training.rate is not None:
        own = sheet.training.optimiser.name
        found.append(_list_choice(OPTIMISER, "optimiser", own) | {"options": _name_options(optimisers, own)})
    return [
        *found,
        _list_choice(COST, "cost", architecture.cost.name) | {"options": _name_options(costs, architecture.cost.name)},
    ]


def _list_choice(name: str, label: str, value: str) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value}


def _name_options(registry: Any, now: str) -> list[str]:
    """The names that can be made without options of their own, the present one among them."""
    return sorted({*registry.names(), now})

"""Dropout as an option of training: layers between those of a network, put in and taken out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backproof.architecture import Architecture
from backproof.errors import OptionError
from backproof.layers import Layer
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.layers.dropout import Dropout

#: What the name of a layer that is put in ends with; nobody can write a name with a point.
ENDING = ".dropout"


def spread_rates(rate: float | Sequence[float], depth: int) -> tuple[float, ...]:
    """The rate of each of `depth` layers before the last, inputs first, from one or one for each hidden layer.

    Errors: OptionError.
    """
    if not isinstance(rate, Sequence):
        return (0.0, *[rate] * (depth - 1))
    if len(rate) != depth - 1:
        raise OptionError(f"dropout: expected {depth - 1} rates, one for each hidden layer; received {len(rate)}.")
    return (0.0, *rate)


def insert_dropout(architecture: Architecture, rates: Sequence[float]) -> Architecture:
    """The architecture with dropout between each layer that has a rate and those that receive from it, inputs first."""
    if not any(rates):
        return architecture
    layers: list[Layer] = []
    sent, moved = dict[int, int](), dict[int, int]()
    for number, layer in enumerate(architecture.layers):
        sent[number] = moved[number] = len(layers)
        layers.append(replace(layer, receives=tuple(sent[each] for each in layer.receives)))
        if number < len(rates) and rates[number] and architecture.listeners[number]:
            sent[number], kind = len(layers), Dropout(float(rates[number]))
            names = tuple(map(name_after_dropout, layer.own_names))
            name = f"{layer.name}{ENDING}"
            layers.append(Layer(name, kind, (moved[number],), IdentityFunction(), (), layer.shape, names))
    return replace(architecture, layers=tuple(layers), outputs=tuple(moved[each] for each in architecture.outputs))


def remove_dropout(architecture: Architecture) -> tuple[Architecture, tuple[float, ...]]:
    """The architecture without the layers that `insert_dropout` put in, and the rates of the layers, inputs first."""
    kept: list[Layer] = []
    rates: list[float] = []
    moved = dict[int, int]()
    for number, layer in enumerate(architecture.layers):
        if is_inserted(architecture, number):
            assert isinstance(layer.kind, Dropout)
            moved[number] = moved[layer.receives[0]]
            rates[moved[number]] = layer.kind.rate
        else:
            moved[number] = len(kept)
            kept.append(replace(layer, receives=tuple(moved[each] for each in layer.receives)))
            rates.append(0.0)
    if not any(rates):
        return architecture, ()
    outputs = tuple(moved[each] for each in architecture.outputs)
    return replace(architecture, layers=tuple(kept), outputs=outputs), tuple(rates[:-1])


def is_inserted(architecture: Architecture, number: int) -> bool:
    """Whether a layer was put in by `insert_dropout`."""
    layer = architecture.layers[number]
    if not isinstance(layer.kind, Dropout) or layer.part_of is not None:
        return False
    return layer.name == f"{architecture.layers[layer.receives[0]].name}{ENDING}"


def name_after_dropout(unit: str) -> str:
    """What a unit is called behind the dropout that follows its layer: `h1.dropout`, `c.dropout[0,2,3]`."""
    layer, bracket, index = unit.partition("[")
    return f"{layer}{ENDING}{bracket}{index}"

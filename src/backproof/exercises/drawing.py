"""From layers given whole to a network with names that a person writes: x1, h1, o; w1, w2, ..., b1."""

from __future__ import annotations

from dataclasses import replace

from backproof.network import Network
from backproof.wiring import Drawn, Parameter, Use, Wiring


def drawn(network: Network) -> Network:
    """The same network with every unit and parameter by a name of its own; one that has them stays as it is."""
    if isinstance(network.wiring, Drawn):
        return network
    wiring = Drawn(_units(network.units), tuple(_parameters(network.wiring)))
    return replace(network, wiring=wiring, parameters=type(network.parameters)(network.parameters.arrays, wiring))


def _units(units: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Inputs keep their names; hidden units are h1, h2 ..., with their layer in front where there are several."""
    inputs, *hidden, outputs = units
    several = len(hidden) > 1
    between = (
        tuple(f"h{layer}_{number}" if several else f"h{number}" for number in range(1, len(names) + 1))
        for layer, names in enumerate(hidden, start=1)
    )
    last = ("o",) if len(outputs) == 1 else tuple(f"o{number}" for number in range(1, len(outputs) + 1))
    return (inputs, *between, last)


def _parameters(wiring: Wiring) -> list[Parameter]:
    """w1, w2, ... and b1, b2, ..., layer by layer."""
    sizes = [len(layer) for layer in wiring.units]
    weights = [
        Use(layer, row, column)
        for layer in range(1, len(sizes))
        for row in range(sizes[layer - 1])
        for column in range(sizes[layer])
    ]
    biases = [Use(layer, None, column) for layer in range(1, len(sizes)) for column in range(sizes[layer])]
    return [
        Parameter(f"{letter}{number}", (use,))
        for letter, uses in (("w", weights), ("b", biases))
        for number, use in enumerate(uses, start=1)
    ]

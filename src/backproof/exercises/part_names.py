"""Names that a person writes for the parts of layers given whole: x1, h1, o; w1, w2, ..., b1."""

from __future__ import annotations

from itertools import product

from backproof.architecture import Architecture
from backproof.network import Network
from backproof.wiring import Explicit, Parameter, Place, Shapes


def name_parts(network: Network) -> Network:
    """The same network with every unit and parameter by a name of its own; one that has them stays as it is."""
    if isinstance(network.wiring, Explicit):
        return network
    shapes = network.wiring.shapes
    wiring, own = Explicit(shapes, tuple(_name_parameters(shapes))), network.architecture
    named = Architecture.chain(_name_units(network.units), own.activations, own.cost, own.reduction, wiring)
    return Network.of(named, network.parameters)


def _name_units(units: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """Inputs keep their names; hidden units are h1, h2 ..., with their layer in front where there are several."""
    inputs, *hidden, outputs = units
    several = len(hidden) > 1
    between = (
        tuple(f"h{layer}_{number}" if several else f"h{number}" for number in range(1, len(names) + 1))
        for layer, names in enumerate(hidden, start=1)
    )
    last = ("o",) if len(outputs) == 1 else tuple(f"o{number}" for number in range(1, len(outputs) + 1))
    return (inputs, *between, last)


def _name_parameters(shapes: Shapes) -> list[Parameter]:
    """w1, w2, ... and b1, b2, ..., layer by layer."""
    places = {
        letter: [
            Place(array, index)
            for array, shape in shapes
            if len(shape) == axes
            for index in product(*(range(size) for size in shape))
        ]
        for letter, axes in (("w", 2), ("b", 1))
    }
    return [
        Parameter(f"{letter}{number}", (place,))
        for letter, found in places.items()
        for number, place in enumerate(found, start=1)
    ]

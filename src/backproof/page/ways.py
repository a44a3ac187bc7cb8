"""The marks through which a number acts on the cost: what lights up when it is looked at."""

from __future__ import annotations

from backproof.architecture import Architecture
from backproof.quantity import Kind, Quantity

#: In networks of more units nothing is followed.
MOST_UNITS = 60


def list_way(quantity: Quantity, architecture: Architecture) -> list[str]:
    """The names of weights and activations between a number and the cost, its own units included."""
    if sum(layer.size for layer in architecture.layers) > MOST_UNITS:
        return []
    last = quantity.denominator if quantity.is_derivative else quantity
    if not last.of:
        return []
    if last.kind in (Kind.PARAMETER, Kind.NEW, Kind.STEP):
        starts = {(use.layer, use.position) for use in architecture.uses(last.of[0])}
        found = [last.of[0]]
    else:
        starts, found = {architecture.place(last.of[0])}, []
    return list(dict.fromkeys([*found, *_follow(starts, architecture)]))


def _follow(starts: set[tuple[int, int]], architecture: Architecture) -> list[str]:
    found, waiting, met = [], sorted(starts), set(starts)
    while waiting:
        layer, position = waiting.pop(0)
        unit = architecture.layers[layer].unit(position)
        found += [f"a[{unit}]", *([f"h[{unit}]"] if layer else [])]
        if architecture.output_column(layer, position) is not None:
            found.append(f"E[{unit}]")
        for receiver in architecture.receivers(layer, position):
            other = architecture.layers[receiver.layer].unit(receiver.position)
            found.append(architecture.weight_between(unit, other) or f"dh[{other}]/da[{unit}]")
            if (receiver.layer, receiver.position) not in met:
                met.add((receiver.layer, receiver.position))
                waiting.append((receiver.layer, receiver.position))
    return found

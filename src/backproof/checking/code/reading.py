"""Read what was submitted: arrays by name or in the order of the layers, each checked for shape and finite numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backproof.arrays import Array, explain_axes
from backproof.checking.code.leaves import read_kind
from backproof.checking.code.update_grain import find_update_grains
from backproof.checking.mistake import every_mistake
from backproof.checking.submitted import Place, SubmittedGradients, WrongShape, find_coarsest
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.network import Network
from backproof.validate import check_numbers, detach


def read_gradients(given: Any, network: Network, samples: int) -> SubmittedGradients:
    """What was handed over or returned, each array checked for name, shape and finite numbers."""
    named = _by_name(given, network)
    arrays, places, kinds = {}, {}, set()
    for name, raw in named.items():
        array = check_numbers(raw, str(name))
        place = _find_place(name, array, network)
        if place.index is None:
            array = _check_shape(array, place.key, network, samples)
        arrays[name], places[name] = array, place
        kinds.add(read_kind(raw))
    coarsest = find_coarsest(kinds)
    if coarsest == "float64" and all((array.astype(np.float32) == array).all() for array in arrays.values()):
        coarsest = "float32"  # every number is one of float32: it was computed there and handed over as float64
    whole = all(place.index is None for place in places.values())
    parameters = {name: network.parameters[place.key] for name, place in places.items()}
    grains = find_update_grains(arrays, parameters) if whole and coarsest == "float32" else {}
    return SubmittedGradients(arrays, places, coarsest, grains)


def _by_name(given: Any, network: Network) -> dict[str, Any]:
    expected = ", ".join(network.shapes)
    if isinstance(given, Mapping):
        if not given:
            raise ShapeError(f"there is no gradient in it; expected arrays named {expected}.")
        order = {key: number for number, key in enumerate(network.shapes)}
        return dict(sorted(given.items(), key=lambda item: order.get(item[0], len(order))))
    if isinstance(given, Sequence) and not isinstance(given, str | bytes):
        if _is_paired(given, network):
            given = [array for pair in given for array in pair]
        if len(given) != len(network.shapes):
            hint = ""
            if len(given) == 2 and isinstance(given[1], Mapping | list | tuple):
                hint = " Return the gradients alone, without the cost."
            raise ShapeError(f"received {len(given)} arrays, expected {len(network.shapes)}: {expected}.{hint}")
        return dict(zip(network.shapes, given, strict=True))
    raise OptionError(
        f"expected a mapping of {expected} to arrays, or a list of these arrays in that order; received "
        f"{'nothing (None)' if given is None else 'an object of type ' + type(given).__name__}."
    )


def _is_paired(given: Sequence[Any], network: Network) -> bool:
    """Whether these are a pair for each layer: [(dW1, db1), (dW2, db2) ...]."""
    layers = [layer.arrays for layer in network.architecture.layers if layer.arrays]
    return len(given) == len(layers) > 0 and all(
        isinstance(pair, list | tuple) and len(pair) == len(arrays) > 1 and np.ndim(detach(pair[0])) != 1
        for pair, arrays in zip(given, layers, strict=True)
    )


def _find_place(name: Any, array: Array, network: Network) -> Place:
    own = network.wiring.get(name) if isinstance(name, str) else None
    if own is not None and (array.ndim == 0 or name not in network.shapes):
        if array.size != 1:
            raise ShapeError(f"{name} has shape {array.shape}, expected one number: it is a single parameter.")
        return Place(own.places[0].array, own.places[0].index)
    if name in network.shapes:
        return Place(name)
    known = [*network.shapes, *(network.wiring.names() if network.wiring.count <= 2000 else ())]
    near = did_you_mean(str(name), known)
    raise NameUnknown(f"there is no parameter array {name!r}; expected {', '.join(network.shapes)}.{near}")


def _check_shape(array: Array, key: str, network: Network, samples: int) -> Array:
    expected = network.shapes[key]
    if array.shape == expected:
        return array
    if key[0] == "b" and array.shape in ((1, *expected), (*expected, 1)):
        return array.reshape(expected)  # summed with keepdims=True
    if key[0] == "b" and array.ndim == 0 and expected == (1,):
        return array.reshape(expected)
    wrong = WrongShape(array.shape, expected, samples)
    hints = [f" {hint} [{mistake.id}]" for mistake in every_mistake() if (hint := mistake.explain_shape(wrong))]
    if not hints and array.shape == (samples, *expected):
        hints = [" It looks as if it was not summed over the samples."]
    if key[0] == "W" and array.ndim == 0:
        hints = [" One number stands where a matrix belongs: np.dot adds up the products, np.outer keeps them apart."]
    raise ShapeError(f"{key} has shape {array.shape}, expected {expected}{explain_axes(expected)}.{' Or:'.join(hints)}")

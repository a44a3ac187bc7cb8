"""Inputs of a network: whether they have the shape of its first layer, and whether its layers can take them."""

from __future__ import annotations

from math import prod

from numpy.typing import ArrayLike

from backproof.architecture import Architecture
from backproof.arrays import Array
from backproof.errors import NumberError, ShapeError
from backproof.validate import check_numbers, check_samples


def check_inputs(architecture: Architecture, x: ArrayLike, *, keep: bool = False) -> Array:
    """Inputs as an array of shape (samples, *shape); rows of that many numbers are taken too. `keep` as elsewhere.

    Raise ShapeError or NumberError for others, and for numbers that a layer cannot take.
    """
    array = _shape_inputs(architecture.layers[0].shape, x, keep)
    check_received(architecture, array)
    return array


def check_received(architecture: Architecture, x: Array) -> None:
    """Raise NumberError if a layer that receives from the inputs alone cannot take them."""
    for layer in architecture.layers[1:]:
        if layer.receives == (0,) and (fault := layer.works.find_fault([x])):
            raise NumberError(f"layer '{layer.name}': {fault}")


def _shape_inputs(shape: tuple[int, ...], x: ArrayLike, keep: bool) -> Array:
    if len(shape) == 1:
        return check_samples(x, shape[0], "inputs", keep=keep)
    array = check_numbers(x, "inputs", keep=keep)
    if array.shape == shape:
        array = array[None]
    if array.ndim == 2 and array.shape[1] == prod(shape):
        array = array.reshape(-1, *shape)
    if array.shape[1:] != shape:
        raise ShapeError(f"inputs have shape {array.shape}, expected (samples, {', '.join(map(str, shape))}).")
    if not len(array):
        raise ShapeError("inputs contain no samples; expected at least one.")
    return array

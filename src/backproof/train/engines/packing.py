"""Small arrays packed into one, so that an update takes one call for all of them, with the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from backproof.architecture import Architecture
from backproof.functions import namespace

#: Size of an array from which on one call more does not count.
LARGE = 10_000
#: The name of the array that has the small ones in it; no parameter is called so.
ALL = ""


class Packing(NamedTuple):
    """The shapes of all arrays in their order, and the names of those that go together."""

    shapes: dict[str, tuple[int, ...]]
    small: tuple[str, ...]

    @classmethod
    def of(cls, network: Architecture, parameters: Mapping[str, Any]) -> Packing:
        """The small ones of a network's parameters; none where a step leaves some parameter as it is."""
        shapes = {key: array.shape for key, array in parameters.items()}
        small = () if network.wiring.freezes else tuple(key for key, shape in shapes.items() if prod(shape) < LARGE)
        return cls(shapes, small)

    def pack(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """The large arrays, and one with the numbers of all small ones."""
        large = {key: array for key, array in arrays.items() if key not in self.small}
        if not self.small:
            return large
        parts = [arrays[key].reshape(-1) for key in self.small]
        return large | {ALL: namespace(parts[0]).concat(parts)}

    def unpack(self, arrays: Mapping[str, Any]) -> dict[str, Any]:
        """Each array by itself, the small ones as views."""
        found, start = {}, 0
        for key, shape in self.shapes.items():
            if key in self.small:
                found[key] = arrays[ALL][start : start + prod(shape)].reshape(shape)
                start += prod(shape)
            else:
                found[key] = arrays[key]
        return found

"""A point made of named arrays, as one row of numbers: parameters kept in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.errors import NameUnknown, OptionError, ShapeError, did_you_mean
from backproof.validate import check_numbers


@dataclass(frozen=True)
class NamedPoint:
    """Arrays by name, and where each stands in one row of all their numbers."""

    arrays: Mapping[str, Array]

    @classmethod
    def read(cls, given: Mapping[Any, Any]) -> NamedPoint:
        """A mapping of names to numbers, each checked."""
        point = cls({str(name): check_numbers(array, f"at[{name!r}]") for name, array in given.items()})
        if not sum(array.size for array in point.arrays.values()):
            raise ShapeError("the point `at` holds no number.")
        return point

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each array begins in the row, and where the row ends."""
        return (0, *np.cumsum([array.size for array in self.arrays.values()]).tolist())

    @property
    def row(self) -> Array:
        """All numbers."""
        return self.join(self.arrays)

    def split(self, row: Any) -> dict[str, Any]:
        """The arrays that a row holds, by name."""
        parts = zip(self.arrays.items(), self.starts, self.starts[1:], strict=False)
        return {name: row[start:end].reshape(array.shape) for (name, array), start, end in parts}

    def join(self, arrays: Mapping[str, Any]) -> Array:
        """The row that holds the arrays."""
        return np.concatenate([np.reshape(arrays[name], -1) for name in self.arrays])

    def locate(self, position: int) -> tuple[str, tuple[int, ...]]:
        """The name and the index of a position in the row."""
        which = int(np.searchsorted(self.starts, position, side="right")) - 1
        name = [*self.arrays][which]
        index = np.unravel_index(position - self.starts[which], self.arrays[name].shape)
        return name, tuple(int(each) for each in index)

    def on_rows(self, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """A function of named arrays as one of a row."""
        return lambda row: f(self.split(row))

    def read_derivative(self, given: Any) -> Array:
        """The derivatives with respect to the named arrays as one row, each checked for name and shape."""
        if not isinstance(given, Mapping):
            raise OptionError(
                f"df: expected a mapping of {', '.join(self.arrays)} to arrays, as `at` is; received an object of type "
                f"{type(given).__name__}."
            )
        named = {str(name): array for name, array in given.items()}
        for name in named:
            if name not in self.arrays:
                near = did_you_mean(name, [*self.arrays])
                raise NameUnknown(f"df has '{name}'; expected {', '.join(self.arrays)}.{near}")
        found = {}
        for name, array in self.arrays.items():
            if name not in named:
                raise ShapeError(f"df lacks '{name}'; expected {', '.join(self.arrays)}.")
            found[name] = check_numbers(named[name], f"df[{name!r}]")
            if found[name].shape != array.shape:
                raise ShapeError(f"df['{name}'] has shape {found[name].shape}, expected {array.shape}.")
        return self.join(found)

"""The State of a training run between two steps: all that the next step needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from backproof import propagation
from backproof.arrays import AnyArray
from backproof.errors import NumberError
from backproof.operations.optimiser import Optimiser


class State(NamedTuple):
    """Parameters W1, b1, ..., the optimiser's slots keyed alike, and how many steps and epochs are done."""

    parameters: Mapping[str, Any]
    slots: Mapping[str, Mapping[str, Any]]
    step: Any = 0
    epoch: int = 0

    @classmethod
    def first(cls, parameters: Mapping[str, Any], optimiser: Optimiser, dtype: str) -> State:
        """The state before the first step, in the given precision. Errors: NumberError."""
        with np.errstate(over="ignore"):
            arrays = {key: np.array(array, dtype=dtype) for key, array in parameters.items()}
        for key, array in arrays.items():
            if not np.isfinite(array).all():
                raise NumberError(f"{key}: not a finite number in {dtype}; ask for float64, or give smaller ones.")
        return cls(arrays, propagation.first_slots(optimiser, arrays))

    @property
    def named(self) -> dict[str, AnyArray]:
        """Its arrays, each by a name of its own."""
        named = {f"parameters/{key}": np.asarray(array) for key, array in self.parameters.items()}
        for slot, arrays in self.slots.items():
            named |= {f"slots/{slot}/{key}": np.asarray(array) for key, array in arrays.items()}
        return named

    def misfit(self, arrays: Mapping[str, AnyArray]) -> str:
        """Where named arrays have not its names, shapes and precision, as a sentence, or the empty string."""
        for name, array in self.named.items():
            found = arrays.get(name)
            if found is None or (found.shape, found.dtype) != (array.shape, array.dtype):
                received = "none" if found is None else f"{found.dtype} of shape {found.shape}"
                return f"for {name} it has {received}, expected {array.dtype} of shape {array.shape}."
        return ""

    @property
    def finite(self) -> bool:
        """Whether every number of it is finite."""
        arrays = [self.parameters, *self.slots.values()]
        return all(bool(np.isfinite(array).all()) for group in arrays for array in group.values())

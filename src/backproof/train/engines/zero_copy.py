"""Samples in place: rows taken from a NumPy array where it lies, without a copy of it for JAX.

JAX reads memory of NumPy's where it begins at a multiple of 64 bytes, and large arrays of NumPy's begin 16 bytes behind
one. So the array is read as one long row of numbers, from the first such place on; the samples that begin before it
stand beside it.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from backproof.arrays import AnyArray

ALIGNED = 64


@jax.tree_util.register_pytree_node_class
class ZeroCopy:
    """The samples of an array (samples, inputs), to be indexed with the numbers of some; nobody may write to it."""

    def __init__(self, numbers: Any, head: Any, skipped: int) -> None:
        self.numbers, self.head, self.skipped = numbers, head, skipped

    @classmethod
    def of(cls, x: AnyArray) -> ZeroCopy:
        """The samples of a contiguous array whose numbers are no larger than 64 bytes."""
        skipped = -x.ctypes.data % ALIGNED // x.itemsize
        head = x[: -(-skipped // x.shape[1])]
        return cls(
            jax.device_put(x.reshape(-1)[skipped:], may_alias=True), jax.device_put(head, may_alias=False), skipped
        )

    def tree_flatten(self) -> tuple[tuple[Any, Any], int]:
        """Its arrays, for JAX."""
        return (self.numbers, self.head), self.skipped

    @classmethod
    def tree_unflatten(cls, skipped: int, arrays: tuple[Any, Any]) -> ZeroCopy:
        """The same again, from what JAX hands over."""
        return cls(*arrays, skipped)

    def __getitem__(self, rows: Any) -> Any:
        early, width = self.head.shape
        row = rows.reshape(-1)
        start = row.astype(np.int64 if self.numbers.size > 2**31 - 1 else np.int32) * width - self.skipped
        found = jax.vmap(lambda at: lax.dynamic_slice(self.numbers, (at,), (width,)))(start)
        if early:
            found = jnp.where((row < early)[:, None], self.head[jnp.minimum(row, early - 1)], found)
        return found.reshape(*rows.shape, width)

    @property
    def whole(self) -> Any:
        """All samples, as an array of their own."""
        first = self.head.reshape(-1)[: self.skipped]
        return jnp.concatenate([first, self.numbers]).reshape(-1, self.head.shape[1])


def can_share_memory(x: AnyArray) -> bool:
    """Whether samples can be read in place: by JAX on a CPU, and not moved about by strides."""
    return bool(
        x.flags.c_contiguous and jax.default_backend() == "cpu" and x.ctypes.data % x.itemsize == 0 and len(x) > 1
    )

"""Lanes: one array for many networks, whose last axis numbers them; the equations see the axes before it only.

So every operation on tiny matrices becomes one on vectors as long as there are networks, which is what the vector units
of a processor want. Where the matrices are larger, their products are left to the matrix routines.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

#: Up to this many terms a sum of products is written out, term by term.
WRITTEN_OUT = 16


def _make_binary(function: Callable[[Any, Any], Any]) -> Callable[[Lanes, Any], Lanes]:
    return lambda self, other: Lanes(function(self.data, unwrap(other)))


def _make_reflected(function: Callable[[Any, Any], Any]) -> Callable[[Lanes, Any], Lanes]:
    return lambda self, other: Lanes(function(unwrap(other), self.data))


@jax.tree_util.register_pytree_node_class
class Lanes:
    """An array of each network, all of one shape; `data` has their number as its last axis."""

    __array_ufunc__ = None  # a NumPy array leaves arithmetic with Lanes to Lanes

    def __init__(self, data: Any) -> None:
        self.data = data

    def tree_flatten(self) -> tuple[tuple[Any], None]:
        """Its array, for JAX."""
        return (self.data,), None

    @classmethod
    def tree_unflatten(cls, _: None, children: tuple[Any]) -> Lanes:
        """Lanes again, from what JAX hands over."""
        return cls(children[0])

    def __array_namespace__(self) -> Space:
        return Space(self.data.shape[-1])

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one network's array."""
        return tuple(self.data.shape[:-1])

    @property
    def ndim(self) -> int:
        """The number of its axes."""
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        """The precision."""
        return self.data.dtype

    @property
    def T(self) -> Lanes:  # noqa: N802 - as every array has it
        """Each network's matrix, transposed."""
        return Lanes(jnp.swapaxes(self.data, 0, 1))

    def astype(self, dtype: Any) -> Lanes:
        """The same in another precision."""
        return Lanes(self.data.astype(dtype))

    def reshape(self, *shape: Any) -> Lanes:
        """Each network's array in another shape."""
        wanted = shape[0] if isinstance(shape[0], tuple) else shape
        return Lanes(self.data.reshape(*wanted, self.data.shape[-1]))

    def sum(self, axis: int | None = None, keepdims: bool = False) -> Lanes:
        """The sum within each network."""
        return Lanes(self.data.sum(_find_axis(axis, self.ndim), keepdims=keepdims))

    def __getitem__(self, index: Any) -> Lanes:
        return Lanes(self.data[index])

    def __matmul__(self, other: Any) -> Lanes:
        return Lanes(_multiply(self.data, unwrap(other)))

    def __rmatmul__(self, other: Any) -> Lanes:
        return Lanes(_multiply(unwrap(other), self.data))

    def __neg__(self) -> Lanes:
        return Lanes(-self.data)

    __add__, __radd__ = _make_binary(operator.add), _make_reflected(operator.add)
    __sub__, __rsub__ = _make_binary(operator.sub), _make_reflected(operator.sub)
    __mul__, __rmul__ = _make_binary(operator.mul), _make_reflected(operator.mul)
    __truediv__, __rtruediv__ = _make_binary(operator.truediv), _make_reflected(operator.truediv)
    __pow__, __rpow__ = _make_binary(operator.pow), _make_reflected(operator.pow)
    __xor__, __rshift__ = _make_binary(operator.xor), _make_binary(operator.rshift)
    __lt__, __le__, __gt__, __ge__ = map(_make_binary, (operator.lt, operator.le, operator.gt, operator.ge))


class Space:
    """The functions of `jax.numpy` on Lanes, for a number of networks; axes are those of one network's array."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __getattr__(self, name: str) -> Callable[..., Lanes]:
        function = getattr(jnp, name)

        def lifted(*arguments: Any, axis: int | None = None, **options: Any) -> Lanes:
            if axis is not None:
                options["axis"] = _find_axis(axis, arguments[0].ndim)
            return Lanes(function(*map(unwrap, arguments), **options))

        return lifted

    def zeros(self, shape: int, dtype: Any) -> Lanes:
        """An array of zeros for each network."""
        return Lanes(jnp.zeros((shape, self.count), dtype))

    def concat(self, arrays: Sequence[Lanes]) -> Lanes:
        """Arrays one after the other, along the first axis."""
        return Lanes(jnp.concatenate([each.data for each in arrays]))


def unwrap(value: Any) -> Any:
    """The array behind Lanes; an array that all networks share gets an axis of length 1 for them."""
    if isinstance(value, Lanes):
        return value.data
    return value[..., None] if getattr(value, "ndim", 0) else value


def _multiply(left: Any, right: Any) -> Any:
    """Each network's product of two matrices, shapes (i, k, networks) and (k, j, networks), or 1 for what is shared."""
    if left.shape[1] <= WRITTEN_OUT:
        terms = [left[:, k, None] * right[None, k] for k in range(left.shape[1])]
        return sum(terms[1:], terms[0])
    if left.shape[-1] < right.shape[-1]:
        return jnp.einsum("ik,kjn->ijn", left[..., 0], right)
    if right.shape[-1] < left.shape[-1]:
        return jnp.einsum("ikn,kj->ijn", left, right[..., 0])
    return jnp.einsum("ikn,kjn->ijn", left, right)


def _find_axis(axis: int | None, ndim: int) -> int | tuple[int, ...]:
    """An axis of one network's array as one of the whole; none is all of them."""
    if axis is None:
        return tuple(range(ndim))
    return axis % ndim

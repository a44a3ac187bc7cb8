"""Sums, differences and products of tensors, and of a tensor with a parameter, a constant or a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.ops.attention import is_causal
from backproof.interop.torch.value import SAMPLES, Given, Value


@converts("add", "add_")
def convert_add(call: Call, x: Any, other: Any, *, alpha: float = 1) -> Value:
    """x + alpha y"""
    if alpha != 1:
        other = scale_any(call, other, alpha)
    if isinstance(x, Value) and isinstance(other, Value):
        return join_values(call, "add", x, other)
    value, given = (x, other) if isinstance(x, Value) else (other, x)
    if isinstance(given, Given) and not given.trained and bool(given.tensor.isneginf().any()):
        return replace(value, causal=is_causal(given, causal=False))
    return shift(call, value, given)


@converts("sub", "sub_")
def convert_sub(call: Call, x: Any, other: Any, *, alpha: float = 1) -> Value:
    """x - alpha y"""
    if isinstance(x, Value) and isinstance(other, Value) and alpha == 1:
        return join_values(call, "subtract", x, other)
    return convert_add(call, x, scale_any(call, other, -alpha))


@converts("rsub")
def convert_rsub(call: Call, x: Any, other: Any, alpha: float = 1) -> Value:
    """y - alpha x"""
    return convert_sub(call, other, x, alpha=alpha)


@converts("mul", "mul_")
def convert_mul(call: Call, x: Any, other: Any) -> Value:
    """x y"""
    if isinstance(x, Value) and isinstance(other, Value):
        return join_values(call, "multiply", x, other)
    value, given = (x, other) if isinstance(x, Value) else (other, x)
    if isinstance(given, Given) and (given.trained or given.tensor.numel() > 1):
        return call.layer("affine", value, arrays={"weight": fit(value, given)}, shape=shape_of(given), bias=False)
    scaled: Value = scale_any(call, value, float(given.tensor if isinstance(given, Given) else given))
    return scaled


@converts("div", "div_")
def convert_div(call: Call, x: Any, other: Any) -> Value:
    """x / y for a y that is not trained and does not depend on the inputs."""
    if isinstance(other, Value) or (isinstance(other, Given) and other.trained) or not isinstance(x, Value):
        raise ModuleError("division by what is trained or depends on the inputs is not known.")
    inverse = replace(other, tensor=1 / other.tensor) if isinstance(other, Given) else 1 / other
    return convert_mul(call, x, inverse)


@converts("neg")
def convert_neg(call: Call, x: Value) -> Value:
    """-x"""
    return convert_mul(call, x, -1)


@converts("pow", "square")
def convert_pow(call: Call, x: Value, exponent: float = 2) -> Value:
    """x^2"""
    if exponent != 2:
        raise ModuleError(f"the power {exponent} is not known; expected 2.")
    return call.layer("multiply", x, x)


@converts("mean")
def convert_mean(call: Call, x: Value, axes: Any = None, keepdim: bool = False, **options: Any) -> Value:
    """The mean over some axes."""
    return reduce_axes(call, "mean", x, axes, keepdim)


@converts("sum")
def convert_sum(call: Call, x: Value, axes: Any = None, keepdim: bool = False, **options: Any) -> Value:
    """The sum over some axes."""
    return reduce_axes(call, "sum", x, axes, keepdim)


def reduce_axes(call: Call, kind: str, x: Value, axes: Any, keepdim: bool) -> Value:
    """One number in the place of all along some axes."""
    given = range(x.rank) if axes is None else axes if isinstance(axes, list) else [axes]
    numbers = sorted(axis % x.rank for axis in given)
    spans, gone = list(x.axes), [x.axis(number) for number in numbers]
    for number in reversed(numbers):
        spans[number : number + 1] = [(1,)] if keepdim else []
    keepdims = keepdim or len(gone) == len(x.shape)  # a layer has at least one axis
    return call.layer(kind, x, spans=tuple(spans), axis=gone, keepdims=keepdims)


def join_values(call: Call, kind: str, x: Value, other: Value) -> Value:
    """A kind of layer that receives from two of the same shape."""
    if x.axes != other.axes:
        x, other = spread(call, x, other), spread(call, other, x)
    if x.axes != other.axes:
        raise ModuleError(
            f"{kind} of tensors of shapes {x.count(call.samples)} and {other.count(call.samples)} is not known; both "
            "must have one shape, with the samples at the same place."
        )
    return call.layer(kind, x, other)


def spread(call: Call, x: Value, other: Value) -> Value:
    """A tensor whose axes of size 1 are repeated to be those of another one, where that makes them alike."""
    fits = [one == two or one == (1,) for one, two in zip(x.axes, other.axes, strict=False)]
    if x.rank != other.rank or not all(fits) or x.axes == other.axes or SAMPLES in _repeated(x, other):
        return x
    factors = [two // one for one, two in zip(x.shape, other.shape, strict=True)]
    flat = call.layer("reshape", x, shape=(1, *x.shape), name="spread")
    wide = call.layer("upsample", flat, factor=factors, name="spread")
    return call.layer("reshape", wide, spans=other.axes, shape=other.shape, name="spread")


def _repeated(x: Value, other: Value) -> list[int]:
    return [size for one, two in zip(x.axes, other.axes, strict=True) if one != two for size in two]


def scale_any(call: Call, x: Any, factor: float) -> Any:
    """Anything multiplied by a number."""
    if isinstance(x, Value):
        return call.layer("scale", x, factor=float(factor))
    if isinstance(x, Given) and x.trained:
        raise ModuleError(f"the parameter {x.name} multiplied by {factor} before it is used is not known.")
    return replace(x, tensor=x.tensor * factor) if isinstance(x, Given) else x * factor


def shift(call: Call, x: Value, given: Any) -> Value:
    """What depends on the inputs, and a parameter, a constant or a number added to it."""
    if not isinstance(given, Given):
        given = Given(call.builder.name_constant(call.place), torch.tensor([float(given)], dtype=torch.float64))
    return call.layer("affine", x, arrays={"bias": fit(x, given)}, shape=shape_of(given), weight=False)


def shape_of(given: Given) -> tuple[int, ...]:
    """The shape of a given array, one number as an array of one."""
    return tuple(given.used.shape) or (1,)


def fit(x: Value, given: Given) -> Given:
    """An array that is added to, or multiplies, every sample alike. Raise ModuleError for one that does not."""
    first = x.axes[:1] == ((SAMPLES,),)
    plain = all(len(axis) == 1 for axis in x.axes)
    rank = given.used.ndim
    own = rank == x.rank and given.used.shape[0] != 1
    if given.turned or not plain or (rank >= x.rank and not first) or own:
        raise ModuleError(
            f"{given.name} of shape {tuple(given.used.shape)} does not stand beside every sample alike; expected the "
            "samples as first axis, and no row of its own for each of them."
        )
    if (SAMPLES,) in x.axes[x.rank - rank :] and not first:
        raise ModuleError(f"{given.name} stands along the axis of the samples; expected the samples as first axis.")
    return given if given.tensor.ndim else replace(given, tensor=given.tensor.reshape(1))

"""Products of matrices: dense layers where one of them is a parameter, else matmul."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.ops.shapes import cut
from backproof.interop.torch.value import Given, Value


@converts("linear")
def convert_linear(call: Call, x: Any, weight: Any, bias: Any = None) -> Value:
    """x W^T + b; the weight of PyTorch is (to, from)."""
    if isinstance(weight, Value):
        return multiply_matrices(call, x, call.permute(weight, (1, 0)))
    return apply_dense(call, x, replace(weight, turned=not weight.turned), bias)


@converts("addmm")
def convert_addmm(call: Call, bias: Any, x: Any, weight: Any) -> Value:
    """b + x W"""
    return apply_dense(call, x, weight, bias)


@converts("matmul", "mm", "bmm")
def convert_matmul(call: Call, x: Any, other: Any) -> Value:
    """The product of two matrices, over all axes before."""
    if isinstance(other, Given):
        return apply_dense(call, x, other)
    return multiply_matrices(call, x, other)


@converts("einsum")
def convert_einsum(call: Call, equation: str, factors: Sequence[Any], **options: Any) -> Value:
    """A product of two tensors whose axes are named, as a product of matrices."""
    given, _, result = equation.replace(" ", "").partition("->")
    names = given.split(",")
    if len(names) != 2 or "." in equation or not result or any(len(set(each)) < len(each) for each in names):
        raise ModuleError(f"einsum {equation!r} is not known; expected two tensors, each axis named once, and '->'.")
    one, two = names
    both, inner = [each for each in one if each in two and each in result], [each for each in one if each in two]
    inner = [each for each in inner if each not in result]
    left, right = ([each for each in own if each not in other] for own, other in ((one, two), (two, one)))
    dense = isinstance(factors[1], Given) and not both
    if len(inner) != 1 or len(right) != 1 or (len(left) != 1 and not dense) or {*both, *left, *right} != {*result}:
        raise ModuleError(f"einsum {equation!r} is not known; expected one axis to be summed, and one of each factor.")
    if dense:
        value = call.permute(call.require_value(factors[0], "the first factor"), [one.index(at) for at in left + inner])
        turned = factors[1].turned != (two == "".join(right + inner))
        made = apply_dense(call, value, replace(factors[1], turned=turned))
    else:
        rows, columns = [*both, *left, *inner], [*both, *inner, *right]
        first, second = (
            call.permute(call.require_value(factor, "each factor of einsum"), [own.index(each) for each in axes])
            for factor, own, axes in ((factors[0], one, rows), (factors[1], two, columns))
        )
        made = multiply_matrices(call, first, second)
    return call.permute(made, [[*both, *left, *right].index(each) for each in result])


@converts(
    "t of a parameter",
    "transpose of a parameter",
    "permute of a parameter",
    "numpy_T of a parameter",
    "mT of a parameter",
)
def turn_parameter(call: Call, weight: Given, *order: Any) -> Given:
    """The transpose of a matrix that is a parameter."""
    if weight.tensor.ndim != 2:
        raise ModuleError(f"{weight.name} of shape {tuple(weight.tensor.shape)} is turned; only matrices can be.")
    kept = order == ([0, 1],) or (len(order) == 2 and order[0] % 2 == order[1] % 2)
    return weight if kept else replace(weight, turned=not weight.turned)


@converts("split of a parameter", "split_with_sizes of a parameter")
def split_parameter(call: Call, given: Given, sizes: Any, axis: int = 0) -> list[Given]:
    """The rows of a parameter in parts, each for a layer of its own, as in attention."""
    whole = int(given.tensor.shape[0])
    if axis or given.turned or given.part or given.tensor.ndim > 2:
        raise ModuleError(f"{given.name} is split in a way that is not known; split it along its first axis.")
    if isinstance(sizes, int):
        sizes = [min(sizes, whole - at) for at in range(0, whole, sizes)]
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return [replace(given, part=(end - size, end)) for size, end in zip(sizes, ends, strict=True)]


def apply_dense(call: Call, x: Any, weight: Given, bias: Given | None = None) -> Value:
    """x W + b for a weight that is used as (from, to)."""
    value = call.require_value(x, "the matrix on the left of a parameter")
    value.axis(-1)
    if weight.used.ndim != 2:
        raise ModuleError(f"{weight.name} has shape {tuple(weight.used.shape)}; a product takes a matrix (from, to).")
    if isinstance(bias, Value):
        raise ModuleError("the bias depends on the inputs; add it by itself.")
    if weight.part or (bias is not None and bias.part):
        return _apply_part(call, value, weight, bias)
    units = int(weight.used.shape[1])
    arrays = {"weight": replace(weight, turned=False), **({} if bias is None else {"bias": bias})}
    options: dict[str, Any] = {"units": units, "bias": bias is not None, "transposed": weight.turned}
    return call.layer("dense", value, spans=value.put(-1, units), arrays=arrays, **options)


def _apply_part(call: Call, x: Value, weight: Given, bias: Given | None) -> Value:
    """The product with some rows of a parameter: those of the product with all of them."""
    if weight.part is None or not weight.turned or (bias is not None and bias.part != weight.part):
        raise ModuleError(f"{weight.name} and its bias are used in parts that do not belong together.")
    whole = apply_dense(call, x, replace(weight, part=None), None if bias is None else replace(bias, part=None))
    return cut(call, whole, -1, *weight.part)


def multiply_matrices(call: Call, x: Any, other: Any, name: str = "") -> Value:
    """The product of two matrices that both depend on the inputs."""
    left, right = (call.require_value(each, "each factor of a matrix product") for each in (x, other))
    for value in (left, right):
        value.axis(-1), value.axis(-2)
    if left.axes[:-2] != right.axes[:-2]:
        raise ModuleError(
            f"matmul of {left.count(call.samples)} and {right.count(call.samples)}: the axes before the matrices must "
            "be the same."
        )
    return call.layer("matmul", left, right, spans=(*left.axes[:-1], right.axes[-1]), name=name)

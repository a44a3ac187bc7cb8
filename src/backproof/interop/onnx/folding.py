"""Constants that nodes compute from constants, as exporters write shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import ModelError
from backproof.interop.onnx.model import Node, read_tensor

#: Stands for the number of samples in a shape: no size is like it.
SAMPLES = 2**59 + 12_345
#: Numbers of a constant that is computed.
MOST = 10_000_000

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": lambda a, b: a // b if a.dtype.kind == "i" else a / b,
    "Pow": np.power, "Neg": np.negative, "Sqrt": np.sqrt, "Reciprocal": np.reciprocal, "Max": np.maximum,
    "Min": np.minimum, "Equal": np.equal, "Where": np.where, "Exp": np.exp, "Abs": np.abs, "Floor": np.floor,
}  # fmt: skip


def fold(node: Node, inputs: Sequence[Any]) -> AnyArray | None:
    """What a node computes from constants alone; None where it is to be read as part of the network."""
    if node.operator == "Shape" and inputs and not isinstance(inputs[0], np.ndarray):
        return _take_shape(node, inputs[0].sizes)
    if not all(each is None or isinstance(each, np.ndarray) for each in inputs):
        return None
    given = list(inputs)
    try:
        if node.operator in ("Expand", "ConstantOfShape") and SAMPLES in given[-1].reshape(-1).tolist():
            return None  # a constant for each sample
        with np.errstate(all="ignore"):
            found = _compute(node, given)
    except (ArithmeticError, AttributeError, IndexError, TypeError, ValueError) as error:
        if isinstance(error, ModelError):
            raise
        raise node.fail(f"its constants do not fit: {error}.") from None
    if found is None:
        return None
    array = np.asarray(found)
    if array.dtype.kind == "i" and any(_is_spoilt(each) for each in array.reshape(-1).tolist()):
        raise node.fail("it computes with the number of samples, which must stay free.")
    return array


def _is_spoilt(value: int) -> bool:
    """Whether a number was computed from the number of samples."""
    return abs(value) > 2**50 and value != SAMPLES and abs(value) < 2**62


def _take_shape(node: Node, sizes: tuple[int, ...]) -> AnyArray:
    return np.array(sizes[node.integer("start", 0) : node.integer("end", len(sizes))], dtype=np.int64)


def _compute(node: Node, given: list[Any]) -> Any:
    operator = node.operator
    if operator == "Constant":
        return _read_constant(node)
    if operator in _ARITHMETIC:
        _require_few(np.broadcast_shapes(*(each.shape for each in given)))
        return _ARITHMETIC[operator](*given)
    match operator:
        case "Identity":
            return given[0]
        case "Shape":
            return np.array(given[0].shape, dtype=np.int64)
        case "Cast":
            kind = {1: "f4", 11: "f8", 10: "f4", 6: "i8", 7: "i8", 9: "?"}.get(node.integer("to", 1))
            return None if kind is None else given[0].astype(kind)
        case "MatMul":
            _require_few((*given[0].shape[:-1], given[1].shape[-1]))
            return given[0] @ given[1]
        case "Gather":
            axis = node.integer("axis", 0)
            _require_few((*given[1].shape, given[0].size))
            return np.take(given[0], given[1], axis=axis)
        case "Unsqueeze":
            return np.expand_dims(given[0], tuple(int(each) for each in given[1].reshape(-1)))
        case "Squeeze":
            return np.squeeze(given[0], None if len(given) < 2 else tuple(int(each) for each in given[1].reshape(-1)))
        case "Concat":
            return np.concatenate(given, axis=node.integer("axis", 0))
        case "Transpose":
            return given[0].transpose(node.attributes.get("perm"))
        case "Reshape":
            return given[0].reshape(given[1])
        case "Slice":
            return given[0][_make_slices(given)]
        case "ConstantOfShape":
            _require_few(tuple(given[0].tolist()))
            value = node.attributes.get("value")
            one = np.zeros(1, np.float32) if value is None else read_tensor(value, "its value", "")
            return np.full(tuple(given[0].tolist()), one.reshape(-1)[0])
        case "Expand":
            _require_few(np.broadcast_shapes(given[0].shape, tuple(given[1].tolist())))
            return np.broadcast_to(given[0], np.broadcast_shapes(given[0].shape, tuple(given[1].tolist())))
        case "Range":
            _require_few((int(abs((given[1] - given[0]) / given[2])) + 1,))
            return np.arange(given[0].item(), given[1].item(), given[2].item(), dtype=given[0].dtype)
    return None


def _read_constant(node: Node) -> Any:
    value: Any
    key, value = next(iter(node.attributes.items()), ("", np.nan))
    match key:
        case "value":
            return read_tensor(value, "its value", "")
        case "value_float" | "value_floats":
            return np.asarray(value, dtype=np.float32)
        case "value_int" | "value_ints":
            return np.asarray(value, dtype=np.int64)
    raise node.fail("it holds no numbers.")


def _make_slices(given: list[Any]) -> tuple[slice, ...]:
    starts, ends = given[1].reshape(-1), given[2].reshape(-1)
    axes = given[3].reshape(-1) if len(given) > 3 and given[3] is not None else np.arange(len(starts))
    steps = given[4].reshape(-1) if len(given) > 4 else np.ones(len(starts), dtype=np.int64)
    slices = [slice(None)] * given[0].ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        slices[axis] = slice(int(start), int(end), int(step))
    return tuple(slices)


def _require_few(shape: Sequence[int]) -> None:
    if prod(int(each) for each in shape) > MOST or any(int(each) < 0 for each in shape):
        raise ValueError(f"{prod(int(each) for each in shape):,} numbers would come of it, at most {MOST:,} may")

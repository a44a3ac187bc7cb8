"""An ONNX file as plain values: nodes, constants and the shapes of inputs, each checked before anything is made of it.

Nothing in a file is run, and no size in it is believed: a tensor is only read where its bytes are there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, prod
from typing import Any, final

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, TensorProto, external_data_helper, numpy_helper

from backproof.arrays import AnyArray
from backproof.errors import ModelError
from backproof.operations.layer import LARGEST, Shape
from backproof.schema import shown

#: The sets of operators that are read, by ONNX's numbers.
OLDEST, NEWEST = 17, onnx.defs.onnx_opset_version()
#: A protobuf message is no longer.
MOST_BYTES = 2**31
#: Nodes of a file; each becomes a layer or less.
MOST_NODES = 100_000
#: Numbers of one sample.
MOST_INPUTS = 1_000_000_000
#: Types of tensors whose numbers are used.
NUMBERS: dict[int, int] = {
    TensorProto.FLOAT: 4, TensorProto.DOUBLE: 8, TensorProto.FLOAT16: 2, TensorProto.BFLOAT16: 2, TensorProto.INT64: 8,
    TensorProto.INT32: 4, TensorProto.INT16: 2, TensorProto.INT8: 1, TensorProto.UINT8: 1, TensorProto.BOOL: 1,
}  # fmt: skip
#: Types of numbers that an input may have; whole numbers are for embeddings.
INPUTS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.INT64, TensorProto.INT32)


@final
@dataclass(frozen=True, eq=False)
class Node:
    """One operator of a graph, its inputs and outputs by name; "" is an optional one that is left out."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def __str__(self) -> str:
        return f"node {shown(self.name or (self.outputs[0] if self.outputs else ''))} ({self.operator})"

    def fail(self, message: str) -> ModelError:
        """An error at this node."""
        return ModelError(f"{self}: {message}")

    def integer(self, key: str, default: int) -> int:
        """An attribute that is a whole number."""
        return int(self._take(key, default, int))

    def number(self, key: str, default: float) -> float:
        """An attribute that is a finite number."""
        value = float(self._take(key, default, float))
        if not isfinite(value):
            raise self.fail(f"attribute '{key}' is {value}; expected a finite number.")
        return value

    def text(self, key: str, default: str) -> str:
        """An attribute that is a word."""
        return str(self._take(key, default, str))

    def integers(self, key: str, default: Sequence[int] | None = None, count: int | None = None) -> tuple[int, ...]:
        """An attribute that is a list of whole numbers, `count` of them. Raise ModelError if it is missing."""
        value = self._take(key, default, list | tuple)
        if value is None:
            raise self.fail(f"attribute '{key}' is missing.")
        if not all(isinstance(each, int) for each in value) or (count is not None and len(value) != count):
            raise self.fail(f"attribute '{key}' is {shown(value)}; expected {count or ''} whole numbers.")
        return tuple(value)

    def require(self, key: str, expected: Any, default: Any) -> None:
        """Raise ModelError if an attribute has another value than the one that is supported."""
        value = self.attributes.get(key, default)
        if value != expected:
            raise self.fail(f"attribute '{key}' is {shown(value)}; only {shown(expected)} is supported.")

    def _take(self, key: str, default: Any, kind: Any) -> Any:
        value = self.attributes.get(key, default)
        if value is not default and not isinstance(value, kind):
            raise self.fail(f"attribute '{key}' is {shown(value)}, which has the wrong type.")
        return value


@final
@dataclass(frozen=True, eq=False)
class Model:
    """The graph of an ONNX file."""

    proto: onnx.ModelProto
    folder: str
    opset: int

    @property
    def notes(self) -> dict[str, str]:
        """What the writer of the file noted, by key."""
        return {read_name(each.key): read_name(each.value) for each in self.proto.metadata_props}

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the graph's outputs."""
        return tuple(read_name(each.name) for each in self.proto.graph.output)

    @cached_property
    def tensors(self) -> dict[str, TensorProto]:
        """The initialisers by name, not looked into."""
        return {read_name(each.name): each for each in self.proto.graph.initializer}

    def constant(self, name: str) -> AnyArray:
        """The numbers of an initialiser. Raise ModelError if they are not all there."""
        return read_tensor(self.tensors[name], f"initialiser {shown(name)}", self.folder)

    def inputs(self) -> list[tuple[str, int, list[int | None]]]:
        """Name, type and shape of each input that is not an initialiser; None for a size that is left open."""
        found = []
        for each in self.proto.graph.input:
            if read_name(each.name) not in self.tensors:
                tensor = each.type.tensor_type
                dims = [int(dim.dim_value) if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
                found.append((read_name(each.name), int(tensor.elem_type), dims))
        return found

    def nodes(self) -> list[Node]:
        """The nodes that the outputs need, senders first. Raise ModelError if there is a cycle or a sender missing."""
        nodes = [self._node(each) for each in self.proto.graph.node]
        makers: dict[str, int] = {}
        known = {*self.tensors, *(read_name(each.name) for each in self.proto.graph.input)}
        for number, node in enumerate(nodes):
            for name in filter(None, node.outputs):
                if name in makers or name in known:
                    raise node.fail(f"its output {shown(name)} has the name of another value.")
                makers[name] = number
        order = self._sort(nodes, makers, known)
        written = sorted(order)
        if all(makers.get(name, -1) < number for number in written for name in nodes[number].inputs):
            order = written
        return [nodes[number] for number in order]

    def _sort(self, nodes: Sequence[Node], makers: Mapping[str, int], known: set[str]) -> list[int]:
        """A walk up from the outputs, without recursion: a file may be deep."""
        placed: dict[int, None] = {}
        open_nodes: dict[int, Iterator[str]] = {}
        for output in self.outputs:
            if output not in makers and output not in known:
                raise ModelError(f"no node makes the output {shown(output)}.")
            waiting = [makers[output]] if output in makers else []
            while waiting:
                number = waiting[-1]
                names = open_nodes.setdefault(number, iter(nodes[number].inputs))
                following = next((name for name in names if name and name not in known), None)
                if number in placed or following is None:
                    placed.setdefault(number)
                    waiting.pop()
                elif following not in makers:
                    raise nodes[number].fail(
                        f"its input {shown(following)} is neither an initialiser nor made by a node."
                    )
                elif (sender := makers[following]) not in placed:
                    if sender in open_nodes:
                        raise nodes[sender].fail("the nodes form a cycle.")
                    waiting.append(sender)
        return [*placed]

    def _node(self, proto: onnx.NodeProto) -> Node:
        domain, operator, name = map(read_name, (proto.domain, proto.op_type, proto.name))
        inputs, outputs = tuple(map(read_name, proto.input)), tuple(map(read_name, proto.output))
        attributes = {read_name(each.name): self._attribute(each) for each in proto.attribute}
        return Node(
            operator if domain in ("", "ai.onnx") else f"{domain}.{operator}", name, inputs, outputs, attributes
        )

    def _attribute(self, proto: AttributeProto) -> Any:
        match proto.type:
            case AttributeProto.FLOAT:
                return float(proto.f)
            case AttributeProto.INT:
                return int(proto.i)
            case AttributeProto.STRING:
                return proto.s.decode("utf-8", "replace")
            case AttributeProto.STRINGS:
                return [each.decode("utf-8", "replace") for each in proto.strings]
            case AttributeProto.INTS:
                return [int(each) for each in proto.ints]
            case AttributeProto.FLOATS:
                return [float(each) for each in proto.floats]
            case AttributeProto.TENSOR:
                return proto.t
        return proto  # a graph, a type ...: for no operator that is known


def read_name(value: Any) -> str:
    """A name, which protobuf gives as bytes where it is not UTF-8. Raise ModelError for that."""
    if not isinstance(value, str):
        raise ModelError(f"the file is damaged: the name {value[:40]!r} is not UTF-8.")
    return value


def read_model(path: str | os.PathLike[str]) -> Model:
    """The model in a file. Raise ModelError if it is none, or not one that can be read here."""
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(_read_bytes(path))
    except DecodeError:
        raise ModelError("this is not an ONNX file, or only a part of one.") from None
    if not proto.ir_version or not proto.graph.output:
        raise ModelError("this is not an ONNX file: it has no graph with an output.")
    opset = next((each.version for each in proto.opset_import if each.domain in ("", "ai.onnx")), 0)
    if not OLDEST <= opset <= NEWEST:
        raise ModelError(
            f"the file is written in opset {opset}; expected {OLDEST} to {NEWEST}. "
            f"Convert it: onnx.version_converter.convert_version(model, {OLDEST if opset < OLDEST else NEWEST})."
        )
    graph = proto.graph
    if len(graph.node) > MOST_NODES:
        raise ModelError(f"the graph has {len(graph.node):,} nodes; expected at most {MOST_NODES:,}.")
    if graph.sparse_initializer:
        raise ModelError("the graph has sparse initialisers; expected dense ones.")
    counts = Counter(read_name(each.name) for each in graph.initializer)
    if counts and counts.most_common(1)[0][1] > 1:
        raise ModelError(f"two initialisers are named {shown(counts.most_common(1)[0][0])}.")
    return Model(proto, os.path.dirname(os.path.realpath(path)), opset)


def _read_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise ModelError("this is a folder or a device; expected an ONNX file.")
        if os.path.getsize(path) > MOST_BYTES:
            raise ModelError("the file is larger than 2 GiB, which no ONNX file is.")
        with open(path, "rb") as file:
            return file.read()
    except ModelError:
        raise
    except OSError as error:
        raise ModelError(f"the file cannot be read: {error.strerror or error}.") from None
    except ValueError as error:  # a name with a NUL in it
        raise ModelError(f"this is not a file name: {error}.") from None


def read_tensor(proto: TensorProto, what: str, folder: str) -> AnyArray:
    """The numbers of a tensor: its bytes must be just as many as its shape says."""
    if proto.data_type not in NUMBERS:
        kind = TensorProto.DataType.Name(proto.data_type) if proto.data_type in TensorProto.DataType.values() else "?"
        raise ModelError(f"{what} holds {kind}; expected numbers, such as FLOAT or DOUBLE.")
    shape = tuple(proto.dims)
    count = prod(shape)
    if any(size < 0 for size in shape) or count > MOST_BYTES:
        raise ModelError(f"{what} has shape {shape}, which is no shape of numbers that a file holds.")
    if external_data_helper.uses_external_data(proto):
        proto = _read_external(proto, what, folder, count * NUMBERS[proto.data_type])
    if proto.HasField("raw_data"):
        held, wanted, unit = len(proto.raw_data), count * NUMBERS[proto.data_type], "bytes"
    else:
        fields = (proto.float_data, proto.double_data, proto.int32_data, proto.int64_data)
        held, wanted, unit = sum(map(len, fields)), count, "numbers"
    if held != wanted:
        raise ModelError(f"{what} has shape {shape}, {wanted:,} {unit}; the file holds {held:,}.")
    try:
        return np.asarray(numpy_helper.to_array(proto))
    except (ValueError, TypeError) as error:
        raise ModelError(f"{what} cannot be read: {error}.") from None


def _read_external(proto: TensorProto, what: str, folder: str, size: int) -> TensorProto:
    """The same tensor with its bytes from a file beside the model; from no other folder."""
    said = {each.key: each.value for each in proto.external_data}
    location = said.get("location", "")
    path = os.path.realpath(os.path.join(folder, location)) if "\0" not in location else ""
    if os.path.dirname(path) != folder or not location or not os.path.isfile(path):
        raise ModelError(f"{what} is kept in {shown(location)}; expected a file in the folder of the model itself.")
    try:
        start, length = int(said.get("offset", 0)), int(said.get("length", size))
        if start < 0 or length != size or start + size > os.path.getsize(path):
            raise ValueError
        with open(path, "rb") as file:
            file.seek(start)
            content = file.read(size)
    except (OSError, ValueError):
        raise ModelError(
            f"{what} needs {size:,} bytes of {shown(location)}, which does not hold them where it should."
        ) from None
    found = TensorProto(dims=proto.dims, data_type=proto.data_type, name=proto.name)
    found.raw_data = content
    return found


def check_sample_shape(name: str, kind: int, dims: Sequence[int | None], given: Shape | None) -> Shape:
    """The shape of one sample of an input, whose first axis counts the samples. Raise ModelError."""
    if kind not in INPUTS:
        raise ModelError(f"input {shown(name)} does not hold numbers; expected float32 or float64.")
    if given is not None:
        return given
    if prod(size for size in dims[1:] if size) > MOST_INPUTS:
        raise ModelError(f"input {shown(name)} has samples of more than {MOST_INPUTS:,} numbers.")
    if len(dims) < 2:
        raise ModelError(
            f"input {shown(name)} has {len(dims)} axes; expected at least two, of which the first counts the samples."
        )
    for axis, size in enumerate(dims[1:], start=1):
        if size is None or not 1 <= size <= LARGEST:
            found = "is left open" if size is None else f"has size {size:,}"
            raise ModelError(
                f"axis {axis} of input {shown(name)} {found}; expected a size from 1 to {LARGEST:,}. A network has "
                "inputs of one shape: give it as input_shape."
            )
    return tuple(size for size in dims[1:] if size is not None)

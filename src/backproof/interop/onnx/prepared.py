"""The preparation of a table as nodes: columns as they stand in the data go in, labels or quantities come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from backproof.data.columns import format_label
from backproof.data.encoders import CategoricalEncoder, NumericEncoder
from backproof.data.preparation import Preparation
from backproof.data.targets import ClassTarget, RegressionTarget, split_columns
from backproof.errors import OptionError
from backproof.interop.onnx.writer import Writer
from backproof.operations.layer import Shape

#: The set of ONNX's operators for tables.
TABLES = ("ai.onnx.ml", 3)


def write_inputs(
    writer: Writer, preparation: Preparation, shape: Shape
) -> tuple[str, list[onnx.ValueInfoProto], list[tuple[str, int]]]:
    """The value that the network receives, the inputs of the graph, and further sets of operators.

    Numbers alone are one input `x`, a row of all columns; with categories among them each column is an input by its
    name. Numbers are float64 until they are scaled, so that large ones lose nothing.
    """
    writer.place = "preparation"
    encoders = preparation.list_plain_encoders("an ONNX file")
    numeric = [each for each in encoders if isinstance(each, NumericEncoder)]
    categorical = len(numeric) < len(encoders)
    inputs: list[onnx.ValueInfoProto] = []
    if not categorical:
        width = sum(each.width for each in numeric)
        doc = "columns in this order: " + ", ".join(_name_columns(numeric))
        inputs.append(_make_input("x", TensorProto.DOUBLE, width, doc))
        encoded = _scale(writer, "x", numeric)
    else:
        parts = []
        for encoder in encoders:
            if isinstance(encoder, CategoricalEncoder):
                doc = "one of these: " + ", ".join(encoder.categories)
                inputs.append(_make_input(encoder.name, TensorProto.STRING, 1, doc))
                parts.append(_encode_categories(writer, encoder))
            else:
                inputs.append(_make_input(encoder.name, TensorProto.DOUBLE, encoder.width, "a number"))
                parts.append(_scale(writer, encoder.name, [encoder]))
        encoded = parts[0] if len(parts) == 1 else writer.node("Concat", parts, axis=1)
    if len(shape) > 1:
        encoded = writer.node("Reshape", [encoded, writer.integers([0, *shape])])
    names = [each.name for each in inputs]
    if taken := {*names} & {layer.name for layer in writer.network.architecture.layers[1:]} | _repeats(names):
        raise OptionError(f"the column '{min(taken)}' has the name of a layer or of another column; rename it.")
    return encoded, inputs, [TABLES] if categorical else []


def _repeats(names: Sequence[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _name_columns(encoders: Sequence[NumericEncoder]) -> list[str]:
    return [
        each.name if each.width == 1 else f"{each.name}[{number}]"
        for each in encoders
        for number in range(1, each.width + 1)
    ]


def _make_input(name: str, kind: int, width: int, doc: str) -> onnx.ValueInfoProto:
    info: onnx.ValueInfoProto = helper.make_tensor_value_info(name, kind, ["samples", width])
    info.doc_string = doc
    return info


def _scale(writer: Writer, value: str, encoders: Sequence[NumericEncoder]) -> str:
    """(x - shift) scale, missing numbers filled in."""

    def spread(numbers: Sequence[float], width: int) -> Any:
        return np.broadcast_to(np.asarray(numbers, dtype=np.float64), (width,))

    if any(each.fill is not None for each in encoders):
        fill = np.concatenate([spread(each.fill or (np.nan,), each.width) for each in encoders])
        missing = writer.node("IsNaN", [value])
        value = writer.node("Where", [missing, writer.typed("preparation.fill", fill), value])
    shift = np.concatenate([spread(each.shift, each.width) for each in encoders])
    scale = np.concatenate([spread(each.scale, each.width) for each in encoders])
    prefix = "preparation" if value == "x" or len(encoders) > 1 else f"preparation.{encoders[0].name}"
    if shift.any():
        value = writer.node("Sub", [value, writer.typed(f"{prefix}.shift", shift)])
    if (scale != 1).any():
        value = writer.node("Mul", [value, writer.typed(f"{prefix}.scale", scale)])
    return writer.to_own_type(value)


def _encode_categories(writer: Writer, encoder: CategoricalEncoder) -> str:
    """One unit for each category; a category that did not occur in training is an error of the runtime."""
    value, known = encoder.name, list(encoder.categories)
    if encoder.fill is not None and "" not in known:
        value = writer.node(
            "LabelEncoder", [value], domain=TABLES[0], keys_strings=[*known, ""], values_strings=[*known, encoder.fill],
            default_string="\0unknown",
        )  # fmt: skip
    units = writer.node("OneHotEncoder", [value], domain=TABLES[0], cats_strings=known, zeros=0)
    return writer.to_own_type(writer.node("Reshape", [units, writer.integers([-1, len(known)])]))


def write_outputs(writer: Writer, preparation: Preparation, value: str) -> list[onnx.ValueInfoProto]:
    """The outputs of the graph: the quantity by the name of the target, or `label` and `probabilities`.

    Of several targets each has its own: the quantity, or `label_NAME` and `probabilities_NAME`.
    """
    outputs: list[onnx.ValueInfoProto] = []
    several = len(preparation.targets) > 1
    taken = {*writer.names, *preparation.names}
    for number, (target, part) in enumerate(split_columns(preparation.targets), start=1):
        writer.place, own = "target", value
        if several:
            writer.place = f"target.{target.name}"
            own = writer.node("Gather", [value, writer.integers([*range(part.start, part.stop)])], axis=1)
        if isinstance(target, ClassTarget):
            outputs += _write_labels(writer, target, own, f"_{target.name}" if several else "", taken)
        else:
            name = f"prediction_{number}" if several else "prediction"
            name = _name_output(name if target.name in taken else target.name, taken)
            outputs.append(_write_quantity(writer, target, own, name))
    return outputs


def _name_output(name: str, taken: set[str]) -> str:
    """A name for an output that nothing else has: this one, or this one with underlines behind it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _write_quantity(writer: Writer, target: RegressionTarget, value: str, name: str) -> onnx.ValueInfoProto:
    wide = writer.node("Cast", [value], to=TensorProto.DOUBLE)
    divided = writer.node("Div", [wide, writer.typed(f"{writer.place}.scale", np.array([target.scale]))])
    writer.node("Add", [divided, writer.typed(f"{writer.place}.shift", np.array([target.shift]))], output=name)
    return helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["samples", 1])


def _write_labels(
    writer: Writer, target: ClassTarget, value: str, suffix: str, taken: set[str]
) -> list[onnx.ValueInfoProto]:
    count, chances = len(target.labels), _name_output(f"probabilities{suffix}", taken)
    likeliest = _name_output(f"label{suffix}", taken)
    if target.units == 1:
        likely = writer.node("Greater", [value, writer.number(0.5)])
        place = writer.node("Cast", [writer.node("Squeeze", [likely, writer.integers([1])])], to=TensorProto.INT64)
        first = writer.node("Sub", [writer.number(1.0), value])
        writer.node("Concat", [first, value], axis=1, output=chances)
    else:
        place = writer.node("ArgMax", [value], axis=1, keepdims=0)
        writer.node("Identity", [value], output=chances)
    plain = all(isinstance(label, int) and not isinstance(label, bool) for label in target.labels)
    labels = (
        np.array(target.labels, dtype=np.int64) if plain else np.array(list(map(format_label, target.labels)), object)
    )
    kind = TensorProto.INT64 if plain else TensorProto.STRING
    writer.node("Gather", [writer.typed(f"{writer.place}.labels", labels), place], axis=0, output=likeliest)
    return [
        helper.make_tensor_value_info(likeliest, kind, ["samples"]),
        helper.make_tensor_value_info(chances, writer.kind, ["samples", count]),
    ]

"""From an architecture to the nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import helper, numpy_helper

from backproof.arrays import AnyArray
from backproof.errors import OptionError
from backproof.expression import Add, Call, Compare, Div, Expression, Mul, Neg, Number, Pow, Variable, Where
from backproof.interop.onnx import formulas
from backproof.interop.onnx.model import OLDEST
from backproof.interop.onnx.recurrences import find_operators
from backproof.layers import Layer
from backproof.network import Network
from backproof.operations.layer import Shape

_KINDS = {Add: "Add", Mul: "Mul", Neg: "Neg", Div: "Div", Pow: "Pow", Where: "Where"}
_ACTIVATIONS = {each.activation: each for each in reversed(formulas.OPERATORS)}


class Writer:
    """The nodes and initialisers written so far, and the lowest set of operators that has them all."""

    def __init__(self, network: Network, dtype: str) -> None:
        self.network, self.dtype, self.opset = network, np.dtype(dtype), OLDEST
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: dict[str, onnx.TensorProto] = {}
        self.place = ""

    def write(self, layer: Layer, received: list[str], table: Any) -> str:
        """The nodes of one layer; the name of the value that its activations are."""
        kind = layer.works.name
        if kind not in table:
            raise OptionError(f"layer '{layer.name}': no operator of ONNX is known for kind '{kind}'.")
        self.place = layer.name
        h = table[kind](self, layer, received)
        return self.activate(layer, h)

    def node(
        self, operator: str, inputs: Sequence[str], *, since: int = OLDEST, output: str = "", **attributes: Any
    ) -> str:
        """One node; the name of its output."""
        self.opset = max(self.opset, since)
        output = output or f"{self.place}/{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, **attributes))
        return output

    def recurrence(self, operator: str, inputs: Sequence[str], *, last: bool, **attributes: Any) -> str:
        """A recurrent operator, called as its layer; the name of all its states, or of those read last."""
        output = f"{self.place}/{operator}"
        outputs = ["", output] if last else [output]
        self.nodes.append(helper.make_node(operator, list(inputs), outputs, name=self.place, **attributes))
        return output

    def parameter(self, layer: Layer, role: str) -> str:
        """The initialiser of a parameter array, which several layers may share."""
        name = dict(layer.arrays)[role]
        return self._put(name, self.network.parameters[name])

    def constant(self, array: ArrayLike) -> str:
        """A constant of numbers of the type of the network."""
        return self._put(f"{self.place}/constant_{len(self.initialisers)}", np.asarray(array))

    def number(self, value: float) -> str:
        """A single number."""
        return self._put(f"number/{value!r}", np.asarray(value))

    def integers(self, numbers: Any) -> str:
        """A constant of whole numbers."""
        array = np.asarray(numbers, dtype=np.int64)
        name = f"integers/{str(array.tolist()).replace(' ', '')}"
        self.initialisers.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def floats(self, numbers: Sequence[float]) -> str:
        """A constant of float32 whatever the type of the network, as factors of sizes are."""
        array = np.asarray(numbers, dtype=np.float32)
        name = f"floats/{array.tolist()}".replace(" ", "")
        self.initialisers.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def typed(self, name: str, array: AnyArray) -> str:
        """A constant by name, of the type that it has."""
        self.initialisers.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def to_own_type(self, value: str) -> str:
        """A value in the type of the network."""
        return self.node("Cast", [value], to=self.kind)

    @property
    def kind(self) -> int:
        """The type of the network's numbers, as ONNX counts types."""
        return int(helper.np_dtype_to_tensor_dtype(self.dtype))

    @property
    def names(self) -> set[str]:
        """The names of all layers and initialisers."""
        return {*self.initialisers, *(layer.name for layer in self.network.architecture.layers)}

    def write_network(self, inputs: str, table: Any) -> list[str]:
        """The nodes of all layers from the value that the network receives; the name of each layer's activations."""
        architecture = self.network.architecture
        names, operators = [inputs], find_operators(architecture) if self.dtype == np.float32 else {}
        for number, layer in enumerate(architecture.layers[1:], start=1):
            plan = operators.get(number)
            if plan is not None and layer.name != plan.name:
                names.append("")  # a part of an operator, which is written in the place of the last part
                continue
            if plan is None:
                made = self.write(layer, [names[sender] for sender in layer.receives], table)
            else:
                self.place = layer.name
                sender = next(at for at, each in enumerate(architecture.layers) if each.name == plan.receives[0])
                made = table[plan.kind.name](self, layer, [names[sender]])
            names.append(self.rename(made, layer.name))
        return names

    def _put(self, name: str, array: Any) -> str:
        if name not in self.initialisers:
            with np.errstate(over="ignore"):
                rounded = np.asarray(array, dtype=self.dtype)
            if not np.isfinite(rounded).all():
                raise OptionError(f"'{name}' holds a number too large for {self.dtype.name}; write float64.")
            self.initialisers[name] = numpy_helper.from_array(
                np.ascontiguousarray(rounded).reshape(rounded.shape), name
            )
        return name

    def received_shapes(self, layer: Layer) -> list[Shape]:
        """The shapes that a layer receives, samples not counted."""
        return [self.network.architecture.layers[sender].shape for sender in layer.receives]

    def activate(self, layer: Layer, h: str) -> str:
        """g(h): one operator where there is one, else its formula node by node."""
        activation: Any = layer.activation
        if activation.name == "identity":
            return h
        for operator, name in formulas.ROWS.items():
            if activation.name == name:
                masked = self._mask(h, layer.shape[-2:]) if getattr(activation, "causal", False) else h
                return self.node(operator, [masked], axis=activation.batch_axis)
        known = _ACTIVATIONS.get(activation.name)
        if known is not None:
            options = {key: getattr(activation, option) for option, (key, _) in known.attributes.items()}
            fixed = {key: value for key, (value, _) in known.fixed.items()}
            return self.node(known.name, [h], since=known.since, **options, **fixed)
        try:
            return self._write(formulas.to_formula(activation), h, {})
        except TypeError:
            raise OptionError(
                f"layer '{self.place}': activation '{activation.name}' is no formula that ONNX could be told."
            ) from None

    def _mask(self, h: str, shape: Shape) -> str:
        """-infinity in the place of what lies above the diagonal of each matrix of scores."""
        mask = self.typed(f"causal/{shape}", np.tril(np.ones(shape, dtype=bool)))
        return self.node("Where", [mask, h, self.typed("minus_infinity", np.array(-np.inf, self.dtype))])

    def _write(self, formula: Expression, h: str, known: dict[Expression, str]) -> str:
        """A formula in h, each part of it once."""
        if formula in known:
            return known[formula]
        match formula:
            case Variable():
                return h
            case Number(value=value):
                return self.number(float(value))
        parts = [self._write(each, h, known) for each in formula.children]
        match formula:
            case Call(function=name) if name in formulas.FUNCTIONS:
                found = self.node(formulas.FUNCTIONS[name], parts)
            case Call(function=name) if name in formulas.PAIRS:
                found = self.node(formulas.PAIRS[name], parts)
            case Compare(sign=sign):
                found = self.node(formulas.COMPARISONS[sign], parts)
            case Add() | Mul():
                found = parts[0]
                for part in parts[1:]:
                    found = self.node(_KINDS[type(formula)], [found, part])
            case _ if type(formula) in _KINDS:
                found = self.node(_KINDS[type(formula)], parts)
            case _:
                raise TypeError
        known[formula] = found
        return found

    def rename(self, old: str, new: str) -> str:
        """Give the output of a node the name of what it is."""
        if self.nodes and list(self.nodes[-1].output) == [old] and old.startswith(f"{self.place}/"):
            self.nodes[-1].output[0] = new
        else:
            self.nodes.append(helper.make_node("Identity", [old], [new], name=f"{new}/Identity"))
        return new

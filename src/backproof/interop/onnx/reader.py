"""From the nodes of an ONNX graph to layers: what is computed of each number by itself becomes an activation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

import numpy as np

from backproof.arrays import AnyArray, Array
from backproof.custom import H, written
from backproof.errors import BackproofError, ModelError, did_you_mean
from backproof.expression import Expression, Number
from backproof.interop.onnx import formulas
from backproof.interop.onnx.folding import SAMPLES, fold
from backproof.interop.onnx.model import Model, Node
from backproof.layers import INPUTS, LayerPlan, infer_layer
from backproof.operations.activation import Activation, activations
from backproof.operations.activations.identity import IdentityFunction
from backproof.operations.layer import Kind, Shape, kinds
from backproof.operations.layers.constant import Constant
from backproof.operations.layers.flatten import Flatten
from backproof.operations.layers.identity import Identity
from backproof.operations.layers.reshape import Reshape
from backproof.operations.recurrence import Recurrence
from backproof.schema import shown

IDENTITY = IdentityFunction()


@final
@dataclass(frozen=True, eq=False)
class Tensor:
    """A value that depends on the inputs: a formula h of the activations of a layer, number by number.

    `parts` are the values that `node` made the formula of, so that it can still become a layer that receives from them;
    `is_forked` where two values of the layer meet in it.
    """

    layer: str
    shape: Shape
    formula: Expression = H
    node: Node | None = None
    parts: tuple[Any, ...] = ()
    is_forked: bool = False

    @property
    def sizes(self) -> tuple[int, ...]:
        """The size of each axis, the number of samples as it stands in shapes."""
        return (SAMPLES, *self.shape)

    @property
    def is_plain(self) -> bool:
        """Whether these are the activations of the layer themselves."""
        return self.formula == H


@final
@dataclass(frozen=True, eq=False)
class Turned:
    """A value whose samples are not along its first axis, as where time steps come first.

    `axes` has for each axis of it the one of `value`, in which samples come first, as 0.
    """

    value: Tensor
    axes: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The size of each axis, the number of samples as it stands in shapes."""
        return tuple((SAMPLES, *self.value.shape)[axis] for axis in self.axes)


def turn(value: Tensor, axes: Sequence[int]) -> Tensor | Turned:
    """A value with its axes in another order, the samples among them as axis 0."""
    return value if tuple(axes) == tuple(range(len(axes))) else Turned(value, tuple(axes))


Value: TypeAlias = Tensor | AnyArray


class Reader:
    """What has been read so far: a value for each name, and the layers, in topological order."""

    def __init__(
        self, model: Model, nodes: Sequence[Node], input_name: str, input_shape: Shape, batch: int | None = None
    ) -> None:
        self.model, self.batch = model, batch
        self.inputs = Tensor(INPUTS, input_shape)
        self.values: dict[str, Value | Turned] = {input_name: self.inputs}
        self.plans: dict[str, LayerPlan] = {}
        self.shapes: dict[str, Shape] = {INPUTS: input_shape}
        self.arrays: dict[str, Array] = {}
        self.names: dict[str, str] = {}
        #: Constants that are others in another shape, and those that are others transposed.
        self.origins: dict[str, str] = {}
        self.turned: dict[str, str] = {}
        self.sources: dict[str, tuple[str, ...]] = {}
        #: The arrays of each recurrence.
        self.recurrent: dict[str, tuple[str, ...]] = {}
        self.noted: tuple[Activation, ...] = ()
        self.settled: dict[Tensor, Tensor] = {}
        self.masked: set[Tensor] = set()
        self.consumers: dict[str, set[str]] = {name: set() for name in model.outputs}
        for node in nodes:
            for name in node.inputs:
                self.consumers.setdefault(name, set()).add(node.operator)
        self.uses = Counter(name for node in nodes for name in node.inputs) + Counter(model.outputs)

    def read(self, node: Node, table: Mapping[str, Any]) -> None:
        """Read one node. Raise ModelError, with the node, if that is not possible."""
        try:
            found = fold(node, [self._find(name) for name in node.inputs])
            if found is None:
                if node.operator not in table:
                    raise node.fail(_explain_unknown(node.operator, table))
                found = table[node.operator](self, node)
            elif node.operator in ("Reshape", "Identity", "Cast", "Squeeze", "Unsqueeze"):
                self.origins[node.outputs[0]] = self.origins.get(node.inputs[0], node.inputs[0])
            elif node.operator == "Transpose" and found.ndim == 2:
                self.turned[node.outputs[0]] = node.inputs[0]
        except ModelError as error:
            raise error if str(error).startswith(str(node)) else node.fail(str(error)) from None
        except BackproofError as error:
            raise node.fail(str(error)) from None
        many = found if isinstance(found, tuple) else (found,)
        wanted = [name for name in node.outputs if name and self.uses[name]]
        if len(many) < len(node.outputs) and any(name in node.outputs[len(many) :] for name in wanted):
            raise node.fail(f"only its first {len(many)} output{'s' if len(many) > 1 else ''} can be used.")
        self.values.update((name, each) for name, each in zip(node.outputs, many, strict=False) if name)

    def _find(self, name: str) -> Value | Turned | None:
        if name and name not in self.values:
            self.values[name] = self.model.constant(name)
        return self.values.get(name)

    def has(self, node: Node, place: int) -> bool:
        """Whether an optional input is given."""
        return place < len(node.inputs) and bool(node.inputs[place])

    def given(self, node: Node, place: int) -> Value | Turned:
        """An input of a node, wherever its samples are. Raise ModelError if it is missing."""
        found = self._find(node.inputs[place]) if self.has(node, place) else None
        if found is None:
            raise node.fail(f"its input {place + 1} is missing.")
        return found

    def value(self, node: Node, place: int) -> Value:
        """An input of a node. Raise ModelError if it is missing, or its samples are not along its first axis."""
        found = self.given(node, place)
        if isinstance(found, Turned):
            raise node.fail(
                f"the samples of its input {place + 1} are along axis {found.axes.index(0)}; expected them along axis "
                "0, by a Transpose before it."
            )
        return found

    def tensor(self, node: Node, place: int = 0) -> Tensor:
        """An input of a node that depends on the inputs of the network."""
        found = self.value(node, place)
        if not isinstance(found, Tensor):
            raise node.fail(f"its input {place + 1} is a constant; expected a value that depends on the inputs.")
        return found

    def constant(self, node: Node, place: int) -> AnyArray:
        """An input of a node that is a constant."""
        found = self.value(node, place)
        if isinstance(found, Tensor):
            raise node.fail(f"its input {place + 1} depends on the inputs of the network; expected a constant.")
        return found

    def integers(self, node: Node, place: int) -> tuple[int, ...]:
        """An input of a node that is a constant list of whole numbers."""
        found = self.constant(node, place)
        if found.dtype.kind not in "iu" or found.ndim > 1:
            raise node.fail(f"its input {place + 1} is no list of whole numbers.")
        return tuple(int(each) for each in found.reshape(-1))

    def sample_axis(self, node: Node, axis: int, shape: Shape, *, more: int = 0) -> int:
        """An axis of a batch as the axis of a sample. Raise ModelError if it is that of the samples."""
        count = len(shape) + 1 + more
        found = axis + count if axis < 0 else axis
        if not 0 < found < count:
            where = "is that of the samples" if found == 0 else f"does not exist; there are {count}"
            raise node.fail(f"axis {axis} {where}.")
        return found - 1

    def make(self, node: Node, name: str, **options: Any) -> Kind:
        """A kind of layer by name and options."""
        if name not in kinds.names():
            raise node.fail(f"there is no kind of layer '{name}' for it.")
        return kinds.make({"name": name, **options})

    def add(self, node: Node, kind: Kind, *senders: Tensor, **given: int | AnyArray) -> Tensor:
        """One more layer. Its parameter arrays are given by role: as the place of an input, or worked out."""
        settled = [self.settle(sender) for sender in senders]
        for place in given.values():
            if isinstance(place, int):
                self.constant(node, place)
        sources = {role: node.inputs[each] for role, each in given.items() if isinstance(each, int)}
        name = self._choose_name(node, sources.values())
        shape, expected = infer_layer(name, kind, IDENTITY, [self.shapes[each] for each in settled])
        plan = LayerPlan(name, kind, tuple(settled), IDENTITY)
        self.plans[name], self.shapes[name] = plan, shape
        for role, wanted in expected.items():
            each = given.get(role)
            if each is None:
                raise node.fail(f"its {role} is missing.")
            self._enter(node, name, role, wanted, each)
        return Tensor(name, shape)

    def add_recurrence(
        self, node: Node, kind: Recurrence, sender: Tensor, activation: str | None, arrays: Mapping[str, AnyArray]
    ) -> Tensor:
        """A recurrence, opened into its steps later; its arrays by the names that follow its own."""
        settled, name = self.settle(sender), self._choose_name(node, ())
        self.plans[name] = LayerPlan(
            name, kind, (settled,), None if activation is None else activations.make(activation)
        )
        self.recurrent[name] = tuple(f"{name}.{role}" for role in arrays)
        self.arrays.update((f"{name}.{role}", np.asarray(each, np.float64)) for role, each in arrays.items())
        sent = (kind.units * (2 if kind.direction == "both" else 1),)
        self.shapes[name] = sent if kind.returns == "last" else (sender.shape[0], *sent)
        return Tensor(name, self.shapes[name])

    def undo_reshape(self, value: Tensor) -> Tensor:
        """What a value was before its shape alone was changed."""
        plan = self.plans.get(value.layer)
        if plan is None or not value.is_plain or not isinstance(plan.kind, Reshape | Flatten):
            return value
        return Tensor(plan.receives[0], self.shapes[plan.receives[0]])

    def holds_zeros(self, value: Value | Turned | None) -> bool:
        """Whether a value is 0 in every place, or not there."""
        if isinstance(value, Turned):
            return self.holds_zeros(value.value)
        if isinstance(value, Tensor):
            kind = self.plans[value.layer].kind if value.layer in self.plans else None
            return value.is_plain and isinstance(kind, Constant) and kind.value == 0
        return value is None or not value.any()

    def _enter(self, node: Node, layer: str, role: str, wanted: Shape, given: int | AnyArray) -> None:
        """The parameter array of a layer's role: an initialiser that layers share is one array."""
        array = np.asarray(self.constant(node, given) if isinstance(given, int) else given, dtype=np.float64)
        if array.shape != wanted:
            raise node.fail(f"its {role} has shape {array.shape}; expected {wanted}.")
        made_up = f"\0{layer}.{role}"  # no initialiser is called so
        source = self.origins.get(node.inputs[given], node.inputs[given]) if isinstance(given, int) else made_up
        if source in self.names and self.arrays[self.names[source]].shape != wanted:
            source = made_up
        if source not in self.names:
            self.names[source] = self._choose_array_name(source, f"{layer}.{role}")
            self.arrays[self.names[source]] = array
        self.sources[layer] = (*self.sources.get(layer, ()), source)
        plan = self.plans[layer]
        self.plans[layer] = replace(plan, arrays=(*plan.arrays, (role, self.names[source])))

    def _choose_array_name(self, source: str, default: str) -> str:
        """The name of the initialiser as far as it can be a name here; W1 and b1 are those of a chain."""
        clean = ".".join(re.sub(r"[^A-Za-z0-9_']+", "_", part).strip("_") for part in source.split("."))
        plain = all(clean.split(".")) and clean not in ("E", "eta") and not re.fullmatch(r"[Wb]\d+", clean)
        wanted = name = clean if plain and not source.startswith("\0") else default
        number = 1
        while name in self.arrays:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def add_bias(self, node: Node, value: Tensor, place: int) -> Tensor | None:
        """The same layer with a constant as its bias, where it has none yet and nothing else receives from it."""
        name, bias = value.layer, np.asarray(self.constant(node, place), dtype=np.float64)
        plan = self.plans.get(name)
        if plan is None or not isinstance(plan.kind, Kind) or not value.is_plain or getattr(plan.kind, "bias", True):
            return None
        if self.uses[node.inputs[1 - place]] > 1:
            return None
        kind: Any = replace(plan.kind, bias=True)  # type: ignore[type-var]
        wanted = kind.parameter_shapes([self.shapes[each] for each in plan.receives])["bias"]
        axes = (1,) * (len(value.shape) - 1) if plan.kind.name.startswith("conv") else ()
        if bias.shape not in ((*wanted, *axes), (1, *wanted, *axes)):
            return None
        self.plans[name] = replace(plan, kind=kind)
        self._enter(node, name, "bias", wanted, place if bias.shape == wanted else bias.reshape(wanted))
        return value

    def apply(self, node: Node, *values: Value) -> Tensor | None:
        """A formula of values number by number, where all that depends on the inputs is of one layer."""
        tensors = [each for each in values if isinstance(each, Tensor)]
        if len({each.layer for each in tensors}) > 1:
            return None
        first = tensors[0]
        values = tuple(each if isinstance(each, Tensor) else self._take_one(each, first.shape) for each in values)
        constants = [each for each in values if not isinstance(each, Tensor)]
        if any(each.size != 1 or each.ndim > len(first.shape) + 1 for each in constants):
            return None
        terms = [each.formula if isinstance(each, Tensor) else _to_number(each) for each in values]
        formula = formulas.ELEMENTWISE[node.operator](*terms)
        if formulas.is_large(formula):
            return self.apply(node, *(self._settle(each) for each in values))
        forked = len(tensors) > 1 or first.is_forked
        return Tensor(first.layer, first.shape, formula, node, values, forked)

    def mask(self, node: Node, value: Tensor) -> Tensor:
        """A value of which what lies above the diagonal does not count; only a softmax can take it."""
        if self.consumers[node.outputs[0]] != {"Softmax"}:
            raise node.fail("it masks scores, which only a softmax can take.")
        masked = replace(value)
        self.masked.add(masked)
        return masked

    def is_parameter(self, name: str) -> bool:
        """Whether a single number in a list is meant as a parameter by its name, and not as a constant."""
        return name in self.model.tensors and name.rpartition(".")[2] in ("weight", "bias", "gamma", "beta")

    def _take_one(self, array: AnyArray, shape: Shape) -> AnyArray:
        """A constant that is the same for every number of every sample of a fixed count, as a single number."""
        spread = array.shape == (self.batch, *shape) and array.size > 1
        return array.reshape(-1)[:1] if spread and (array == array.reshape(-1)[0]).all() else array

    def put(self, node: Node, value: Tensor, formula: Expression) -> Tensor:
        """A formula in h with a value in the place of h."""
        inner = formulas.put_for_h(formula, value.formula)
        if value.is_forked or formulas.is_large(inner):
            return self.put(node, self._settle(value), formula)
        return Tensor(value.layer, value.shape, inner, node, (value,))

    def activate(self, node: Node, value: Tensor, activation: Activation) -> Tensor:
        """An activation of a value, as a layer of the kind identity."""
        sender = self.settle(value)
        name = self._choose_name(node, ())
        infer_layer(name, Identity(), activation, [self.shapes[sender]])
        self.plans[name] = LayerPlan(name, Identity(), (sender,), activation)
        self.shapes[name] = value.shape
        return Tensor(name, value.shape)

    def settle(self, value: Tensor) -> str:
        """The name of a layer whose activations are the value; it is added if there is none yet."""
        settled: Tensor = self._settle(value)
        return settled.layer

    def _settle(self, value: Any) -> Any:
        if not isinstance(value, Tensor) or value.is_plain:
            return value
        if value not in self.settled:
            assert value.node is not None
            self.settled[value] = self._make_layer(value.node, value)
        return self.settled[value]

    def _make_layer(self, node: Node, value: Tensor) -> Tensor:
        """A known activation, a layer that receives the two values that meet, a scale, or a formula of its own."""
        base = Tensor(value.layer, value.shape)
        if formulas.is_condition(value.formula):
            raise node.fail("a condition (true or false) is used as a number.")
        known = formulas.find_activation(value.formula, self.noted)
        if known is not None:
            return base if known == IDENTITY else self.activate(node, base, known)
        if value.is_forked:
            return self._make_fork(node, value)
        factor = formulas.find_factor(value.formula)
        if factor is not None and "scale" in kinds.names():
            return self.add(node, self.make(node, "scale", factor=factor), base)
        return self.activate(node, base, written(f"formula_{len(self.plans) + 1}", value.formula))

    def _make_fork(self, node: Node, value: Tensor) -> Tensor:
        """The layer of two values that meet, here or in what this is a formula of."""
        parts = [self._raise_base(each) for each in value.parts]
        again = self.apply(node, *parts) if parts != [*value.parts] else None
        if again is not None:
            return self._make_layer(node, again)
        tensors = [each for each in parts if isinstance(each, Tensor)]
        if len(tensors) != len(parts) or node.operator not in (*formulas.JOINS, "Div"):
            raise node.fail("two values meet in it, and it is no kind of layer.")
        return self.join(node, *tensors)

    def _raise_base(self, value: Any) -> Any:
        """The same value as a formula of the last layer in which two values meet."""
        if not isinstance(value, Tensor) or not value.is_forked:
            return value
        if value in self.settled or sum(isinstance(each, Tensor) for each in value.parts) > 1:
            return self._settle(value)
        assert value.node is not None
        return self.apply(value.node, *map(self._raise_base, value.parts))

    def join(self, node: Node, *values: Tensor) -> Tensor:
        """A layer that receives several values of one shape; a quotient is a product with the reciprocal."""
        if node.operator == "Div":
            inverse = self.apply(replace(node, operator="Reciprocal"), values[1])
            assert inverse is not None
            return self.join(replace(node, operator="Mul"), values[0], inverse)
        return self.add(node, self.make(node, formulas.JOINS[node.operator]), *values)

    def finish(self, value: Value | Turned | None, name: str, taken: Iterable[str]) -> str:
        """The name of the layer that an output of the graph is; each output is a layer of its own."""
        if isinstance(value, Turned):
            raise ModelError(
                f"the samples of the output {shown(name)} are along axis {value.axes.index(0)}; expected 0."
            )
        if not isinstance(value, Tensor):
            raise ModelError(f"the output {shown(name)} does not depend on the inputs.")
        made: Tensor = self._settle(value)
        if made.layer == INPUTS or made.layer in taken:
            made = self.activate(Node("Identity", name, (), (name,), {}), made, IDENTITY)
        return made.layer

    def prune(self, outputs: Sequence[str]) -> None:
        """Drop the layers from which no output receives, as where only the number of samples was asked for."""
        needed, waiting = set[str](), [*outputs]
        while waiting:
            name = waiting.pop()
            if name not in needed and name != INPUTS:
                needed.add(name)
                waiting.extend(self.plans[name].receives)
        self.plans = {name: plan for name, plan in self.plans.items() if name in needed}
        used = {array for plan in self.plans.values() for _, array in plan.arrays}
        used |= {array for each in self.plans.keys() & self.recurrent.keys() for array in self.recurrent[each]}
        self.arrays = {name: array for name, array in self.arrays.items() if name in used}

    def merge(self, outputs: list[str]) -> list[str]:
        """Make each layer and the activation that alone receives from it one layer; the outputs by their new names."""
        listeners = Counter(name for plan in self.plans.values() for name in plan.receives)
        now: dict[str, str] = {}
        for name, plan in list(self.plans.items()):
            plan = replace(plan, receives=tuple(now.get(each, each) for each in plan.receives))
            self.plans[name] = plan
            sender = self.plans.get(plan.receives[0])
            if plan.kind != Identity() or sender is None or sender.activation != IDENTITY:
                continue
            if listeners[sender.name] == 1 and sender.name not in outputs:
                self.plans[sender.name] = replace(sender, activation=plan.activation)
                listeners[sender.name] = listeners[name]
                outputs = [sender.name if each == name else each for each in outputs]
                now[name] = sender.name
                del self.plans[name]
        return outputs

    def _choose_name(self, node: Node, sources: Iterable[str]) -> str:
        """The name of a layer: what comes before `.weight` in that of its parameters, else that of the node."""
        prefix = next((name.rpartition(".")[0] for name in sources if "." in name), "")
        path = re.sub(rf"/?{re.escape(node.operator)}(_\d+)?$", "", node.name) if "/" in node.name else ""
        wanted = path or prefix or node.name or node.outputs[0] or node.operator
        clean = re.sub(r"[^A-Za-z0-9_']+", "_", wanted).strip("_")[:60] or node.operator.lower()
        clean = clean if clean[0].isalpha() and clean not in ("E", "eta") else f"l{clean}"
        name, number = clean, 1
        while name in self.shapes:
            number += 1
            name = f"{clean}_{number}"
        return name


def _to_number(array: AnyArray) -> Expression:
    value = array.reshape(-1)[0]
    if array.dtype.kind == "i" and value == SAMPLES:
        raise ModelError("the number of samples is used in the computation; expected it in shapes alone.")
    return Number(int(value) if array.dtype.kind in "iub" else float(value))


def _explain_unknown(operator: str, table: Mapping[str, Any]) -> str:
    match operator.rpartition("."):
        case _, _, "If" | "Loop" | "Scan" | "SequenceMap":
            return "control flow cannot be read; export the model with its branches and loops written out."
        case "", _, _:
            near = did_you_mean(operator, table)
            return f"unknown operator; known are {', '.join(sorted(table))}.{near}"
    return (
        "operators of other domains and functions of the file cannot be read; export with ONNX's own operators, or "
        "inline functions by onnx.inliner.inline_local_functions(model)."
    )

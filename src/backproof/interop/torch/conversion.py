"""From the graph of operations of an exported module to layers, one operation after the other."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import torch

from backproof.errors import BackproofError, ModuleError
from backproof.interop.torch import ops
from backproof.interop.torch.builder import Builder
from backproof.interop.torch.exporting import CONTROL_FLOW
from backproof.interop.torch.op import Call, known
from backproof.interop.torch.value import SAMPLES, Given, Value, sample_shape
from backproof.layers import INPUTS


@dataclass(frozen=True)
class Converted:
    """The layers of a module, and the layer that its output is."""

    builder: Builder
    output: Value


class Conversion:
    """A walk along the nodes of an exported program."""

    def __init__(self, module: torch.nn.Module, program: Any, samples: int) -> None:
        for found in iter_modules(ops.__path__):
            import_module(f"{ops.__name__}.{found.name}")
        self.module, self.program, self.samples = module, program, samples
        self.modules = dict(module.named_modules())
        self.values: dict[Any, Any] = {}
        self.builder = Builder((1,))

    def run(self) -> Converted:
        """Convert every node that the output depends on."""
        nodes = list(self.program.graph.nodes)
        (last,) = (node for node in nodes if node.op == "output")
        needed = _find_needed(last)
        for node in nodes:
            self._check_node(node, node in needed)
        self._read_placeholders([node for node in nodes if node.op == "placeholder"])
        for node in nodes:
            if node.op == "call_function" and node in needed:
                self.values[node] = self._convert(node)
            elif node.op == "get_attr":  # a graph within the graph, as of torch.cond or torch.no_grad
                self.values[node] = None
        return Converted(self.builder, self._read_output(last))

    def _check_node(self, node: Any, needed: bool) -> None:
        """Raise ModuleError if a node reads a number out of a tensor, or writes over one that is seen elsewhere."""
        name = _name_op(node.target)
        if needed and name in ("aten.item.default", "aten._local_scalar_dense.default"):
            raise ModuleError(CONTROL_FLOW, place=self._locate(node)[1])
        if _MUTATES.fullmatch(name) and _is_seen_twice(node.all_input_nodes[0]):
            raise ModuleError(
                f"{name} writes over a tensor that is seen in two shapes; write x = f(x) there.",
                place=self._locate(node)[1],
            )

    def _read_placeholders(self, nodes: Sequence[Any]) -> None:
        """The inputs, and by name parameters, buffers and constants; a tied parameter under its first name."""
        signature, owners = self.program.graph_signature, dict[int, str]()
        for name, parameter in self.module.named_parameters(remove_duplicate=False):
            owners.setdefault(id(parameter), name)
        parameters = dict(self.module.named_parameters(remove_duplicate=False))
        buffers = dict(self.module.named_buffers(remove_duplicate=False))
        for node in nodes:
            name = node.name
            if name in signature.user_inputs:
                tensor = node.meta["val"]
                axes = ((SAMPLES,), *((int(size),) for size in tensor.shape[1:]))
                self.builder = Builder(sample_shape(axes))
                self.values[node] = Value(INPUTS, axes)
            elif name in signature.inputs_to_parameters:
                own = parameters[signature.inputs_to_parameters[name]]
                self.values[node] = Given(owners[id(own)], own, own.requires_grad)
            else:
                target = signature.inputs_to_buffers.get(name) or signature.inputs_to_lifted_tensor_constants.get(name)
                held = buffers.get(target)
                tensor = self.program.constants.get(target) if held is None else held
                self.values[node] = Given(target, tensor)

    def _convert(self, node: Any) -> Any:
        place, path = self._locate(node)
        arguments, options = self._resolve(node.args), self._resolve(node.kwargs)
        if node.target is operator.getitem:
            return arguments[0][arguments[1]]
        name = _name_op(node.target)
        try:
            if not _depends(arguments) and not _depends(options):
                return self._evaluate(node, name, arguments, options, place)
            convert = known.get(name) or known.get(name.rpartition(".")[0])
            if convert is None:
                raise ModuleError(_explain_unknown(name))
            made = convert(Call(self.builder, place, self.samples), *arguments, **options)
            _check_shape(node, made, self.samples)
        except ModuleError as error:
            raise error if error.place else ModuleError(str(error), place=path) from None
        except BackproofError as error:
            raise ModuleError(f"{name}: {error}", place=path) from None
        except (TypeError, AttributeError) as error:
            raise ModuleError(f"{name} is called in a way that is not known ({error}).", place=path) from None
        return made

    def _evaluate(self, node: Any, name: str, arguments: Any, options: Any, place: str) -> Any:
        """What depends on no input: worked out by PyTorch itself, unless it is made from something trained."""
        trained = [each for each in _list_given([arguments, options]) if each.trained]
        if trained:
            turn = known.get(f"{name} of a parameter") or known.get(f"{name.rpartition('.')[0]} of a parameter")
            if turn is None:
                raise ModuleError(
                    f"{name} changes the parameter {trained[0].name} before it is used, which is not known; use the "
                    "parameter as it is, or make the result a parameter of its own."
                )
            return turn(Call(self.builder, place, self.samples), *arguments, **options)
        if not isinstance(node.target, torch._ops.OpOverload):
            raise ModuleError(_explain_unknown(name))
        with torch.no_grad():
            made = node.target(*_map_given(arguments), **_map_given(options))
        return _map_tensors(made, lambda tensor: Given(f"{self._locate(node)[0]}_{node.name}".strip("_"), tensor))

    def _resolve(self, given: Any) -> Any:
        if isinstance(given, torch.fx.Node):
            if given not in self.values:
                raise ModuleError(f"{given.name} is not known here.")
            return self.values[given]
        if isinstance(given, Mapping):
            return {key: self._resolve(each) for key, each in given.items()}
        if isinstance(given, list | tuple):
            return [self._resolve(each) for each in given]
        return given

    def _locate(self, node: Any) -> tuple[str, str]:
        """What a layer made from a node is named after, and the place of the node in the module."""
        stack = list((node.meta.get("nn_module_stack") or {}).values())
        path = re.sub(r"@\d+", "", str(stack[-1][0])) if stack else ""
        own = self.modules.get(path)
        kind = type(own)
        whole = own is not None and not list(own.children()) and kind.__module__.startswith("torch.nn.modules")
        alone = whole and not isinstance(own, torch.nn.RNNBase) and path
        op = _name_op(node.target).split(".")[1] if node.op == "call_function" else node.op
        return path if alone else f"{path}.{op.strip('_')}".strip("."), path

    def _read_output(self, node: Any) -> Value:
        made = self._resolve(node.args[0])
        outputs = [each for each in made if isinstance(each, Value)]
        if len(made) != 1:
            raise ModuleError(
                f"the module returns {len(made)} tensors, expected one; write a small module around it that returns "
                "the one that is judged, such as `self.lstm(x)[0]`."
            )
        if not outputs:
            raise ModuleError("the output does not depend on the inputs.")
        if outputs[0].axes[:1] != ((SAMPLES,),):
            raise ModuleError(
                "the first axis of the output must be the samples; transpose it, or use batch_first=True."
            )
        return outputs[0]


#: Operations that write over their first argument, and those that show the numbers of another tensor.
_MUTATES, _VIEWS = (
    re.compile(r"aten\.\w+_\.\w+"),
    re.compile(
        r"aten\.(view|reshape|flatten|unflatten|transpose|permute|t|slice|select|unsqueeze|squeeze|chunk|split|unbind)\..*"
    ),
)


def _is_seen_twice(node: Any) -> bool:
    """Whether a tensor shows the numbers of another one, or is shown by another one."""
    return any(_VIEWS.fullmatch(_name_op(each.target)) for each in (node, *node.users))


def _find_needed(last: Any) -> set[Any]:
    """The nodes that the output depends on."""
    needed, waiting = set[Any](), [last]
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting += node.all_input_nodes
    return needed


def _name_op(target: Any) -> str:
    """`aten.conv2d.default`, or the name of a function."""
    return str(target) if isinstance(target, torch._ops.OpOverload) else f"python.{getattr(target, '__name__', target)}"


def _depends(given: Any) -> bool:
    """Whether anything among arguments depends on the inputs."""
    if isinstance(given, Mapping):
        return any(map(_depends, given.values()))
    if isinstance(given, list | tuple):
        return any(map(_depends, given))
    return isinstance(given, Value)


def _list_given(given: Any) -> list[Given]:
    if isinstance(given, Mapping):
        return _list_given(list(given.values()))
    if isinstance(given, list | tuple):
        return [each for part in given for each in _list_given(part)]
    return [given] if isinstance(given, Given) else []


def _map_given(given: Any) -> Any:
    """The same arguments with tensors for what is given."""
    if isinstance(given, Mapping):
        return {key: _map_given(each) for key, each in given.items()}
    if isinstance(given, list | tuple):
        return [_map_given(each) for each in given]
    return given.used if isinstance(given, Given) else given


def _map_tensors(made: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    if isinstance(made, list | tuple):
        return [_map_tensors(each, change) for each in made]
    return change(made) if torch.is_tensor(made) else made


def _check_shape(node: Any, made: Any, samples: int) -> None:
    """Raise ModuleError if what was made is not shaped as PyTorch says."""
    expected = getattr(node.meta.get("val"), "shape", None)
    if isinstance(made, Value) and expected is not None and made.count(samples) != tuple(expected):
        raise ModuleError(
            f"{_name_op(node.target)} gives shape {made.count(samples)} here, in PyTorch {tuple(expected)}; please "
            "report this."
        )


def _explain_unknown(name: str) -> str:
    hints = {
        "aten.detach.default": "no gradient passes a detach; take it out, or give the part of the module after it",
        "aten.detach_.default": "no gradient passes a detach; take it out, or give the part of the module after it",
        "python.wrap_with_set_grad_enabled": "no gradient passes torch.no_grad(); take it out",
    }
    hint = hints.get(name, "write that place with other operations, or give the parts before and after it")
    return f"{name} is not known; {hint}."

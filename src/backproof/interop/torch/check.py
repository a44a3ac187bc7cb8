"""What a module's owner gets wrong around a right autograd: each slip undone, and the gradients compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from backproof.arrays import Array
from backproof.checking.code.calling import run_guarded
from backproof.checking.code.gradient import GradientReport, Verdict
from backproof.checking.code.naming import NamedMistake
from backproof.checking.mistake import every_mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair
from backproof.errors import ModuleError, OptionError
from backproof.interop.torch.exporting import check_batch, export_module, match_type
from backproof.validate import describe

#: Losses that compare every output with a target of its own.
ELEMENTWISE = ("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "BCELoss", "BCEWithLogitsLoss")
#: Functions of torch.nn.functional, and the losses that they are.
FUNCTIONS = {
    nn.functional.cross_entropy: "CrossEntropyLoss", nn.functional.nll_loss: "NLLLoss",
    nn.functional.binary_cross_entropy_with_logits: "BCEWithLogitsLoss", nn.functional.mse_loss: "MSELoss",
    nn.functional.binary_cross_entropy: "BCELoss", nn.functional.l1_loss: "L1Loss",
    nn.functional.huber_loss: "HuberLoss", nn.functional.smooth_l1_loss: "SmoothL1Loss",
}  # fmt: skip
#: Operations that pass every number on, in the walk from the outputs to what makes them.
PASS = ("view", "reshape", "flatten", "squeeze", "unsqueeze", "contiguous", "clone", "dropout", "to", "_to_copy")
#: What passes between gradients that should be equal, relative to an array's largest entry.
CLOSE = {torch.float64: 1e-8, torch.float32: 1e-3}
#: Maximum number of times that a gradient may have been added up and still be recognised.
MOST_REPEATS = 50


def check(module: Any, loss: Any, x: Any, y: Any) -> GradientReport:
    """Find what is wrong around a module's gradients: a loss that does not fit its outputs, a graph that is cut.

    autograd gives the gradient of what the code says; this says whether that is what was meant. The module is left as
    it is; dropout is left out.

    Parameters
    ----------
    module : torch.nn.Module
        If its parameters hold a gradient (``.grad``), it is held against that of this step as well.
    loss : loss module, or function of torch.nn.functional
        Called as ``loss(module(x), y)``.
    x : tensor or array_like, shape (samples, ...)
    y : tensor or array_like
        Targets, as the loss takes them.

    Returns
    -------
    GradientReport
        `right`, each parameter's largest difference from the gradient that is meant, and the `mistakes` by name.

    Raises
    ------
    OptionError
        The module or the loss raises an exception, or the loss is no single number.
    ModuleError
        It is no module, or x is no batch.

    Notes
    -----
    Found are: an activation that the loss applies by itself (two softmaxes, a sigmoid before `BCEWithLogitsLoss`), a
    ReLU on logits, `NLLLoss` without a logarithm or along the wrong axis, targets that are broadcast against the
    outputs, gradients that were not set to zero, a graph cut by `detach` or `torch.no_grad`, a layer that is not used.
    What is not understood is not accused.

    Examples
    --------
    >>> import torch
    >>> from backproof.torch import check
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Softmax(dim=1))
    >>> x, y = torch.tensor([[1.0, 2.0], [0.5, -1.0]]), torch.tensor([1, 2])
    >>> report = check(module, torch.nn.CrossEntropyLoss(), x, y)
    >>> report.right, report.mistakes[0].says[:47]
    (False, 'CrossEntropyLoss applies softmax by itself, and')
    >>> check(module[0], torch.nn.CrossEntropyLoss(), x, y).right
    True
    """
    if not isinstance(module, nn.Module):
        raise ModuleError(f"expected a torch.nn.Module, received {describe(module)}.")
    if isinstance(loss, type) or not callable(loss):
        raise OptionError(f"loss: expected one of PyTorch, such as nn.MSELoss(); received {describe(loss)}.")
    step = _Step(_copy_still(module), loss, check_batch(x), _read_targets(y))
    own = step.differentiate()
    held = _read_held(module)
    graph, notes = step.read_graph()
    notes += (*_list_endless(own), *_compare_backward(step, graph, own))
    fixes = tuple(_find_repairs(graph, own, _count_repeats(held, own)))
    return _report(graph, own, held, fixes, notes)


Gradients = Mapping[str, "Array | None"]


@dataclass(frozen=True)
class _Step:
    """A module, or what is made of it, on a batch: what autograd gives."""

    module: Any
    loss: Callable[..., Any]
    x: torch.Tensor
    y: torch.Tensor
    names: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The outputs, and the loss."""
        with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            outputs = run_guarded(lambda: self.module(match_type(self.module, self.x)), MODULE, "the module")
            if not torch.is_tensor(outputs):
                raise OptionError(f"the module returned {type(outputs).__name__}, {MODULE}.")
            y = self.y.to(outputs.dtype) if self.y.is_floating_point() else self.y
            value = run_guarded(lambda: self.loss(outputs, y), LOSS, "the loss")
        if not torch.is_tensor(value) or value.numel() != 1:
            raise OptionError(f"the loss gives {getattr(value, 'shape', type(value).__name__)}, expected one number.")
        return outputs, value

    def differentiate(self) -> dict[str, Array | None]:
        """The gradient of every parameter that requires one; None where nothing is sent back to it."""
        parameters = {name: each for name, each in self.module.named_parameters() if each.requires_grad}
        _, value = self.run()
        if not parameters or not value.requires_grad:
            return dict.fromkeys(parameters)
        found = run_guarded(
            lambda: torch.autograd.grad(value, [*parameters.values()], allow_unused=True), BACKWARD, "the backward pass"
        )
        return {name: None if each is None else _to_array(each) for name, each in zip(parameters, found, strict=True)}

    def read_graph(self) -> tuple[_Step, tuple[str, ...]]:
        """The same step by the module's graph, which can be changed; a note where it has none."""
        try:
            program = export_module(self.module, self.x)
            return replace(self, module=program.module()), ()
        except ModuleError as error:
            return self, (f"Of the module only its outputs and gradients were looked at: {error}",)


MODULE = "expected a module that takes one tensor and returns one"
LOSS = "expected a loss that takes the outputs and y"
BACKWARD = "expected hooks and functions that send back a gradient"


def _copy_still(module: nn.Module) -> nn.Module:
    """A copy in float64 without dropout, which draws other numbers each time."""
    copy = deepcopy(module).double()
    for each in copy.modules():
        if isinstance(each, nn.modules.dropout._DropoutNd):
            each.p = 0.0
    return copy


def _copy(module: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return deepcopy(module)


def _read_targets(y: Any) -> torch.Tensor:
    try:
        given = y.detach() if torch.is_tensor(y) else torch.as_tensor(y)
    except (TypeError, ValueError, RuntimeError) as error:
        raise OptionError(f"y: expected numbers, received {describe(y)}; {error}.") from None
    return given


def _to_array(tensor: torch.Tensor) -> Array:
    return np.asarray(tensor.detach().cpu().double().numpy())


def _read_held(module: nn.Module) -> dict[str, tuple[Array, float]]:
    """The gradients that the module holds, and how close numbers of their type come."""
    return {
        name: (_to_array(each.grad), CLOSE.get(each.dtype, 0.1))
        for name, each in module.named_parameters()
        if each.grad is not None
    }


def _count_repeats(held: Mapping[str, tuple[Array, float]], own: Gradients) -> int:
    """How many times the held gradients are those of this step; 0 where they are others."""
    pairs = [(array, close, right) for name, (array, close) in held.items() if (right := own.get(name)) is not None]
    size = sum(float((right**2).sum()) for _, _, right in pairs)
    if not pairs or not size:
        return 1
    times = round(sum(float((array * right).sum()) for array, _, right in pairs) / size)
    largest = _largest(own)
    fits = times > 0 and all(_is_close(array / times, right, close, largest) for array, close, right in pairs)
    return times if fits and times <= MOST_REPEATS else 0


def _find_repairs(graph: _Step, own: Gradients, repeats: int) -> Iterator[tuple[str, Repair]]:
    """Every mistake that is in the step, and what makes it right."""
    outputs, _ = graph.run()
    name = FUNCTIONS.get(graph.loss, type(graph.loss).__name__)
    cuts = tuple(_find_cuts(graph, own))
    joined = _apply(graph, (Fix.GRAPH_JOINED,)).differentiate() if cuts else own
    facts = ModuleStep(
        name, _find_last(graph), _to_array(outputs), tuple(graph.y.shape), name in ELEMENTWISE, cuts,
        tuple(_list_unused(joined)), repeats,
    )  # fmt: skip
    for mistake in every_mistake():
        for repair in mistake.in_module(facts):
            yield mistake.id, repair


def _list_endless(own: Gradients) -> Iterator[str]:
    """A note where a gradient is not finite, with which nothing can be compared."""
    endless = [name for name, array in own.items() if array is not None and not np.isfinite(array).all()]
    if endless:
        yield f"The gradient of {endless[0]} is not a finite number; look at x, the parameters and the loss first."


def _compare_backward(step: _Step, graph: _Step, own: Gradients) -> Iterator[str]:
    """A note where autograd gives something else than the derivative of what the module computes."""
    if graph is step or not torch.allclose(step.run()[0], graph.run()[0]):
        return
    derived = graph.differentiate()
    largest = _largest(derived)
    apart = [name for name, array in own.items() if not _is_close(array, derived.get(name), 1e-6, largest)]
    if apart:
        yield (
            f"What autograd gives {apart[0]} is not the derivative of what the module computes: a hook or a "
            "torch.autograd.Function sends back something of its own; see check_layer."
        )


def _list_unused(gradients: Gradients) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The layers none of whose parameters get a gradient."""
    layers: dict[str, list[str]] = {}
    for name in gradients:
        layers.setdefault(name.rpartition(".")[0] or name, []).append(name)
    for layer, names in layers.items():
        if all(gradients[name] is None for name in names):
            yield layer, tuple(names)


def _list_nodes(module: Any) -> list[Any]:
    return list(module.graph.nodes) if isinstance(module, torch.fx.GraphModule) else []


def _find_last(graph: _Step) -> str:
    """The operation that makes the outputs, what only passes them on left aside."""
    nodes = _list_nodes(graph.module)
    if not nodes:
        return ""
    node = nodes[-1].all_input_nodes[0]
    while _name(node) in PASS:
        node = node.all_input_nodes[0]
    return "relu6" if _name(node) == "hardtanh" and tuple(node.args[1:]) == (0.0, 6.0) else _name(node)


def _name(node: Any) -> str:
    """`softmax` of aten.softmax.int, aten._softmax.default or aten.softmax_.default."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return getattr(node.target, "__name__", str(node.target))
    return node.target._schema.name.rpartition("::")[2].strip("_")


def _is_cut(node: Any) -> bool:
    frozen = _name(node) == "wrap_with_set_grad_enabled" and node.args[0] is False
    return node.op == "call_function" and (_name(node) == "detach" or frozen)


def _find_cuts(graph: _Step, own: Gradients) -> Iterator[str]:
    """The places of the cuts without which some parameter gets a gradient that gets none."""
    for number, node in enumerate(_list_nodes(graph.module)):
        if _is_cut(node):
            without = _join(graph, number).differentiate()
            if any(own[name] is None and without.get(name) is not None for name in own):
                stack = [*(node.meta.get("nn_module_stack") or {"": ("",)}).values()]
                yield stack[-1][0] or "the module"


def _join(graph: _Step, chosen: int | None = None) -> _Step:
    """The step without a cut, or without any."""
    module = _copy(graph.module)
    for number, node in enumerate(_list_nodes(module)):
        if _is_cut(node) and chosen in (None, number):
            if _name(node) == "detach":
                node.replace_all_uses_with(node.args[0])
                module.graph.erase_node(node)
            else:
                node.args = (True, *node.args[1:])
    module.recompile()
    return replace(graph, module=module)


def _drop_last(graph: _Step) -> _Step:
    """The step without the operation that makes the outputs."""
    module = _copy(graph.module)
    node = _list_nodes(module)[-1].all_input_nodes[0]
    while _name(node) in PASS:
        node = node.all_input_nodes[0]
    node.replace_all_uses_with(node.args[0])
    module.graph.erase_node(node)
    module.recompile()
    return replace(graph, module=module)


def _apply(graph: _Step, fixes: tuple[Fix, ...]) -> _Step:
    """The step with mistakes made right."""
    for fix in dict.fromkeys(fixes):
        loss = graph.loss
        match fix:
            case Fix.GRAPH_JOINED:
                graph = _join(graph)
            case Fix.LAST_OPERATION_OUT:
                graph = _drop_last(graph)
            case Fix.LOG_SOFTMAX_IN:
                graph = replace(graph, loss=lambda outputs, y, loss=loss: loss(_to_logs(outputs), y))
            case Fix.TARGETS_LIKE_OUTPUTS:
                graph = replace(graph, loss=lambda outputs, y, loss=loss: loss(outputs, y.reshape(outputs.shape)))
    return graph


def _to_logs(outputs: torch.Tensor) -> torch.Tensor:
    """The logarithms of probabilities, or of a softmax."""
    given = bool((outputs >= 0).all()) and torch.allclose(outputs.sum(1), torch.ones((), dtype=outputs.dtype))
    return outputs.log() if given else outputs.log_softmax(1)


def _report(
    graph: _Step,
    own: Gradients,
    held: Mapping[str, tuple[Array, float]],
    found: tuple[tuple[str, Repair], ...],
    notes: tuple[str, ...],
) -> GradientReport:
    meant = _apply(graph, tuple(repair.fix for _, repair in found)).differentiate() if found else own
    repeated = any(repair.fix is Fix.GRADIENTS_FROM_ZERO for _, repair in found)
    given = {name: held[name][0] if repeated and name in held else array for name, array in own.items()}
    close = max((held[name][1] for name in held), default=0.0) if repeated else 1e-8
    unused = {name for _, repair in found for name in repair.explains}
    largest = _largest(meant)
    verdicts = tuple(
        _judge(name, array, meant.get(name), close, largest, unused=name in unused) for name, array in given.items()
    )
    wrong = {each.name for each in verdicts if not each.right}
    named = []
    for id, repair in found:
        from_zero = repair.fix is Fix.GRADIENTS_FROM_ZERO
        before, alone = (given, own) if from_zero else (own, _apply(graph, (repair.fix,)).differentiate())
        changed = (name for name in own if not _is_close(before[name], alone.get(name), close, largest))
        explains = repair.explains or tuple(name for name in changed if name in wrong)
        named += [NamedMistake(id, repair.says, repair.where, explains)] if explains else []
    if held and not repeated and _count_repeats(held, own) == 0:
        notes += ("The module holds gradients of something else; call zero_grad() before the next backward().",)
    return GradientReport(verdicts, tuple(named), "float64", close, notes)


def _largest(gradients: Gradients) -> float:
    return max((float(np.abs(each).max()) for each in gradients.values() if each is not None), default=0.0)


def _is_close(one: Array | None, other: Array | None, close: float, largest: float) -> bool:
    """Whether two gradients are the same up to rounding, the largest one of the module being of a size."""
    if one is None or other is None:
        return one is other
    return bool(np.abs(one - other).max() <= close * max(np.abs(other).max(), 1e-3 * largest))


def _judge(
    name: str, given: Array | None, meant: Array | None, close: float, largest: float, *, unused: bool
) -> Verdict:
    shape = next((each.shape for each in (given, meant) if each is not None), (1,))
    apart = np.abs((0 if given is None else given) - (np.zeros(shape) if meant is None else meant))
    at = np.unravel_index(int(np.argmax(apart)), apart.shape)
    right = _is_close(given, meant, close, largest) and not unused
    return Verdict(name, right, float(apart[at]), tuple(int(position) for position in at))

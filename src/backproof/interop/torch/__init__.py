"""Networks of PyTorch's modules, by `torch.export`: the same equations, explained number by number."""

from __future__ import annotations

from typing import Any

from backproof.derivation import Derivation
from backproof.errors import ModuleError
from backproof.interop.torch.check import check
from backproof.interop.torch.conversion import Conversion
from backproof.interop.torch.exporting import check_batch, check_example, export_module
from backproof.interop.torch.losses import Judgement, read_loss
from backproof.network import Network
from backproof.trace import Trace

__all__ = ["check", "explain", "from_torch"]


def from_torch(module: Any, example_input: Any, *, cost: Any, reduction: str = "mean") -> Network:
    """Make a network of a module of PyTorch, with the module's own parameters under their own names.

    The module is read in the mode that it is in: `module.train()` or `module.eval()`.

    Parameters
    ----------
    module : torch.nn.Module
        It takes one tensor (samples, ...) and returns one. A parameter that does not require a gradient is not trained,
        nor are buffers and constants; a tied parameter stands once, under its first name.
    example_input : tensor or array_like, shape (samples, ...)
        Only its shape and type matter; the network takes any number of samples.
    cost : str, mapping, Cost or loss module
        As in a worksheet, such as ``"half_squared_error"``, or a loss such as ``nn.CrossEntropyLoss()``, whose own
        reduction then counts.
    reduction : {"mean", "sum"}, default "mean"
        How the cost of a batch comes from those of its samples; of a loss module its own.

    Returns
    -------
    Network
        Parameters keep the module's names, shapes and index order: ``network.parameters["conv1.weight"]``, and
        ``dE/dconv1.weight[0,0,1,2]`` in a trace. Layers are called after their place in the module, ``layer1_0_conv1``.

    Raises
    ------
    ModuleError
        An operation is not known, with its place in the module; the module's control flow depends on its data, or it
        takes or returns several tensors.
    OptionError, NameUnknown
        The cost does not exist.

    See Also
    --------
    explain : One number of a module's step in one call.

    Notes
    -----
    `torch.export` gives the module as a graph of operations, each of which becomes a layer of a known kind. All numbers
    are float64 here.

    Examples
    --------
    >>> import torch
    >>> from backproof.torch import from_torch
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    >>> network = from_torch(module, torch.zeros(1, 2), cost="half_squared_error")
    >>> {name: array.shape for name, array in network.parameters.items()}
    {'0.weight': (3, 2), '0.bias': (3,), '2.weight': (1, 3), '2.bias': (1,)}
    >>> network.trace([[1, 2]], [[0]]).explain("dE/d0.weight[2,1]").name
    'dE/d0.weight[2,1]'
    """
    return build_network(module, example_input, read_loss(cost, reduction))


def explain(module: Any, loss: Any, x: Any, y: Any, name: str) -> Derivation:
    """Derive one number of a module's step line by line.

    Parameters
    ----------
    module : torch.nn.Module
        As of `from_torch`.
    loss : loss module, or str, mapping or Cost
        Such as ``nn.CrossEntropyLoss()`` or ``"half_squared_error"``, whose mean over the samples is then taken.
    x : tensor or array_like, shape (samples, ...)
    y : tensor or array_like
        Targets as the loss takes them: numbers of classes, shape (samples,), for a cross-entropy.
    name : str
        A parameter's, such as ``"conv1.weight[0,0,1,2]"``, stands for its gradient; or any name of a trace, such as
        ``"delta[fc1[2]]"``.

    Returns
    -------
    Derivation

    Raises
    ------
    ModuleError, OptionError
        As of `from_torch`; or the targets do not fit.
    NameUnknown
        There is no such number, with the nearest name.

    See Also
    --------
    from_torch : The network, for more than one number.

    Examples
    --------
    >>> import torch
    >>> from backproof.torch import explain
    >>> module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    >>> x, y = torch.tensor([[1.0, 2.0]]), torch.tensor([1])
    >>> derivation = explain(module, torch.nn.CrossEntropyLoss(), x, y, "0.weight[2,1]")
    >>> derivation.name, abs(derivation.value - derivation.estimate) < 1e-6
    ('dE/d0.weight[2,1]', True)
    """
    trace = trace_module(module, loss, x, y)
    gradient = isinstance(name, str) and trace.network.wiring.get(name.strip()) is not None
    return trace.explain(f"dE/d{name.strip()}" if gradient else name)


def trace_module(module: Any, loss: Any, x: Any, y: Any) -> Trace:
    """One step of a module on some samples."""
    judged = read_loss(loss)
    network = build_network(module, x, judged)
    shape = network.architecture.layers[network.architecture.outputs[0]].shape
    return network.trace(check_batch(x).cpu().double().numpy(), judged.encode(y, shape))


def build_network(module: Any, example_input: Any, judged: Judgement) -> Network:
    """The network of a module, judged as a loss does."""
    example, module = check_example(example_input), getattr(module, "_orig_mod", module)  # of torch.compile
    made = Conversion(module, export_module(module, example), len(example)).run()
    output = made.output
    if judged.classes and len(output.shape) != 1:
        raise ModuleError(
            f"the loss is of classes, and the outputs have shape {output.count(len(example))}; expected (samples, "
            "classes)."
        )
    architecture, arrays = made.builder.finish(output.layer, judged.cost, judged.reduction)
    return Network.of(architecture, arrays)

"""Layers of PyTorch as `check_layer` runs them: modules, and functions with a backward pass of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch

from backproof.arrays import Array
from backproof.checking.code.calling import run_guarded
from backproof.checking.code.layer import Subject
from backproof.errors import NameUnknown, OptionError, did_you_mean
from backproof.validate import check_numbers

MODULE = "expected a module that takes one tensor and returns one"
FUNCTION = "expected a torch.autograd.Function whose apply takes x and the parameters"


class TorchLayer(Subject):
    """A layer of PyTorch, in float64 on copies; its gradients are what autograd gives, its own backward included."""

    def __init__(self, layer: Any, x: Array, parameters: Any, seed: int) -> None:
        self.x, self.seed, self.names = x, seed, None
        if isinstance(layer, torch.nn.Module):
            for name, each in layer.named_parameters():
                if each.is_meta or torch.nn.parameter.is_lazy(each):
                    raise OptionError(f"parameter {name} has no numbers; load its weights first.")
            self.expected, self.module = MODULE, deepcopy(layer).double().cpu()
            own = {name: each for name, each in self.module.named_parameters() if each.requires_grad}
            self.arrays = {name: each.detach().numpy().copy() for name, each in own.items()}
            if parameters is not None:
                for name in parameters:
                    if name not in own:
                        raise NameUnknown(f"the module has no parameter '{name}'.{did_you_mean(name, own)}")
                self.arrays = {name: self.arrays[name] for name in parameters}
        elif isinstance(layer, type) and issubclass(layer, torch.autograd.Function):
            self.expected, self.function = FUNCTION, layer
            named = isinstance(parameters, Mapping)
            given = parameters if named else {f"parameter {at}": each for at, each in enumerate(parameters or (), 1)}
            self.arrays = {str(name): check_numbers(array, str(name)) for name, array in given.items()}
        else:
            raise OptionError(
                "layer: of PyTorch, expected an instance of torch.nn.Module or a subclass of torch.autograd.Function; "
                f"received {layer if isinstance(layer, type) else type(layer)}."
            )

    def _call(self, changed: Mapping[str, Any]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The outputs, and the leaves that they are made from by name."""
        given = {name: changed.get(name, array) for name, array in {"x": self.x, **self.arrays}.items()}
        leaves = {name: torch.tensor(np.asarray(array)) for name, array in given.items()}
        for leaf in leaves.values():
            leaf.requires_grad_(leaf.is_floating_point())
        x, *others = leaves.values()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            if self.expected is MODULE:
                parameters = {name: leaf for name, leaf in leaves.items() if name != "x"}
                outputs = torch.func.functional_call(deepcopy(self.module), parameters, (x,))
            else:
                outputs = self.function.apply(x, *others)  # type: ignore[no-untyped-call]
        if not torch.is_tensor(outputs):
            raise OptionError(f"it returned {type(outputs).__name__}, expected one tensor")
        return outputs, leaves

    def run(self, changed: Mapping[str, Any]) -> list[Array]:
        """The outputs, one array, with some arrays changed."""
        return [run_guarded(lambda: self._call(changed)[0].detach().numpy(), self.expected, "forward")]

    def read_gradients(self, upstream: Sequence[Array]) -> tuple[dict[str, Array], dict[str, Any]]:
        """What autograd gives for x, unless it is of whole numbers, and the parameters."""

        def differentiate() -> dict[str, torch.Tensor | None]:
            outputs, leaves = self._call({})
            wanted = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
            found = torch.autograd.grad(outputs, [*wanted.values()], torch.tensor(upstream[0]), allow_unused=True)
            return dict(zip(wanted, found, strict=True))

        made = run_guarded(differentiate, self.expected, "backward")
        point = {"x": self.x, **self.arrays}
        zero = {name: np.zeros(np.shape(point[name])) for name in made}  # None stands for no gradient at all
        given = {name: zero[name] if each is None else each.detach().numpy() for name, each in made.items()}
        return {name: np.asarray(point[name], dtype=float) for name in made}, given

"""A module as a graph of operations, by `torch.export`, and what is said where it has none."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from typing import Any

import torch

from backproof.errors import ModuleError
from backproof.validate import describe

CONTROL_FLOW = (
    "the module's control flow depends on its data (an `if` or a loop on numbers of a tensor, or .item()), so that it "
    "is not one graph; write it with torch.where, or give the part that has none."
)


def check_example(example: Any) -> torch.Tensor:
    """Inputs as a tensor whose first axis are at least two samples. Raise ModuleError for anything else."""
    tensor = check_batch(example)
    return tensor if len(tensor) > 1 else torch.cat([tensor, tensor])


def check_batch(example: Any) -> torch.Tensor:
    """Inputs as a tensor whose first axis are the samples. Raise ModuleError for anything else."""
    if isinstance(example, dict | tuple) or (isinstance(example, list) and any(map(torch.is_tensor, example))):
        raise ModuleError(
            "example_input: expected one tensor (samples, ...), received several; a network has one input. Write a "
            "small module around yours that takes one tensor and holds the others as buffers."
        )
    try:
        tensor = example.detach() if torch.is_tensor(example) else torch.as_tensor(example)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModuleError(
            f"example_input: expected a tensor (samples, ...), received {describe(example)}; {error}."
        ) from None
    if tensor.ndim == 0 or tensor.numel() == 0:
        raise ModuleError(
            f"example_input: expected a tensor (samples, ...) with at least one sample, received shape "
            f"{tuple(tensor.shape)}."
        )
    return tensor


def match_type(module: torch.nn.Module, example: torch.Tensor) -> torch.Tensor:
    """Inputs in the type and on the device of the module's parameters; whole numbers stay whole."""
    first = next(module.parameters(), None)
    if first is None:
        return example
    moved = example.to(first.device)
    return moved.to(first.dtype) if moved.is_floating_point() and first.is_floating_point() else moved


def export_module(module: Any, example: torch.Tensor) -> Any:
    """The exported program of a module in the mode, training or evaluation, that it is in. Raise ModuleError."""
    if not isinstance(module, torch.nn.Module):
        raise ModuleError(f"expected a torch.nn.Module, received {describe(module)}.")
    if isinstance(module, torch.jit.ScriptModule):
        raise ModuleError("a scripted module cannot be read; give the module that it was made from.")
    try:
        with warnings.catch_warnings(), redirect_stderr(StringIO()), _mute_log():
            warnings.simplefilter("ignore")
            return torch.export.export(module, (match_type(module, example),), strict=False)
    except Exception as error:
        raise ModuleError(_explain_failure(error)) from None


@contextmanager
def _mute_log() -> Iterator[None]:
    """PyTorch logs and prints the graph that it could not finish; the error says it in one sentence."""
    log = logging.getLogger("torch.fx.experimental.symbolic_shapes")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before


def _explain_failure(error: Exception) -> str:
    """Why `torch.export` gave no graph, in one message."""
    said = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().split("\n")[0].split()).rstrip(".")
    if re.search(
        r"data-dependent|GuardOnDataDependent|DataDependent|aten\._local_scalar_dense", f"{type(error)} {error}"
    ):
        return CONTROL_FLOW
    if "missing a required argument" in said or "required positional argument" in said:
        return f"the module takes several inputs, a network one; write a small module around it. It said: {said}."
    return f"torch.export found no graph in this module for inputs of that shape: {type(error).__name__}: {said}."

"""Normalisations, and dropout."""

from __future__ import annotations

from math import prod
from typing import Any

import torch

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.value import SAMPLES, Given, Value


@converts("batch_norm")
def convert_batch_norm(
    call: Call, x: Value, weight: Any, bias: Any, mean: Any, variance: Any, training: bool, momentum: float,
    epsilon: float, cudnn: bool = False,
) -> Value:  # fmt: skip
    """A batch norm by the statistics of the batch in training mode, else by the running ones."""
    if x.axes[:1] != ((SAMPLES,),) or any(len(axis) != 1 for axis in x.axes):
        raise ModuleError("batch_norm expects the samples as first axis, then the channels.")
    affine = _list_affine(weight, bias, "batch_norm")
    if mean is None:  # of a module that keeps no running statistics
        mean, variance = (
            Given(f"{call.place}.{name}", torch.full((x.shape[0],), value, dtype=torch.float64))
            for name, value in (("running_mean", 0.0), ("running_var", 1.0))
        )
    options: dict[str, Any] = {
        "running": not training,
        "affine": bool(affine),
        "momentum": momentum,
        "epsilon": epsilon,
    }
    return call.layer("batch_norm", x, arrays={**affine, "running_mean": mean, "running_var": variance}, **options)


def _list_affine(weight: Any, bias: Any, kind: str) -> dict[str, Given]:
    """Both parameters, or none. Raise ModuleError for one of them alone."""
    if (weight is None) != (bias is None):
        raise ModuleError(f"{kind} with a weight but no bias is not known; expected both or none.")
    return {} if weight is None else {"weight": weight, "bias": bias}


@converts("layer_norm")
def convert_layer_norm(
    call: Call, x: Value, shape: Any, weight: Any = None, bias: Any = None, epsilon: float = 1e-5, *rest: Any
) -> Value:
    """A layer norm over the last axes."""
    for axis in range(1, len(shape) + 1):
        x.axis(-axis)
    arrays = _list_affine(weight, bias, "layer_norm")
    return call.layer("layer_norm", x, arrays=arrays, axes=len(shape), epsilon=epsilon, affine=bool(arrays))


@converts("group_norm")
def convert_group_norm(
    call: Call, x: Value, groups: int, weight: Any = None, bias: Any = None, epsilon: float = 1e-5, *rest: Any
) -> Value:
    """A group norm."""
    arrays = _list_affine(weight, bias, "group_norm")
    return call.layer("group_norm", x, arrays=arrays, groups=groups, epsilon=epsilon, affine=bool(arrays))


@converts("rms_norm")
def convert_rms_norm(call: Call, x: Value, shape: Any, weight: Any = None, epsilon: float | None = None) -> Value:
    """An RMS norm over the last axes."""
    arrays = {} if weight is None else {"weight": weight}
    if epsilon is None:
        raise ModuleError("rms_norm with eps=None depends on the type of its numbers; give eps.")
    return call.layer("rms_norm", x, arrays=arrays, axes=len(shape), epsilon=epsilon, affine=bool(arrays))


@converts("dropout", "dropout_")
def convert_dropout(call: Call, x: Value, rate: float, training: bool) -> Value:
    """Dropout in training mode, with a mask of its own; nothing in evaluation mode."""
    return call.layer("dropout", x, rate=rate) if training and rate and prod(x.shape) else x


@converts("feature_dropout", "alpha_dropout", "feature_alpha_dropout")
def convert_other_dropout(call: Call, x: Value, rate: float, training: bool) -> Value:
    """Nothing in evaluation mode."""
    if training and rate:
        raise ModuleError("this kind of dropout is not known; call module.eval(), or use nn.Dropout.")
    return x

"""Activations: an identity layer with that activation, which later joins the layer before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.value import Value

#: Operations without options, and the activation that each is.
PLAIN = {
    "relu": "relu", "sigmoid": "sigmoid", "tanh": "tanh", "selu": "selu", "silu": "silu", "relu6": "relu6",
    "hardsigmoid": "hard_sigmoid", "mish": "mish", "exp": "exponential",
}  # fmt: skip


def _convert_plain(activation: str) -> Any:
    return lambda call, x: call.activate(x, activation)


for name, activation in PLAIN.items():
    converts(name, f"{name}_")(_convert_plain(activation))


@converts("leaky_relu", "leaky_relu_")
def convert_leaky_relu(call: Call, x: Value, slope: float = 0.01) -> Value:
    """Leaky ReLU with its slope."""
    return call.activate(x, {"name": "leaky_relu", "slope": slope})


@converts("elu", "elu_")
def convert_elu(call: Call, x: Value, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Value:
    """ELU with its alpha."""
    if scale != 1 or input_scale != 1:
        raise ModuleError("elu with a scale is not known; expected scale 1.")
    return call.activate(x, {"name": "elu", "alpha": alpha})


@converts("celu", "celu_")
def convert_celu(call: Call, x: Value, alpha: float = 1.0) -> Value:
    """CELU, which with alpha 1 is ELU."""
    if alpha != 1:
        raise ModuleError(f"celu with alpha {alpha} is not known; expected 1.")
    return call.activate(x, "elu")


@converts("threshold", "threshold_")
def convert_threshold(call: Call, x: Value, threshold: float, value: float) -> Value:
    """ReLU, where both numbers are 0."""
    if threshold or value:
        raise ModuleError(f"a threshold at {threshold} to {value} is not known; expected 0 and 0.")
    return call.activate(x, "relu")


@converts("gelu", "gelu_")
def convert_gelu(call: Call, x: Value, *, approximate: str = "none") -> Value:
    """GELU, exact or by tanh."""
    return call.activate(x, "gelu" if approximate == "none" else "gelu_tanh")


@converts("softplus")
def convert_softplus(call: Call, x: Value, beta: float = 1.0, threshold: float = 20.0) -> Value:
    """Softplus; PyTorch's is linear beyond its threshold, which changes less than 3e-9."""
    if beta != 1 or threshold < 20:
        raise ModuleError(f"softplus with beta {beta} and threshold {threshold} is not known; expected 1 and 20.")
    return call.activate(x, "softplus")


@converts("hardtanh", "hardtanh_", "clamp")
def convert_hardtanh(call: Call, x: Value, low: float | None = -1.0, high: float | None = 1.0) -> Value:
    """What is cut at two numbers: hard_tanh, relu6; or at 0: relu."""
    cuts: dict[Any, str] = {(-1.0, 1.0): "hard_tanh", (0.0, 6.0): "relu6", (0.0, None): "relu"}
    found = cuts.get((low, high))
    if found is None:
        raise ModuleError(f"a tensor cut to {low} to {high} is not known; expected -1 to 1, 0 to 6, or 0 and above.")
    return call.activate(x, found)


@converts("softmax", "_softmax")
def convert_softmax(call: Call, x: Value, axis: int, *rest: Any) -> Value:
    """Softmax along an axis."""
    return soften(call, x, axis, "softmax")


@converts("log_softmax", "_log_softmax")
def convert_log_softmax(call: Call, x: Value, axis: int, *rest: Any) -> Value:
    """The logarithm of a softmax along an axis."""
    return soften(call, x, axis, "log_softmax")


def soften(call: Call, x: Value, axis: int, activation: str, name: str = "", **options: Any) -> Value:
    """An activation that couples the numbers along an axis."""
    at = x.axis(axis)
    if x.causal:
        x, options = replace(x, causal=False), {"causal": True}
    along = {} if at == len(x.shape) - 1 else {"axis": at}
    return call.activate(x, {"name": activation, **along, **options}, name)


@converts("hardswish", "hardswish_")
def convert_hardswish(call: Call, x: Value) -> Value:
    """x times its hard sigmoid."""
    return call.layer("multiply", x, call.activate(x, "hard_sigmoid", "gate"))


@converts("log_sigmoid")
def convert_log_sigmoid(call: Call, x: Value) -> Value:
    """-softplus(-x)"""
    return call.layer("scale", call.activate(call.layer("scale", x, factor=-1.0), "softplus"), factor=-1.0)


@converts("prelu", "_prelu_kernel")
def convert_prelu(call: Call, x: Value, weight: Any) -> Value:
    """A rectifier whose slope is trained."""
    return call.layer("prelu", x, arrays={"weight": weight}, num_parameters=int(weight.tensor.numel()))

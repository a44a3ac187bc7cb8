"""Convolutions and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.value import SAMPLES, Axes, Given, Value
from backproof.operations.layer import kinds


def convert_convolution(call: Call, kind: str, x: Any, weight: Any, bias: Any, **options: Any) -> Value:
    """A convolution with a parameter as its kernel; options at their defaults are left out."""
    value = call.require_value(x, "the input of a convolution")
    if not isinstance(weight, Given) or isinstance(bias, Value):
        raise ModuleError(f"{kind} with a kernel or bias that depends on the inputs is not known.")
    arrays = {"weight": weight, **({} if bias is None else {"bias": bias})}
    return run_windows(
        call, kind, value, arrays, bias=bias is not None, kernel=list(weight.tensor.shape[2:]), **options
    )


def run_windows(call: Call, kind: str, x: Value, arrays: dict[str, Given], **options: Any) -> Value:
    """A kind of layer for samples of shape (channels, ...)."""
    made = kinds.make({"name": kind, **options})
    return call.layer(made, x, spans=_span(made.infer_shape([_plain(x)])), arrays=arrays)


def _plain(x: Value) -> tuple[int, ...]:
    if x.axes[:1] != ((SAMPLES,),) or any(len(axis) != 1 for axis in x.axes):
        raise ModuleError("expected the samples as first axis, then channels, then rows and columns.")
    return x.shape


def _span(shape: Sequence[int]) -> Axes:
    return ((SAMPLES,), *((size,) for size in shape))


def strip(**options: Any) -> dict[str, Any]:
    """Options of windows that are not what goes without saying."""
    plain: dict[str, tuple[Any, ...]] = {
        "stride": (1,), "padding": (0,), "dilation": (1,), "groups": (1,), "output_padding": (0,),
    }  # fmt: skip
    found = {name: list(value) if isinstance(value, list | tuple) else value for name, value in options.items()}
    return {
        name: value for name, value in found.items()
        if name not in plain or any(each not in plain[name] for each in (value if isinstance(value, list) else [value]))
    }  # fmt: skip


def _convert_forward(kind: str) -> Any:
    def convert(
        call: Call, x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Value:  # fmt: skip
        options = strip(
            stride=stride, padding=_pad(padding, weight, stride, dilation), dilation=dilation, groups=groups
        )
        return convert_convolution(call, kind, x, weight, bias, channels=int(weight.tensor.shape[0]), **options)

    return convert


def _pad(padding: Any, weight: Any, stride: Any, dilation: Any) -> Any:
    """A padding as numbers."""
    if not isinstance(padding, str):
        return padding
    if padding == "valid":
        return 0
    sizes = list(weight.tensor.shape[2:])
    given = list(dilation) if isinstance(dilation, list | tuple) else [dilation]
    dilations = given * len(sizes) if len(given) == 1 else given
    reach = [step * (size - 1) for step, size in zip(dilations, sizes, strict=True)]
    if any(each % 2 for each in reach):
        raise ModuleError("padding='same' of a kernel of even size pads its two sides unlike, which is not known.")
    return [each // 2 for each in reach]


def _convert_transposed(kind: str) -> Any:
    def convert(
        call: Call, x: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, dilation: Any = 1,
    ) -> Value:  # fmt: skip
        options = strip(stride=stride, padding=padding, output_padding=output_padding, groups=groups, dilation=dilation)
        channels = int(weight.tensor.shape[1]) * groups
        return convert_convolution(call, kind, x, weight, bias, channels=channels, **options)

    return convert


for rank in (1, 2):
    converts(f"conv{rank}d")(_convert_forward(f"conv{rank}d"))
converts("conv_transpose1d")(_convert_transposed("conv_transpose1d"))
converts("conv_transpose2d")(_convert_transposed("conv_transpose2d"))


def _convert_max_pool(kind: str) -> Any:
    def convert(
        call: Call, x: Any, size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
    ) -> Value:
        _refuse_ceil(ceil_mode)
        options = {"stride": list(stride)} if stride else {}
        value = call.require_value(x, "the input of a pooling")
        return run_windows(
            call, kind, value, {}, size=list(size), **options, **strip(padding=padding, dilation=dilation)
        )

    return convert


def _convert_avg_pool(kind: str) -> Any:
    def convert(
        call: Call, x: Any, size: Any, stride: Any = (), padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: Any = None,
    ) -> Value:  # fmt: skip
        _refuse_ceil(ceil_mode)
        if divisor_override is not None:
            raise ModuleError("avg_pool with a divisor_override is not known.")
        options: dict[str, Any] = {"stride": list(stride)} if stride else {}
        options |= {} if count_include_pad else {"count_include_pad": False}
        value = call.require_value(x, "the input of a pooling")
        return run_windows(call, kind, value, {}, size=list(size), **options, **strip(padding=padding))

    return convert


def _convert_adaptive(kind: str) -> Any:
    def convert(call: Call, x: Any, size: Any) -> Value:
        value = call.require_value(x, "the input of a pooling")
        return run_windows(call, kind, value, {}, size=list(size) if isinstance(size, list | tuple) else size)

    return convert


def _refuse_ceil(ceil_mode: bool) -> None:
    if ceil_mode:
        raise ModuleError("pooling with ceil_mode=True is not known; expected False.")


for name in ("max_pool1d", "max_pool2d"):
    converts(name)(_convert_max_pool(name))
for name in ("avg_pool1d", "avg_pool2d"):
    converts(name)(_convert_avg_pool(name))
for name in ("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool2d"):
    converts(name)(_convert_adaptive(name))


@converts("upsample_nearest2d", "upsample_nearest1d")
def convert_upsample(call: Call, x: Any, size: Any = None, scales: Any = None, *rest: Any) -> Value:
    """Every number several times, by a whole factor."""
    value = call.require_value(x, "the input of an upsampling")
    before = _plain(value)[1:]
    wanted = list(size) if size else [int(here * float(by)) for here, by in zip(before, scales, strict=True)]
    if any(new % here for new, here in zip(wanted, before, strict=True)):
        raise ModuleError(f"upsampling from {before} to {tuple(wanted)} is not known; expected a whole factor.")
    factor = [new // here for new, here in zip(wanted, before, strict=True)]
    return run_windows(call, "upsample", value, {}, factor=factor)

"""Embeddings: a row of a table for each token, and parameters that stand for every sample alike."""

from __future__ import annotations

from typing import Any

import torch

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.value import SAMPLES, Given, Value
from backproof.layers import INPUTS


@converts("embedding")
def convert_embedding(
    call: Call, weight: Any, tokens: Any, padding: int = -1, by_frequency: bool = False, sparse: bool = False
) -> Value:
    """A row of the weight for each token."""
    value = call.require_value(tokens, "the tokens of an embedding")
    if not isinstance(weight, Given):
        raise ModuleError("an embedding whose table depends on the inputs is not known.")
    if padding >= 0 or by_frequency:
        raise ModuleError("an embedding with padding_idx or scale_grad_by_freq is not known; leave it out.")
    count, size = (int(each) for each in weight.tensor.shape)
    if value.axes == ((SAMPLES,),):  # one token a sample
        made = call.layer("embedding", value, arrays={"weight": weight}, count=count, size=size)
        return call.layer("flatten", made, spans=((SAMPLES,), (size,)))
    spans = (*value.axes, (size,))
    return call.layer("embedding", value, spans=spans, arrays={"weight": weight}, count=count, size=size)


@converts("embedding of a parameter")
def look_up(call: Call, weight: Given, tokens: Given, *rest: Any) -> Any:
    """Rows of the weight for tokens that are always the same, such as positions."""
    shape = tuple(int(size) for size in tokens.tensor.shape)
    if torch.equal(tokens.tensor.flatten(), torch.arange(weight.tensor.shape[0])) and len(shape) in (1, 2):
        return stand_alone(call, weight, ((SAMPLES,), *((int(size),) for size in weight.tensor.shape)))
    flat = tokens.tensor[0] if len(shape) == 2 and shape[0] == 1 else tokens.tensor
    if flat.ndim != 1:
        raise ModuleError("an embedding of tokens that are always the same is known for one row of them only.")
    start = call.builder.add(f"{call.place}.start", "constant", [INPUTS], shape=[len(flat)])
    given = Given(call.builder.name_constant(f"{call.place}.tokens"), flat.double())
    chosen = call.layer("affine", Value(start, ((SAMPLES,), (len(flat),))), arrays={"bias": given}, shape=[len(flat)],
                        weight=False)  # fmt: skip
    return convert_embedding(call, weight, chosen)


@converts("expand of a parameter")
def expand_parameter(call: Call, given: Given, sizes: Any, **options: Any) -> Value:
    """A parameter beside every sample, as a token that stands before all others."""
    own = tuple(int(size) for size in given.tensor.shape)
    kept = all(size in (-1, here) for size, here in zip(sizes[1:], own[1:], strict=False))
    if given.turned or len(sizes) != len(own) or own[0] != 1 or sizes[0] != call.samples or not kept:
        raise ModuleError(f"{given.name} of shape {own} expanded to {tuple(sizes)} is not known.")
    return stand_alone(call, given, ((SAMPLES,), *((size,) for size in own[1:])))


def stand_alone(call: Call, given: Given, spans: Any) -> Value:
    """A parameter as a layer that receives nothing but zeros."""
    shape = [size for axis in spans[1:] for size in axis]
    start = call.builder.add(f"{call.place}.start", "constant", [INPUTS], shape=shape)
    own = tuple(given.tensor.shape) or (1,)
    return call.layer("affine", Value(start, spans), arrays={"bias": given}, shape=own, weight=False)

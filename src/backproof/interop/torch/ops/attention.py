"""Attention, opened: the products of queries and keys, scaled, their softmax, and its product with the values."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import Any

import torch

from backproof.errors import ModuleError
from backproof.interop.torch.op import Call, converts
from backproof.interop.torch.ops.activations import soften
from backproof.interop.torch.ops.products import multiply_matrices
from backproof.interop.torch.value import Given, Value


@converts("scaled_dot_product_attention")
def convert_attention(
    call: Call, query: Value, key: Value, value: Value, mask: Any = None, rate: float = 0.0, causal: bool = False, *,
    scale: float | None = None, enable_gqa: bool = False,
) -> Value:  # fmt: skip
    """softmax(Q K^T / sqrt(d)) V"""
    if enable_gqa:
        raise ModuleError("attention with grouped queries (enable_gqa) is not known.")
    order = [*range(key.rank - 2), key.rank - 1, key.rank - 2]
    scores = multiply_matrices(call, query, call.permute(key, order), "scores")
    factor = 1 / sqrt(query.axes[-1][0]) if scale is None else scale
    scaled = call.layer("scale", scores, factor=factor, name="scale")
    masked = replace(scaled, causal=is_causal(mask, causal=causal))
    weights = soften(call, masked, -1, "softmax", "weights")
    if rate:
        weights = call.layer("dropout", weights, rate=rate, name="dropout")
    return multiply_matrices(call, weights, value, "values")


@converts("masked_fill", "masked_fill_")
def convert_masked_fill(call: Call, x: Value, mask: Any, value: Any) -> Value:
    """Scores of which those of later tokens are -inf."""
    number = float(value.tensor if isinstance(value, Given) else value)
    if not isinstance(mask, Given) or number > -1e4:
        raise ModuleError("masked_fill is known for a constant mask and -inf only, before a softmax.")
    return replace(x, causal=is_causal(replace(mask, tensor=~mask.tensor), causal=False))


def is_causal(mask: Any, *, causal: bool) -> bool:
    """Whether no token looks at a later one. Raise ModuleError for any other mask."""
    if isinstance(mask, Value):
        raise ModuleError("an attention mask that depends on the inputs is not known.")
    if not isinstance(mask, Given):
        return causal
    given = mask.tensor
    seen, hidden = (given, ~given) if given.dtype == torch.bool else (given == 0, given < -1e4)
    lower = torch.ones(given.shape[-2:], dtype=torch.bool).tril()
    if bool(seen.all()):
        return causal
    if causal or not (bool((seen == lower).all()) and bool((hidden == ~lower).all())):
        raise ModuleError("an attention mask other than a causal one is not known; use is_causal=True.")
    return True

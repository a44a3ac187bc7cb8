"""Attention, opened: the products of queries and keys, scaled, their softmax, and its product with the values."""

from __future__ import annotations

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
    options = {"causal": True} if is_causal(mask, causal=causal) else {}
    weights = soften(call, scaled, -1, "softmax", "weights", **options)
    if rate:
        weights = call.layer("dropout", weights, rate=rate, name="dropout")
    return multiply_matrices(call, weights, value, "values")


def is_causal(mask: Any, *, causal: bool) -> bool:
    """Whether no token looks at a later one. Raise ModuleError for any other mask."""
    if isinstance(mask, Value):
        raise ModuleError("an attention mask that depends on the inputs is not known.")
    if not isinstance(mask, Given):
        return causal
    given = mask.tensor
    seen, hidden = (given, ~given) if given.dtype == torch.bool else (given == 0, torch.isneginf(given))
    lower = torch.ones(given.shape[-2:], dtype=torch.bool).tril()
    if bool(seen.all()):
        return causal
    if causal or not (bool((seen == lower).all()) and bool((hidden == ~lower).all())):
        raise ModuleError("an attention mask other than a causal one is not known; use is_causal=True.")
    return True

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
    weights = soften(call, mask_scores(call, scaled, mask, causal), -1, "softmax", "weights")
    if rate:
        weights = call.layer("dropout", weights, rate=rate, name="dropout")
    return multiply_matrices(call, weights, value, "values")


def mask_scores(call: Call, scores: Value, mask: Any, causal: bool) -> Value:
    """The scores with those of later tokens left out, where the mask is causal."""
    if mask is None and not causal:
        return scores
    if isinstance(mask, Value):
        raise ModuleError("an attention mask that depends on the inputs is not known.")
    if isinstance(mask, Given):
        rows, columns = (int(size) for size in mask.tensor.shape[-2:])
        kept = mask.tensor if mask.tensor.dtype == torch.bool else mask.tensor == 0
        if bool(kept.all()):
            return scores
        lower = torch.ones(rows, columns, dtype=torch.bool).tril()
        later = torch.isneginf(mask.tensor) if mask.tensor.dtype != torch.bool else ~mask.tensor
        if not bool((kept == lower).all()) or not bool((later == ~lower).all()):
            raise ModuleError("an attention mask other than a causal one is not known.")
    return call.layer("causal", scores, name="mask")

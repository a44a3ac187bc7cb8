"""Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up, so that nothing changes at prediction.

The random numbers come from a counter, not from a stream: a hash of seed, step, layer and place. So every engine draws
the same ones, compiled or not, and a run that is taken up again goes on with those that it would have had.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from backproof.functions import where

GOLDEN, FIRST, SECOND = np.uint32(0x9E3779B9), np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


def kept(rates: Sequence[float], layers: Sequence[Any], seed: Any, step: Any, like: Any) -> tuple[Any, ...]:
    """What the activations of each layer are multiplied with: 0 with that layer's rate, else 1 / (1 - rate).

    `layers` are the shapes (samples, units) of the layers with rates, `like` an array of the kind and precision wanted.
    None stands for a layer without dropout.
    """
    with np.errstate(over="ignore"):  # a hash means to
        key = scramble(seed + _unsigned(step) * GOLDEN)
        return tuple(
            _mask(rate, shape, scramble(key + np.uint32(layer)), like) if rate else None
            for layer, (rate, shape) in enumerate(zip(rates, layers, strict=True))
        )


def _mask(rate: float, shape: tuple[int, ...], key: Any, like: Any) -> Any:
    count = np.arange(prod(shape), dtype=np.uint32).reshape(shape)
    chance = (scramble(key + count) >> np.uint32(8)).astype(like.dtype) / 2**24
    return where(chance >= rate, 1 / (1 - rate), 0.0).astype(like.dtype)


def scramble(number: Any) -> Any:
    """A 32-bit hash of a 32-bit number: MurmurHash3's finaliser (Appleby 2011); every bit moves every other."""
    number = number * GOLDEN
    number = (number ^ (number >> np.uint32(16))) * FIRST
    number = (number ^ (number >> np.uint32(13))) * SECOND
    return number ^ (number >> np.uint32(16))


def _unsigned(step: Any) -> Any:
    return step.astype(np.uint32) if hasattr(step, "astype") else np.uint32(step % 2**32)

"""The five products of matrices in a step of 784-128-10, and nothing else: what NumPy's BLAS takes, and what XLA."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

Steps = Callable[[], object]


def arrays(batch: int) -> tuple[NDArray[np.float32], ...]:
    """Inputs, W1, W2, and errors of the hidden and the output layer."""
    random = np.random.default_rng(0)
    shapes = ((batch, 784), (784, 128), (128, 10), (batch, 128), (batch, 10))
    return tuple(random.normal(size=shape).astype(np.float32) for shape in shapes)


def by_numpy(batch: int, count: int) -> Steps:
    """`count` steps, whose results are written to arrays that are there."""
    x, w1, w2, hidden, output = arrays(batch)
    pairs = ((x, w1), (hidden, w2), (output, w2.T), (hidden.T, output), (x.T, hidden))
    places = [left @ right for left, right in pairs]

    def steps() -> None:
        for _ in range(count):
            for (left, right), place in zip(pairs, places, strict=True):
                np.matmul(left, right, out=place)

    return steps


def by_jax(batch: int, count: int) -> Steps | None:
    """`count` steps in one compiled loop, each bound to the one before by one number; None without JAX."""
    if find_spec("jax") is None:
        return None
    import jax

    lax = jax.lax

    def step(_: int, given: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        x, w1, w2, hidden, output = given
        made = (x @ w1, hidden @ w2, output @ w2.T, hidden.T @ output, x.T @ hidden)
        one = sum(each[0, 0] for each in lax.optimization_barrier(made))
        return tuple(each.at[0, 0].set(1e-3 * one) for each in given)

    steps = jax.jit(lambda given: lax.fori_loop(0, count, step, given))
    given = jax.device_put(arrays(batch))
    return lambda: jax.block_until_ready(steps(given))

"""784-128-10 as people write it in JAX: `jax.grad`, Optax, an epoch in one `lax.scan`; None without Optax or JAX."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.network import Network

Epoch = Callable[[], None]


def digits(network: Network, x: NDArray[np.float32], y: NDArray[np.float32], batch: int, rate: float) -> Epoch | None:
    """An epoch from a network on, its samples on the device and shuffled anew, as ours."""
    if find_spec("jax") is None or find_spec("optax") is None:
        return None
    import jax
    import jax.numpy as jnp
    import optax

    optimiser = optax.sgd(rate)

    def cost(parameters: Any, x: Any, y: Any) -> Any:
        hidden = jax.nn.relu(x @ parameters["W1"] + parameters["b1"])
        return optax.softmax_cross_entropy(hidden @ parameters["W2"] + parameters["b2"], y).mean()

    @jax.jit
    def scan(state: Any, order: Any, x: Any, y: Any) -> Any:
        def step(state: Any, rows: Any) -> Any:
            parameters, slots = state
            met, gradients = jax.value_and_grad(cost)(parameters, x[rows], y[rows])
            updates, slots = optimiser.update(gradients, slots, parameters)
            return (optax.apply_updates(parameters, updates), slots), met

        return jax.lax.scan(step, state, order)

    parameters = {key: jnp.asarray(array, jnp.float32) for key, array in network.parameters.items()}
    state, random = (parameters, optimiser.init(parameters)), np.random.default_rng(0)
    data = jnp.asarray(x), jnp.asarray(y)

    def epoch() -> None:
        nonlocal state
        order = random.permutation(len(x))[: len(x) // batch * batch].reshape(-1, batch)
        state, met = scan(state, order.astype(np.int32), *data)
        np.asarray(met)

    return epoch

"""784-128-10 and LeNet in JAX as people write them: `jax.grad`, Optax, one `lax.scan` an epoch; None without these."""

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
    import optax

    def cost(parameters: Any, x: Any, y: Any) -> Any:
        hidden = jax.nn.relu(x @ parameters["W1"] + parameters["b1"])
        return optax.softmax_cross_entropy(hidden @ parameters["W2"] + parameters["b2"], y).mean()

    return _scan_epochs(cost, network, x, y, batch, rate)


def lenet(network: Network, x: NDArray[np.float32], y: NDArray[np.float32], batch: int, rate: float) -> Epoch | None:
    """An epoch of LeNet on pictures (pictures, 1, 28, 28), by `lax.conv` and `lax.reduce_window`."""
    if find_spec("jax") is None or find_spec("optax") is None:
        return None
    import jax
    import optax

    lax, relu = jax.lax, jax.nn.relu

    def convolve(a: Any, parameters: Any, name: str, padding: int) -> Any:
        order = ("NCHW", "OIHW", "NCHW")
        widths = [(padding, padding)] * 2
        h = lax.conv_general_dilated(a, parameters[f"{name}.weight"], (1, 1), widths, dimension_numbers=order)
        return relu(h + parameters[f"{name}.bias"][:, None, None])

    def pool(a: Any) -> Any:
        return lax.reduce_window(a, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 2, 2), "VALID") / 4

    def cost(parameters: Any, x: Any, y: Any) -> Any:
        a = pool(convolve(pool(convolve(x, parameters, "c1", 2)), parameters, "c3", 0)).reshape(len(x), -1)
        for name in ("d5", "d6"):
            a = relu(a @ parameters[f"{name}.weight"] + parameters[f"{name}.bias"])
        return optax.softmax_cross_entropy(a @ parameters["o.weight"] + parameters["o.bias"], y).mean()

    return _scan_epochs(cost, network, x, y, batch, rate)


def _scan_epochs(cost: Any, network: Network, x: Any, y: Any, batch: int, rate: float) -> Epoch:
    import jax
    import jax.numpy as jnp
    import optax

    optimiser = optax.sgd(rate)

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

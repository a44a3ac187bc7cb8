"""On a graphics card, where there is one: the same code, unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise

import numpy as np

from backproof.network import Network
from backproof.train.options import TrainingOptions
from backproof.train.run import Run
from backproof.train.source import make_source
from benchmarks.figure import Figure, faster, in_turn, typical
from benchmarks.or_gate import RATE, X, Y

SIZES, BATCH, STEPS = (4096, 4096, 4096, 10), 4096, 20
NETWORKS, EPOCHS = 10_000, 1_000


def figures() -> Iterator[Figure]:
    device = card()
    if not device:
        yield Figure("on a GPU: 4096-4096-4096-10 at batch 4096, 10,000 OR gates at once", "no GPU was at hand")
        return
    share = 100 * matrix_share(SIZES, BATCH, STEPS)
    work = f"{'-'.join(map(str, SIZES))}, batch {BATCH}, float32, share of the measured matrix rate ({device})"
    yield Figure(work, f"{share:.0f} %", "60 %", share >= 60)
    took = typical(lambda: or_gates(NETWORKS, EPOCHS), 3)
    each = took / NETWORKS / EPOCHS * 1e9
    yield Figure(f"{NETWORKS:,} OR gates at once, {EPOCHS:,} steps ({device})", f"{took:.2f} s, {each:.2f} ns a step")


def card() -> str:
    """The name of the first GPU, or the empty string."""
    if find_spec("jax") is None:
        return ""
    from backproof.train.engines.jax import load_jax

    return next((each.device_kind for each in load_jax().devices() if each.platform == "gpu"), "")


def matrix_share(sizes: tuple[int, ...], batch: int, steps: int) -> float:
    """What the products of an epoch would take at the measured rate, as a share of what the epoch takes."""
    from backproof.train.engines.jax import load_jax

    random, size = np.random.default_rng(0), sizes[1]
    x = random.random((steps * batch, sizes[0]), dtype=np.float32)
    y = np.eye(sizes[-1], dtype=np.float32)[random.integers(0, sizes[-1], len(x))]
    network = Network.dense(
        sizes, activation=["relu"] * (len(sizes) - 2) + ["softmax"], cost="cross_entropy", reduction="mean"
    )
    options = TrainingOptions(epochs=10**6, batch_size=batch, learning_rate=0.01, dtype="float32", engine="jax")
    epochs = iter(Run(network, make_source(network, x, y), options, needs_every_epoch=True))

    square = load_jax().device_put(random.random((size, size), dtype=np.float32))
    product = load_jax().jit(lambda left, right: left @ right * (1 / size))

    def products() -> None:
        made = square
        for _ in range(steps):
            made = product(made, square)
        made.block_until_ready()

    own, taken = in_turn(lambda: next(epochs), products, runs=7)
    pairs = list(pairwise(sizes))
    # Three products for each layer - forward, to the layer below, gradient - but none down to the inputs.
    numbers = batch * (3 * sum(sent * received for sent, received in pairs) - sizes[0] * sizes[1])
    return faster(own, taken, numbers / size**3)


def or_gates(networks: int, epochs: int) -> None:
    Network.dense([2, 2, 1]).fit(X, Y, epochs=epochs, learning_rate=RATE, engine="jax", networks=networks)

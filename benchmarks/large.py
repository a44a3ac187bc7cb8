"""Large networks: any one derivation, and the largest paths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backproof.network import Network
from backproof.paths import largest_paths
from backproof.trace import Trace, trace_of
from benchmarks.figure import Figure, typical

NAMES = (
    "h[l1.3]", "a[l1.3]", "a[l2.1]", "E", "dE/da[l2.4]", "delta[l2.4]", "dE/da[l1.2]", "delta[l1.2]", "dE/da[x7]",
    "dE/dw[1][x5,l1.3]", "dE/dw[2][l1.3,l2.1]", "dE/db[1][l1.3]", "da[l2.1]/dw[1][x5,l1.3]", "new w[1][x5,l1.3]",
)  # fmt: skip


def one_sample(sizes: list[int], activation: list[str]) -> Trace:
    random = np.random.default_rng(0)
    network = Network.dense(sizes, activation=activation, cost="cross_entropy")
    return trace_of(network, random.uniform(size=(1, sizes[0])), np.eye(sizes[-1])[:1])


def figures() -> Iterator[Figure]:
    from backproof.training import Training

    trace = one_sample([784, 30, 10], ["sigmoid", "softmax"])
    trace = trace_of(trace.network, trace.x, trace.y, Training(0.1))
    slowest = max(NAMES, key=lambda name: typical(lambda: trace.explain(name), 3))
    took = 1000 * typical(lambda: trace.explain(slowest))
    yield Figure(
        f"784-30-10, one derivation (slowest of {len(NAMES)}: {slowest})", f"{took:.1f} ms", "50 ms", took <= 50
    )

    deep = one_sample([784, 800, 400, 100, 10], ["tanh", "tanh", "tanh", "softmax"])
    count = deep.network.wiring.count
    paths = 1000 * typical(lambda: largest_paths(deep, "w[1][x5,l1.3]"))
    yield Figure(
        f"the ten largest paths in a network of {count:,} parameters", f"{paths:.0f} ms", "1000 ms", paths <= 1000
    )

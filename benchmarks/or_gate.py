"""The 2-2-1 OR gate, full batch, 100,000 steps: against eager PyTorch and against C by hand."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial

import numpy as np

from backproof.network import Network
from backproof.train.history import History
from benchmarks.figure import Figure, faster, in_turn, seconds
from benchmarks.peers import by_hand, eager

STEPS, RATE, NETWORKS, RUNS = 100_000, 0.1, 64, 9
#: Number of the steps that PyTorch takes; its time is scaled up.
SLICE = 2_000
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [1.0], [1.0], [1.0]])
WORK = "2-2-1 OR gate, full batch, 100,000 steps"


def fit(**options: object) -> History:
    return Network.dense([2, 2, 1]).fit(X, Y, epochs=STEPS, learning_rate=RATE, engine="jax", **options)


def figures() -> Iterator[Figure]:
    yield from against_torch()
    yield from against_c()
    yield from first_calls()


def against_torch() -> Iterator[Figure]:
    steps = eager.or_gate(X, Y, RATE)
    work = f"{WORK}, against eager PyTorch SGD ({SLICE:,} of its steps, scaled)"
    if steps is None:
        yield Figure(work, "no PyTorch at hand", "500 x")
        return
    ours, theirs = in_turn(fit, partial(steps, SLICE), runs=RUNS)
    yield Figure.against(work, ours, theirs, 500, STEPS / SLICE)


def against_c() -> Iterator[Figure]:
    train, work = by_hand.compiled(), f"{WORK}, float64, against C -O3"
    if train is None:
        yield Figure(work, "no C compiler at hand", "0.4 x")
        return
    costs, parameters = train(Network.dense([2, 2, 1]), STEPS, RATE)
    alike = fit()
    assert np.allclose(costs, alike.costs, rtol=1e-9)
    assert np.allclose(parameters, by_hand.in_a_row(alike.network))

    def many(dtype: str) -> None:
        fit(networks=NETWORKS, dtype=dtype)

    by_c = partial(train, Network.dense([2, 2, 1]), STEPS, RATE)
    theirs, one, double, single = in_turn(by_c, fit, partial(many, "float64"), partial(many, "float32"), runs=RUNS)
    yield Figure.against(work, one, theirs, 0.4)
    yield Figure.against(f"the same, {NETWORKS} networks at once, per network", double, theirs, 3, NETWORKS)
    yield Figure(f"{NETWORKS} networks at once in float32, per network", f"{faster(single, theirs, NETWORKS):.2f} x")


def first_calls() -> Iterator[Figure]:
    """The first call of a process imports JAX and compiles, or finds its program on disk."""
    command = [sys.executable, "-m", "benchmarks.or_gate"]
    with tempfile.TemporaryDirectory() as cache:
        run = partial(subprocess.run, command, check=True, capture_output=True, text=True)
        said = [run(env=os.environ | {"XDG_CACHE_HOME": cache}).stdout.split() for _ in range(2)]
    (cold, later), (warm, _) = said
    yield Figure(
        f"{WORK}: first call, compile included / program on disk / later calls", f"{cold} / {warm} / {later} s"
    )


if __name__ == "__main__":
    print(*(f"{seconds(fit):.2f}" for _ in range(2)))

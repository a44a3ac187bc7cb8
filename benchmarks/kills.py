"""Kills: a run ended by SIGKILL at random moments, taken up again, and held against the same run without a break."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure

KILLS = 200
#: Seconds between checkpoints, and the longest that a process lives before it is killed.
EVERY, LONGEST = 0.05, 0.6


def figures() -> Iterator[Figure]:
    if not hasattr(os, "fork"):
        return
    command = [sys.executable, "-m", "benchmarks.kills", str(KILLS)]
    seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    alike, lost = sum(seen["same"]), max(seen["lost"])
    yield Figure(
        f"{len(seen['lost'])} kills (SIGKILL) at random moments of {len(seen['same'])} runs: ends in the same bits",
        f"{alike} runs; at most {lost:.2f} s lost",
        f"{len(seen['same'])} runs; 1 s",
        alike == len(seen["same"]) and lost <= 1,
    )


def kills(count: int, folder: Path) -> dict[str, Any]:
    """Each run is killed once or several times before it may end; this process must have no threads, for it forks."""
    truth, wait = bits(None), random.Random(0)
    seen: dict[str, Any] = {"same": [], "lost": []}
    while len(seen["lost"]) < count:
        place = folder / str(len(seen["same"]))
        while kill(place, wait.uniform(0, LONGEST), seen["lost"]) and wait.random() < 0.7:
            pass
        seen["same"].append(bits(place) == truth)
    return seen


def kill(place: Path, after: float, lost: list[float]) -> bool:
    """Train in another process and kill it, unless it is done; the seconds since it last began or wrote are lost."""
    born = time.time()
    child = os.fork()
    if child == 0:
        fit(place)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    now = time.time()
    killed = os.waitpid(child, 0)[1] != 0
    if killed:
        checkpoint = place / "checkpoint.safetensors"
        lost.append(now - max(born, checkpoint.stat().st_mtime if checkpoint.exists() else 0))
    return killed


def fit(place: Path | None) -> Any:
    """A run with everything that a checkpoint must hold: minibatches, dropout, moments, the best network so far."""
    import numpy as np

    from backproof.network import Network
    from backproof.train.callbacks.checkpoint import Checkpoint

    Checkpoint.every = EVERY
    random = np.random.default_rng(0)
    x, y = random.normal(size=(64, 4)), random.normal(size=(64, 1))
    start = Network.dense([4, 16, 1], activation=["tanh", "identity"], seed=2)
    return start.fit(
        x, y, epochs=400, batch_size=16, optimizer="adam", learning_rate=0.01, dropout=0.2, validation=(x[:9], y[:9]),
        patience=400, engine="numpy", checkpoint=place,
    )  # fmt: skip


def bits(place: Path | None) -> tuple[list[bytes], list[float]]:
    """Every number that a run ends with."""
    history = fit(place)
    states = [history.network.parameters, history.state.parameters, *history.state.slots.values()]
    return [arrays[key].tobytes() for arrays in states for key in sorted(arrays)], history.cost


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(kills(int(sys.argv[1]), Path(made))))

"""How quick the engines are on this machine: measured once, and kept in a small file that may be lost at any time."""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np

from backproof import files
from backproof.data.source import Batch
from backproof.network import Network
from backproof.operations.optimisers.adam import Adam
from backproof.train.batches import Order
from backproof.train.engines.engine import Engine, Span
from backproof.train.engines.numpy import NumpyEngine
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe, State

#: Number of steps that are measured, and of the samples in each.
STEPS, ROWS = 20, 200


class Speeds(NamedTuple):
    """What steps take against what the engines say of themselves, and what it takes until JAX is at work, in seconds.

    Rounded to powers of the root of 2, so that measuring again hardly ever changes a choice.
    """

    numpy: float = 1.0
    jax: float = 1.0
    compile: float = 1.0


def find_cache() -> Path:
    """The folder for what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "backproof"


@cache
def find_speeds() -> Speeds:
    """The speeds of this machine, measured the first time; the usual ones where they cannot be kept."""
    place, machine = find_cache() / "speeds.json", name_machine()
    with suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
        saved = json.loads(place.read_bytes()[:1000])
        speeds = Speeds(**{name: float(value) for name, value in saved.items() if name != "machine"})
        if saved["machine"] == machine and min(speeds) > 0:
            return speeds
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        files.replace(place, "{}")
        speeds = measure_speeds()
        files.replace(place, json.dumps({"machine": machine, **speeds._asdict()}))
    except OSError:
        return Speeds()
    return speeds


def name_machine() -> str:
    """What the speeds depend on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "jax"))
    return f"{platform.machine()}, {os.cpu_count()} cores, {packages}"


def measure_speeds() -> Speeds:
    """Speeds with a network of moderate size; this takes about two seconds."""
    began = perf_counter()
    from backproof.train.engines.jax import JaxEngine

    network = Network.dense([64, 100, 10], activation=["relu", "softmax"], cost="cross_entropy", reduction="mean")
    options = TrainingOptions(optimizer=Adam(), dtype="float32")
    recipe = Recipe.of(network.architecture, options)
    later, at_once = JaxEngine(recipe, options.dtype), NumpyEngine(recipe, options.dtype)
    quick = measure_step(later, network, options)
    ready = perf_counter() - began
    slow = measure_step(at_once, network, options)
    usual = [each.seconds(recipe, 1, ROWS) for each in (at_once, later)]
    return Speeds(*map(round_power, (slow / usual[0], quick / usual[1], ready)))


def measure_step(engine: Engine, network: Network, options: TrainingOptions) -> float:
    """The seconds of a step of some hundred samples, once the engine is at work."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(STEPS * ROWS, 64)).astype(np.float32), np.eye(10)[random.integers(0, 10, STEPS * ROWS)]
    order = Order(np.arange(STEPS * ROWS, dtype=np.int32).reshape(1, STEPS, ROWS))
    data, numbers = engine.place(Batch(x, y)), {**options.numbers, "total": STEPS, "seed": 0}
    begun = engine.begin(State.first(network.parameters, options.optimizer, options.dtype))
    taken = []
    for _ in range(5):
        start = perf_counter()
        begun, costs = engine.run(begun, data, order, numbers, Span(1, STEPS, 1))
        np.asarray(costs)
        taken.append(perf_counter() - start)
    return min(taken) / STEPS


def round_power(value: float) -> float:
    """A number rounded to a power of the root of 2."""
    return float(2 ** (round(2 * np.log2(value)) / 2))

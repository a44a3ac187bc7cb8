"""MNIST, 784-128-10 (relu, softmax, cross-entropy), float32, plain gradient descent: speed and memory.

Times are of whole epochs, shuffling included; PyTorch and the products alone take a part of the steps, scaled up. The
numbers of the images make no difference to the time: where MNIST is not at hand, random ones of its shape stand in.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from statistics import median

from backproof.network import Network
from backproof.train.options import TrainingOptions
from backproof.train.run import Run
from backproof.train.source import make_source
from benchmarks.figure import Figure, Work, in_turn
from benchmarks.mnist_images import Images, mnist, random_images
from benchmarks.peers import eager, optax_scan, products, scikit_learn

RATE, RUNS = 0.05, 7
#: PyTorch and the products alone take one step where Backproof takes this many.
PART = 5
#: What is asked for, by the samples of a batch.
TORCH, SKLEARN, OPTAX, PRODUCTS = {32: 3, 128: 1.2}, {32: 3, 128: 1.5}, {32: 1, 128: 1}, {32: 0.6, 128: 0.8}


def figures() -> Iterator[Figure]:
    images = mnist() or random_images()
    for batch in (32, 128):
        yield from speed(images, batch)
    del images
    yield from memory()


def start() -> Network:
    return Network.dense([784, 128, 10], activation=["relu", "softmax"], cost="cross_entropy", reduction="mean")


def ours(images: Images, batch: int) -> Work:
    """An epoch with every call."""
    options = TrainingOptions(epochs=10**6, batch_size=batch, learning_rate=RATE, dtype="float32", engine="jax")
    source = make_source(start(), images.x, images.y)
    return partial(next, iter(Run(start(), source, options, needs_every_epoch=True)))


def speed(images: Images, batch: int) -> Iterator[Figure]:
    epoch, steps = ours(images, batch), len(images.x) // batch
    torch = eager.digits(images.x, images.y, batch, RATE)
    peers: dict[str, Callable[[], object] | None] = {
        "eager PyTorch": torch and partial(torch, steps // PART),
        "scikit-learn": scikit_learn.digits(images.x, images.y, batch, RATE),
        "JAX with jax.grad and Optax in one scan": optax_scan.digits(start(), images.x, images.y, batch, RATE),
        "NumPy": products.by_numpy(batch, steps // PART),
        "XLA": products.by_jax(batch, steps // PART),
    }
    there = {name: peer for name, peer in peers.items() if peer}
    own, *rest = in_turn(epoch, *there.values(), runs=RUNS)
    scales = {name: 1 if "scan" in name or "scikit" in name else steps / (steps // PART) for name in there}
    taken = dict(zip(there, rest, strict=True))
    work = f"MNIST 784-128-10, batch {batch}, float32"
    for name, wanted in zip(peers, (TORCH, SKLEARN, OPTAX), strict=False):
        if name in taken:
            yield Figure.against(f"{work}, against {name}", own, taken[name], wanted[batch], scales[name])
        else:
            yield Figure(f"{work}, against {name}", "not at hand", f"{wanted[batch]:g} x")
    alone = {name: taken[name] for name in ("NumPy", "XLA") if name in taken}
    quicker = min(alone, key=lambda name: median(alone[name]))
    yield Figure.against(
        f"{work}, against the five matrix products alone ({quicker}'s, the quicker)",
        own, alone[quicker], PRODUCTS[batch], scales[quicker],
    )  # fmt: skip


def memory() -> Iterator[Figure]:
    for kind in ("float32", "uint8"):
        work = f"peak memory, MNIST as {kind}, batch 32, against scikit-learn"
        if find_spec("sklearn") is None:
            yield Figure(work, "no scikit-learn at hand", "no more")
            continue
        auto, compiled, theirs = (peak(who, kind) for who in ("auto", "jax", "scikit-learn"))
        for engine, own in (("by itself on NumPy", auto), ("engine 'jax'", compiled)):
            yield Figure(f"{work}: {engine}", f"{own} of {theirs} MB", "no more", own <= theirs)


def peak(who: str, kind: str) -> int:
    """The most memory that a process of its own takes for two epochs, in MB."""
    command = [sys.executable, "-m", "benchmarks.mnist", who, kind]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def used() -> int:
    """The most memory that this process has taken, in MB: as Linux has it, for getrusage counts the parent's too."""
    import resource
    from pathlib import Path

    status = Path("/proc/self/status")
    if status.exists():
        return int(next(line for line in status.read_text().splitlines() if "VmHWM" in line).split()[1]) // 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def train_twice(who: str, kind: str) -> None:
    """Two epochs on images of one kind, as its user would run them; bytes of 255 ask for a small rate."""
    images = mnist(kind) or random_images(kind)
    rate = RATE if kind == "float32" else RATE / 255**2
    if who != "scikit-learn":
        start().fit(images.x, images.y, epochs=2, batch_size=32, learning_rate=rate, dtype="float32", engine=who)
    else:
        epoch = scikit_learn.digits(images.x, images.y, 32, rate)
        assert epoch
        epoch(), epoch()


if __name__ == "__main__":
    train_twice(*sys.argv[1:])
    print(used())

"""LeNet on 28 x 28 pictures of ten classes (relu, average pooling), float32, plain gradient descent: speed.

Times are of whole epochs of a few thousand pictures, shuffling included. On a machine with other work, pin the process
to one core: `taskset -c 0 python -m benchmarks lenet`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from numpy.typing import ArrayLike

from backproof.network import Network
from backproof.operations.picture_network import networks
from backproof.train.options import TrainingOptions
from backproof.train.run import Run
from backproof.train.source import make_source
from backproof.train.tabular.pictures import make_picture_network
from benchmarks.figure import Figure, Work, in_turn
from benchmarks.mnist_images import random_images
from benchmarks.peers import eager, optax_scan

PICTURES, RATE, RUNS = 2560, 0.05, 9
#: What is asked for, whatever the samples of a batch.
TORCH, OPTAX = 1.5, 1.0


def figures() -> Iterator[Figure]:
    images = random_images(count=PICTURES)
    x = images.x.reshape(-1, 1, 28, 28)
    for batch in (32, 128):
        torch = eager.lenet(x, images.y, batch, RATE)
        peers: dict[str, tuple[Callable[[], object] | None, float]] = {
            "eager PyTorch": (torch and partial(torch, PICTURES // batch), TORCH),
            "JAX with jax.grad and Optax in one scan": (optax_scan.lenet(start(), x, images.y, batch, RATE), OPTAX),
        }
        there = {name: peer for name, (peer, _) in peers.items() if peer}
        own, *rest = in_turn(ours(x, images.y, batch), *there.values(), runs=RUNS)
        taken = dict(zip(there, rest, strict=True))
        for name, (_, wanted) in peers.items():
            work = f"LeNet, batch {batch}, float32, against {name}"
            if name in taken:
                yield Figure.against(work, own, taken[name], wanted)
            else:
                yield Figure(work, "not at hand", f"{wanted:g} x")


def start() -> Network:
    return make_picture_network(
        networks.make("lenet"), (1, 28, 28), 10, last="softmax", cost="cross_entropy", reduction="mean"
    )


def ours(x: ArrayLike, y: ArrayLike, batch: int) -> Work:
    """An epoch with every call."""
    options = TrainingOptions(epochs=10**6, batch_size=batch, learning_rate=RATE, dtype="float32", engine="jax")
    source = make_source(start(), x, y)
    return partial(next, iter(Run(start(), source, options, needs_every_epoch=True)))

"""Published results reproduced: Nielsen, Neural Networks and Deep Learning (2015), chapters 1 and 3, on MNIST.

Slow (some minutes), so measured only where it is named: `python -m benchmarks nielsen`. Three seeds each; the best
epoch on MNIST's test set, as chapter 1 reports it, after training on the first 50,000 images, pixels / 255, float32.
His cost C = 1/(2n) sum |y - a|^2 is half_squared_error with the mean over samples, his lambda is n times our l2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from backproof.network import Network
from benchmarks.figure import Figure
from benchmarks.mnist_images import Images, mnist

TRAINED, SEEDS = 50_000, (0, 1, 2)
Start = Callable[[int], Network]


def figures() -> Iterator[Figure]:
    images, test = mnist(), mnist(part="test")
    if images is None or test is None:
        yield Figure("Nielsen's results on MNIST", "no MNIST at hand: name its mnist.npz in the variable MNIST", "")
        return
    for hidden, wanted in ((30, 0.95), (100, 0.96)):
        yield _figure(
            f"784-{hidden}-10 sigmoid, half squared error, N(0, 1), batch 10, eta 3, 30 epochs",
            [best(images, test, squared(hidden, seed), epochs=30, learning_rate=3.0, seed=seed) for seed in SEEDS],
            wanted,
        )
    options = {"epochs": 60, "learning_rate": 0.1, "l2": 5 / TRAINED}
    yield _figure(
        "784-100-10 sigmoid, cross-entropy, N(0, 1/n_in), batch 10, eta 0.1, lambda 5, 60 epochs",
        [best(images, test, entropy(100, seed), seed=seed, **options) for seed in SEEDS],
        0.979,
    )


def squared(hidden: int, seed: int) -> Network:
    """Chapter 1: weights and biases from N(0, 1)."""
    return Network.dense([784, hidden, 10], initialiser="normal", seed=seed, reduction="mean")


def entropy(hidden: int, seed: int) -> Network:
    """Chapter 3: weights from N(0, 1/n_in), as lecun_normal has them; biases from N(0, 1), which it has at 0."""
    sizes, cost = [784, hidden, 10], "binary_cross_entropy"
    start = Network.dense(sizes, cost=cost, initialiser="lecun_normal", seed=seed, reduction="mean")
    normal = Network.dense(sizes, initialiser="normal", seed=seed).parameters
    return start.with_parameters({key: (start.parameters if key[0] == "W" else normal)[key] for key in start.shapes})


def best(images: Images, test: Images, start: Network, **options: Any) -> float:
    """The best epoch's share of test images that are answered right."""
    x, y = images.x[:TRAINED], images.y[:TRAINED]
    history = start.fit(x, y, batch_size=10, dtype="float32", validation=test, metrics=["accuracy"], **options)
    return max(history.metrics["validation_accuracy"])


def _figure(work: str, shares: list[float], wanted: float) -> Figure:
    runs = ", ".join(f"{100 * share:.2f}" for share in shares)
    middle = median(shares)
    return Figure(work, f"{100 * middle:.2f} % ({runs})", f"{100 * wanted:g} %", middle >= wanted)

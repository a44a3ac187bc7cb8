"""Eager PyTorch as people write it: a Sequential, a cost, `backward`, an optimiser; None where it is not installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Steps = Callable[[int], None]


def or_gate(x: NDArray[np.float64], y: NDArray[np.float64], rate: float) -> Steps | None:
    """Steps of 2-2-1 on all samples, in double precision."""
    if find_spec("torch") is None:
        return None
    import torch
    from torch import nn

    model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 1), nn.Sigmoid()).double()
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)

    def cost() -> Any:
        return 0.5 * ((model(inputs) - targets) ** 2).sum()

    return _steps(model, rate, cost)


def digits(x: NDArray[np.float32], y: NDArray[np.float32], batch: int, rate: float) -> Steps | None:
    """Steps of 784-128-10 on batches of MNIST, shuffled."""
    if find_spec("torch") is None:
        return None
    from torch import nn

    return _classify(nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), x, y, batch, rate)


def lenet(x: NDArray[np.float32], y: NDArray[np.float32], batch: int, rate: float) -> Steps | None:
    """Steps of LeNet on batches of pictures (pictures, 1, 28, 28), shuffled."""
    if find_spec("torch") is None:
        return None
    from torch import nn

    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    return _classify(model, x, y, batch, rate)


def _classify(model: Any, x: NDArray[np.float32], y: NDArray[np.float32], batch: int, rate: float) -> Steps:
    import torch
    from torch import nn

    inputs, targets = torch.from_numpy(x), torch.from_numpy(y.argmax(axis=1))
    surprise = nn.CrossEntropyLoss()
    order = _orders(len(x), batch)

    def cost() -> Any:
        rows = next(order)
        return surprise(model(inputs[rows]), targets[rows])

    return _steps(model, rate, cost)


def _orders(count: int, batch: int) -> Iterator[Any]:
    """The rows of full batches, epoch after epoch, each shuffled."""
    import torch

    while True:
        yield from torch.randperm(count)[: count // batch * batch].split(batch)


def _steps(model: Any, rate: float, cost: Callable[[], Any]) -> Steps:
    import torch

    optimiser = torch.optim.SGD(model.parameters(), lr=rate)

    def steps(count: int) -> None:
        for _ in range(count):
            optimiser.zero_grad()
            cost().backward()
            optimiser.step()

    return steps

"""How a worksheet trains, step after step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backproof.operations.optimiser import Optimiser
from backproof.operations.optimisers.sgd import Sgd
from backproof.propagation import TRUE, Equations


@dataclass(frozen=True)
class Training:
    """How the parameters change from step to step: optimiser, learning rate, and the samples (from 1) of each step.

    `equations` are those of the backward pass; others than the true ones show what a slip leads to. The first step is
    `start`, before which the optimiser keeps `slots`: training that goes on from where it was.
    """

    rate: float | None = None
    optimiser: Optimiser = field(default_factory=Sgd)
    batches: tuple[tuple[int, ...], ...] = ()
    equations: Equations = TRUE
    start: int = 1
    slots: dict[str, dict[str, Any]] | None = field(default=None, compare=False, repr=False)

    def batch(self, step: int, count: int) -> tuple[int, ...]:
        """The numbers of the samples that a step uses."""
        return self.batches[(step - 1) % len(self.batches)] if self.batches else tuple(range(1, count + 1))


def list_samples(numbers: tuple[int, ...]) -> str:
    """The numbers of samples in words: `sample 2`, `samples 1 to 4`, `samples 3, 1`."""
    if len(numbers) == 1:
        return f"sample {numbers[0]}"
    if numbers == tuple(range(numbers[0], numbers[0] + len(numbers))):
        return f"samples {numbers[0]} to {numbers[-1]}"
    return f"samples {', '.join(map(str, numbers[:10]))}{', ...' if len(numbers) > 10 else ''}"

"""The History of a training run: what it cost, epoch by epoch, and the network that came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from backproof.arrays import Array
from backproof.network import Network
from backproof.train.step import State

#: Why a run ended that somebody broke off.
INTERRUPTED = "interrupted"


@dataclass(frozen=True, eq=False)
class History:
    """`costs[e]` (as a list, `cost[e]`) is the cost met during epoch e + 1, before each of its updates.

    It has the unit of the network's reduction: of a mean, the mean over the epoch's samples; of a sum, a batch's sum,
    averaged over the batches. Penalties are part of it. `network` is the trained network; `final_cost` what all samples
    cost in the end; `metrics` what was measured after each epoch, by name; `best_epoch` the epoch (from 1) whose
    network was kept, where not the last one's; `engine` and `dtype` what it was computed with; `stopped` why it ended
    before its time, if it did, and `diverged` whether that was at a number that is not finite; `state` what training
    can go on from; `start` the network that was trained. Of many networks at once, this is the best one's history and
    `members` are all.
    """

    network: Network
    costs: Array = field(default_factory=lambda: np.empty(0))
    final_cost: float = float("nan")
    metrics: dict[str, list[float]] = field(default_factory=dict)
    best_epoch: int | None = None
    engine: str = "numpy"
    dtype: str = "float64"
    stopped: str = ""
    diverged: bool = False
    state: State | None = None
    members: tuple[History, ...] = ()
    start: Network | None = None

    @cached_property
    def cost(self) -> list[float]:
        """The costs as a list."""
        return list(self.costs.tolist())

    def __len__(self) -> int:
        return len(self.costs)

    def __repr__(self) -> str:
        first = self.costs[0] if len(self) else self.final_cost
        return f"History({len(self)} epochs, cost {first:.6g} -> {self.final_cost:.6g})"

"""The History of a training run: what it cost, epoch by epoch, and the network that came out."""

from __future__ import annotations

from dataclasses import dataclass, field

from backproof.network import Network
from backproof.train.state import State


@dataclass(frozen=True)
class History:
    """`cost[e]` is the cost met during epoch e + 1 (before each of its updates); `network` is the trained network.

    `cost` has the unit of the network's reduction: of a mean, the mean over the epoch's samples; of a sum, a batch's
    sum, averaged over the batches. Penalties are part of it. `metrics` holds what was measured after each epoch, by
    name; `best_epoch` the epoch (from 1) whose network was kept, where not the last one's; `engine` and `dtype` what it
    was computed with; `stopped` why it ended before its time, if it did; `state` what training can go on from.
    """

    network: Network
    cost: list[float] = field(default_factory=list)
    final_cost: float = float("nan")
    metrics: dict[str, list[float]] = field(default_factory=dict)
    best_epoch: int | None = None
    engine: str = "numpy"
    dtype: str = "float64"
    stopped: str = ""
    state: State | None = None

    def __len__(self) -> int:
        return len(self.cost)

    def __repr__(self) -> str:
        first = self.cost[0] if self.cost else self.final_cost
        return f"History({len(self)} epochs, cost {first:.6g} -> {self.final_cost:.6g})"

"""The History of a training run: what it cost, epoch by epoch, and the network that came out."""

from __future__ import annotations

from dataclasses import dataclass, field

from backproof.network import Network


@dataclass(frozen=True)
class History:
    """`cost[e]` is the cost met during epoch e + 1 (before each of its updates); `network` is the trained network.

    `cost` has the unit of the network's reduction: per batch a sum or a mean over samples, averaged over the batches.
    """

    network: Network
    cost: list[float] = field(default_factory=list)
    final_cost: float = float("nan")

    def __len__(self) -> int:
        return len(self.cost)

    def __repr__(self) -> str:
        first = self.cost[0] if self.cost else self.final_cost
        return f"History({len(self)} epochs, cost {first:.6g} -> {self.final_cost:.6g})"

"""The History of a training run: what it cost, epoch by epoch, and the network that came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.display import Shown
from backproof.network import Network
from backproof.train.step import State

#: Why a run ended that somebody broke off.
INTERRUPTED = "interrupted"


@dataclass(frozen=True, eq=False)
class History(Shown):
    """What a training run cost, epoch by epoch, and the network that came out.

    Attributes
    ----------
    network : Network
        The trained network. Its `predict` gives outputs, also where the targets were labels; see `labels`.
    costs : ndarray, shape (epochs,)
        The cost of each epoch, computed before each of its updates, penalties included. If the cost is a mean, the
        mean over the samples of the epoch; if it is a sum, the mean of the sums of its batches.
    cost : list of float
        The same as a list.
    final_cost : float
        The cost of all samples after the last epoch, penalties included.
    metrics : dict of str to list of float
        What was measured after each epoch, by name.
    best_epoch : int or None
        The epoch (from 1) whose network was kept, if that is not the last one.
    engine, dtype : str
        What computed, and in which precision.
    stopped : str
        Why the run ended early; empty if it did not.
    diverged : bool
        Whether the run ended at a number that is not finite.
    state : State or None
        What training can be continued from.
    members : tuple of History
        The histories of all networks, if many were trained at once; this one is then that of the best.
    start : Network or None
        The network that training started from.
    labels : tuple
        The labels of the targets, in the order of their outputs, if they were given as labels. The label of a row of
        outputs is ``labels[k]``, with k the place of the largest output, or of a single output whether it is above 1/2.

    See Also
    --------
    Network.fit : Train a network.

    Examples
    --------
    >>> network = Network.dense([1, 1], activation="identity", parameters={"W1": [[0]], "b1": [0]})
    >>> history = network.fit([[1], [2]], [[2], [4]], epochs=400, learning_rate=0.1)
    >>> len(history), history.cost[0] > history.final_cost
    (400, True)
    >>> history.network.predict([[3]]).round(2).tolist()
    [[6.0]]
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
    labels: tuple[Any, ...] = ()

    @cached_property
    def cost(self) -> list[float]:
        """The costs as a list."""
        return list(self.costs.tolist())

    def __len__(self) -> int:
        return len(self.costs)

    def __repr__(self) -> str:
        first = self.costs[0] if len(self) else self.final_cost
        return f"History({len(self)} epochs, cost {first:.6g} -> {self.final_cost:.6g})"

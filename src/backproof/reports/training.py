"""What a training run came to: the cost along the way, and what the network says to each sample now."""

from __future__ import annotations

from collections.abc import Sequence

from backproof.document import Block, Paragraph, Piece, Table
from backproof.expression import Quantity
from backproof.network import Array, Network
from backproof.train.history import History

SHOWN = 20


def milestones(costs: Sequence[float]) -> Table:
    """The cost at a handful of epochs, evenly spread on a scale of powers."""
    last = len(costs)
    chosen = sorted({min(last, max(1, round(last ** (part / 6)))) for part in range(7)}) if last else []
    rows = tuple((str(epoch), costs[epoch - 1]) for epoch in chosen)
    return Table(("epoch", "cost before its update"), rows, "The cost, falling")


def truth_table(before: Network, after: Network, x: Array, y: Array) -> Table:
    """Inputs, targets, and the outputs before and after training."""
    units = after.units
    inputs = [(Quantity("a", (name,)),) for name in units[0]]
    targets = [(Quantity("y", (name,)),) for name in units[-1]]
    outputs = [(when, Quantity("a", (name,))) for when in ("before: ", "after: ") for name in units[-1]]
    first, last = before.predict(x[:SHOWN]), after.predict(x[:SHOWN])
    rows: list[tuple[Piece, ...]] = [
        tuple(float(value) for value in (*x[row], *y[row], *first[row], *last[row])) for row in range(len(first))
    ]
    more = f"; {len(x) - SHOWN} more samples are left out" if len(x) > SHOWN else ""
    caption = f"What the network answers, before and after training{more}"
    return Table((*inputs, *targets, *outputs), tuple(rows), caption)


def outcome(before: Network, history: History, x: Array, y: Array) -> tuple[Block, ...]:
    """The end of a run in words and tables."""
    start = f"from {history.cost[0]:.6g} " if history.cost else ""
    return (
        milestones(history.cost),
        Paragraph(f"{len(history)} epochs; the cost went {start}to {history.final_cost:.6g}."),
        truth_table(before, history.network, x, y),
    )

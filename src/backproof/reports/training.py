"""What a training run came to: the cost along the way, and what the network says to each sample now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backproof.arrays import Array
from backproof.document import Block, Paragraph, Table
from backproof.network import Network
from backproof.quantity import Quantity
from backproof.train.history import History

#: So many samples and outputs are shown; the inputs too, where they are few.
SHOWN, SHOWN_OUTPUTS, SHOWN_INPUTS = 20, 10, 12


def milestones(costs: Sequence[float]) -> Table:
    """The cost at a handful of epochs, evenly spread on a scale of powers."""
    last = len(costs)
    chosen = sorted({min(last, max(1, round(last ** (part / 6)))) for part in range(7)}) if last else []
    rows = tuple((str(epoch), costs[epoch - 1]) for epoch in chosen)
    return Table(("epoch", "cost before its update"), rows, "The cost, falling")


def truth_table(before: Network, after: Network, x: Array, y: Array) -> Table:
    """Inputs, targets, and the outputs before and after training, as many as a reader can take in."""
    names, judged = after.units[0], after.architecture.output_units
    answers, senders = judged[:SHOWN_OUTPUTS], names if len(names) <= SHOWN_INPUTS else ()
    inputs = [(Quantity("a", (name,)),) for name in senders]
    targets = [(Quantity("y", (name,)),) for name in answers]
    outputs = [(when, Quantity("a", (name,))) for when in ("before: ", "after: ") for name in answers]
    columns = [x[:SHOWN].reshape(len(x[:SHOWN]), -1)[:, : len(senders)], *(
        each[:SHOWN, : len(answers)] for each in (y, before.predict(x[:SHOWN]), after.predict(x[:SHOWN]))
    )]  # fmt: skip
    rows = tuple(tuple(map(float, row)) for row in np.hstack(columns))
    left_out = (
        (len(x) - SHOWN, "more samples"), (len(names) - len(senders), "inputs"),
        (len(judged) - len(answers), "more outputs"),
    )  # fmt: skip
    more = "".join(f"; {count} {what} are left out" for count, what in left_out if count > 0)
    return Table((*inputs, *targets, *outputs), rows, f"What the network answers, before and after training{more}")


def outcome(history: History, x: Array, y: Array) -> tuple[Block, ...]:
    """The end of a run in words and tables."""
    before = history.start or history.network
    start = f"from {history.cost[0]:.6g} " if history.cost else ""
    return (
        milestones(history.cost),
        Paragraph(f"{len(history)} epochs; the cost went {start}to {history.final_cost:.6g}."),
        truth_table(before, history.network, x, y),
    )

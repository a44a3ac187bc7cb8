"""What a training run came to: the cost along the way, and what the network says to each sample now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backproof.arrays import Array
from backproof.document import Block, Curve, Paragraph, Piece, Table
from backproof.network import Network
from backproof.quantity import Quantity
from backproof.train.history import History

#: Maximum number of samples, of outputs, and of inputs that are shown; of more inputs none are.
SHOWN, SHOWN_OUTPUTS, SHOWN_INPUTS = 20, 10, 12


def tabulate_costs(costs: Sequence[float]) -> Table:
    """The cost at a handful of epochs, evenly spread on a scale of powers."""
    last = len(costs)
    chosen = sorted({min(last, max(1, round(last ** (part / 6)))) for part in range(7)}) if last else []
    rows = tuple((str(epoch), costs[epoch - 1]) for epoch in chosen)
    return Table(("epoch", "cost before its update"), rows, "The cost, falling")


def tabulate_answers(before: Network, after: Network, x: Array, y: Array) -> Table:
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
    more = "".join(f"; {count:,} {what} are not listed" for count, what in left_out if count > 0)
    return Table((*inputs, *targets, *outputs), rows, f"What the network answers, before and after training{more}")


def draw_costs(history: History) -> tuple[Block, ...]:
    """The cost of every epoch as a curve, for a run of several."""
    shown = len(history) > 1 and bool(np.isfinite(history.costs).all())
    return (Curve(tuple(history.cost), "The cost, epoch by epoch"),) if shown else ()


def describe_outcome(history: History, x: Array, y: Array) -> tuple[Block, ...]:
    """The end of a run in words and tables."""
    before = history.start or history.network
    start: tuple[Piece, ...] = ("from ", history.cost[0], " ") if history.cost else ()
    return (
        *draw_costs(history),
        tabulate_costs(history.cost),
        Paragraph((f"{len(history)} epochs; the cost went ", *start, "to ", history.final_cost, ".")),
        tabulate_answers(before, history.network, x, y),
    )


def describe_members(history: History, seed: int) -> tuple[Block, ...]:
    """How the costs of many networks are spread, and which network was the best; their seeds start at `seed`."""
    members = history.members
    monitor = "validation cost" if history.metrics else "cost"
    costs = sorted(_get_cost(member) for member in members if not member.diverged)
    best = next(number for number, member in enumerate(members) if member.network is history.network)
    lost = len(members) - len(costs)
    diverged = f" {lost:,} diverged." if lost else ""
    sentence = (
        f"{len(members):,} networks, seeds {seed} to {seed + len(members) - 1}; that of seed {seed + best} has the "
        "lowest cost and is kept."
    )
    rows = tuple((str(count), costs[count - 1]) for count in _choose_counts(len(costs)))
    table = Table(("networks", f"{monitor} at most"), rows, "How many networks reached which cost")
    return (Paragraph(sentence + diverged), table)


def _choose_counts(most: int) -> list[int]:
    """One, a quarter, half, three quarters and all of them."""
    return sorted({max(1, round(most * share)) for share in (0, 0.25, 0.5, 0.75, 1)}) if most else []


def _get_cost(history: History) -> float:
    """The cost that a network ended with, as `fit` judges it."""
    return history.metrics.get("validation_cost", [history.final_cost])[-1]

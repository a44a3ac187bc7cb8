"""A run on data in words and tables: what was understood of the data, what was learned, how good the answers are."""

from __future__ import annotations

from collections.abc import Sequence

from backproof.data.summary import SummaryRow
from backproof.document import Block, Paragraph, Table
from backproof.train.history import History
from backproof.train.range_test import RangeTest
from backproof.train.score import Accuracy, Score

#: So many columns of the data are shown, and labels of a table of confusions.
MOST_COLUMNS, MOST_LABELS = 20, 12


def understood(lines: Sequence[SummaryRow], rows: str) -> Table:
    """The columns as they will be used; of many the first, and the target."""
    shown = [*lines[: MOST_COLUMNS - 1], lines[-1]] if len(lines) > MOST_COLUMNS else lines
    left_out = len(lines) - len(shown)
    more = f"; {left_out:,} more columns are left out here" if left_out else ""
    cells = tuple((line.column or "(no name)", line.kind, line.becomes, line.holds) for line in shown)
    return Table(("column", "is", "becomes", "holds"), cells, f"{rows}{more}")


def learned(history: History, epochs: int) -> Paragraph:
    """How long it took, and why it ended."""
    network = history.network
    sizes = "-".join(f"{len(layer)}" for layer in network.units)
    names = ", ".join(each.name for each in network.activations)
    best = f", and the best one, {history.best_epoch:,}, is kept" if history.best_epoch else ""
    ended = f": {history.stopped.replace('_', ' ')}" if history.stopped else ""
    return Paragraph(
        f"A network {sizes} ({names}; {network.wiring.count:,} parameters), {network.cost.name}. "
        f"{len(history):,} of {epochs:,} epochs{best}{ended}."
    )


def quality(part: str, score: Score) -> tuple[Block, ...]:
    """How good the answers are; of few labels, which were taken for which."""
    said = Paragraph(in_words(part, score))
    if isinstance(score, Accuracy) and len(score.labels) <= MOST_LABELS:
        return said, _confusion(score)
    return (said,)


def in_words(part: str, score: Score) -> str:
    """How good the answers are, in a sentence."""
    rows = f"On {score.rows:,} {part} rows".replace("  ", " ")
    if isinstance(score, Accuracy):
        return f"{rows}: accuracy {score.value:.2%} ({score.right:,} right)."
    return f"{rows}: r2 {score.r2:.4f}, mean absolute error {score.absolute_error:.4g}."


def _confusion(score: Accuracy) -> Table:
    labels = tuple(map(str, score.labels))
    rows = tuple(
        (label, *(f"{count:,}" if count else "." for count in counts))
        for label, counts in zip(labels, score.confusion.tolist(), strict=True)
    )
    return Table(("", *labels), rows, "A row for each label, a column for each answer")


def spread(history: History, seed: int) -> tuple[Block, ...]:
    """How far many networks came, from seeds that begin with this one, and which was the best."""
    members = history.members
    monitor = "validation cost" if history.metrics else "cost"
    costs = sorted(_cost(member) for member in members if "diverged" not in member.stopped)
    best = next(number for number, member in enumerate(members) if member.network is history.network)
    lost = len(members) - len(costs)
    also = f" {lost:,} diverged." if lost else ""
    said = (
        f"{len(members):,} networks, seeds {seed} to {seed + len(members) - 1}; {seed + best} came lowest and is kept."
    )
    rows = tuple((str(count), costs[count - 1]) for count in _counts(len(costs)))
    return (Paragraph(said + also), Table(("networks", f"{monitor} at most"), rows, "How many came how far"))


def rates(tried: RangeTest) -> Table:
    """Every third of the rates that were tried, and what came of each."""
    rows = tuple(zip(tried.rates[::3].tolist(), tried.costs[::3].tolist(), strict=True))
    return Table(
        ("learning rate", "cost after its trial"), rows, f"Lowest after {tried.suggestion:.3g}, which is taken"
    )


def _counts(most: int) -> list[int]:
    """One, a quarter, half, three quarters and all of them."""
    return sorted({max(1, round(most * share)) for share in (0, 0.25, 0.5, 0.75, 1)}) if most else []


def _cost(history: History) -> float:
    """What a network cost in the end, as `fit` judges it."""
    return history.metrics.get("validation_cost", [history.final_cost])[-1]

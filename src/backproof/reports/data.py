"""What is reported of a run on data: how the data was understood, how training went, how good the predictions are."""

from __future__ import annotations

from collections.abc import Sequence

from backproof.data.diagnostics import SummaryRow
from backproof.document import Block, Paragraph, Table
from backproof.train.history import History
from backproof.train.range_test import RangeTest
from backproof.train.tabular.score import Accuracy, Score

#: The maximum number of columns that are listed, and of labels in a confusion matrix.
MOST_COLUMNS, MOST_LABELS = 20, 12


def tabulate_columns(summary: Sequence[SummaryRow], rows: str) -> Table:
    """How each column is used; of many columns the first ones, and the target."""
    listed = [*summary[: MOST_COLUMNS - 1], summary[-1]] if len(summary) > MOST_COLUMNS else summary
    others = len(summary) - len(listed)
    more = f"; {others:,} more columns are not listed" if others else ""
    cells = tuple((row.column or "(no name)", row.kind, row.encoding, row.content) for row in listed)
    return Table(("column", "is", "becomes", "holds"), cells, f"{rows}{more}")


def describe_training(history: History, epochs: int) -> Paragraph:
    """The network, how long it was trained, and why training ended."""
    network = history.network
    sizes = "-".join(f"{len(layer)}" for layer in network.units)
    names = ", ".join(each.name for each in network.activations)
    best = f", and the best one, {history.best_epoch:,}, is kept" if history.best_epoch else ""
    ended = f": {history.stopped.replace('_', ' ')}" if history.stopped else ""
    return Paragraph(
        f"A network {sizes} ({names}; {network.wiring.count:,} parameters), {network.cost.name}. "
        f"{len(history):,} of {epochs:,} epochs{best}{ended}."
    )


def describe_score(part: str, score: Score) -> tuple[Block, ...]:
    """How good the predictions are; for few labels, which ones were confused."""
    sentence = Paragraph(format_score(part, score))
    if isinstance(score, Accuracy) and len(score.labels) <= MOST_LABELS:
        return sentence, _tabulate_confusion(score)
    return (sentence,)


def format_score(part: str, score: Score) -> str:
    """How good the predictions are, in one sentence."""
    rows = f"On {score.rows:,} {part} rows".replace("  ", " ")
    if isinstance(score, Accuracy):
        return f"{rows}: accuracy {score.value:.2%} ({score.right:,} right)."
    return f"{rows}: r2 {score.r2:.4f}, mean absolute error {score.absolute_error:.4g}."


def _tabulate_confusion(score: Accuracy) -> Table:
    labels = tuple(map(str, score.labels))
    rows = tuple(
        (label, *(f"{count:,}" if count else "." for count in counts))
        for label, counts in zip(labels, score.confusion.tolist(), strict=True)
    )
    return Table(("", *labels), rows, "One row for each true label, one column for each predicted label")


def tabulate_rates(tried: RangeTest) -> Table:
    """Every third learning rate that was tried, with the cost after its trial."""
    rows = tuple(zip(tried.rates[::3].tolist(), tried.costs[::3].tolist(), strict=True))
    return Table(("learning rate", "cost after its trial"), rows, f"Lowest after {tried.suggestion:.3g}, which is used")

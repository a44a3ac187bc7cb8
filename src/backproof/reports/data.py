"""What is reported of a run on data: how the data was understood, how training went, how good the predictions are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from backproof.data.diagnostics import SummaryRow
from backproof.document import Block, Note, Paragraph, Printed, Table
from backproof.train.history import History
from backproof.train.range_test import RangeTest
from backproof.train.tabular.evaluation import APART, Evaluation
from backproof.train.tabular.measures import LabelScore
from backproof.train.tabular.score import Accuracy, Score
from backproof.train.tabular.search import SEARCHED, Search, Trial

#: The maximum number of columns that are listed, and of labels in a confusion matrix.
MOST_COLUMNS, MOST_LABELS = 20, 12
#: What measures are called in tables.
NAMES = {
    "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1": "F1", "roc_auc": "ROC-AUC", "r2": "R²",
    "mean_absolute_error": "mean absolute error", "root_mean_squared_error": "root mean squared error",
}  # fmt: skip
#: The network beside another model, by standard errors of the difference.
VERDICTS = {
    "better than": (APART, inf), "not clearly better or worse than": (-APART, APART), "worse than": (-inf, -APART),
}  # fmt: skip


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


def describe_refit(rows: int | None) -> tuple[Block, ...]:
    """That the network that predicts has seen more rows than the one that was scored."""
    if rows is None:
        return ()
    return (
        Paragraph(
            f"The network that predicts was then trained in the same way on all {rows:,} rows, also those held back."
        ),
    )


def describe_evaluation(evaluation: Evaluation) -> tuple[Block, ...]:
    """How good the predictions are, by label and beside simpler models; for few labels, which ones were confused."""
    score = evaluation.score
    few = isinstance(score, Accuracy) and len(score.labels) <= MOST_LABELS
    return (
        Paragraph(format_score(evaluation.part, score)),
        *([tabulate_confusion(score)] if isinstance(score, Accuracy) and few else []),
        *([tabulate_labels(evaluation.labels)] if evaluation.labels and few else []),
        tabulate_models(evaluation),
        *compare_models(evaluation),
    )


def tabulate_labels(labels: Sequence[LabelScore]) -> Table:
    """Precision, recall and F1 of each label."""
    rows = tuple(
        (each.label, f"{each.rows:,}", *map(_print_measure, (each.precision, each.recall, each.f1))) for each in labels
    )
    return Table(("label", "rows", "precision", "recall", "F1"), rows, "How each label is predicted")


def tabulate_models(evaluation: Evaluation) -> Table:
    """The measures of the network and of the baselines."""
    models = (evaluation.network, *evaluation.baselines)
    names = [name for name in NAMES if name in evaluation.network.measures]
    rows = tuple(
        (each.name, *(_print_measure(each.measures[name]) if name in each.measures else "" for name in names))
        for each in models
    )
    caption = "The same rows, predicted by simpler models" if evaluation.baselines else ""
    return Table(("model", *(NAMES[name] for name in names)), rows, caption)


def compare_models(evaluation: Evaluation) -> Iterator[Block]:
    """Whether the network pays: which baselines it beats, and which beat it, by more than chance."""
    network = evaluation.network
    rivals = [each for each in evaluation.baselines if each.score is not None]
    for verdict, (low, high) in VERDICTS.items():
        names = [each.name for each in rivals if low <= network.compare(each) <= high]
        if names:
            yield Paragraph(f"On these rows the network is {verdict} {_join_names(names)}.")
    if 0 < evaluation.fitted_rows < evaluation.training_rows:
        yield Note(
            f"The simpler models were fitted to {evaluation.fitted_rows:,} of {evaluation.training_rows:,} training "
            "rows, to take little time."
        )
    for each in evaluation.baselines:
        if each.note:
            yield Note(f"{each.name} {each.note}.".capitalize())
    if evaluation.missing:
        yield Note(evaluation.missing)


def _join_names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _print_measure(value: float) -> Printed:
    """A measure, a share to four decimals or a quantity to four digits."""
    return Printed(f"{value:.4f}" if abs(value) <= 1 else f"{value:.4g}")


def format_score(part: str, score: Score) -> str:
    """How good the predictions are, in one sentence."""
    rows = f"On {score.rows:,} {part} rows".replace("  ", " ")
    if isinstance(score, Accuracy):
        return f"{rows}: accuracy {score.value:.2%} ({score.right:,} right)."
    return f"{rows}: r2 {score.r2:.4f}, mean absolute error {score.absolute_error:.4g}."


def tabulate_confusion(score: Accuracy) -> Table:
    """How many rows of each label were answered with which label."""
    labels = tuple(map(str, score.labels))
    rows = tuple(
        (label, *(f"{count:,}" if count else "." for count in counts))
        for label, counts in zip(labels, score.confusion.tolist(), strict=True)
    )
    return Table(("", *labels), rows, "One row for each true label, one column for each predicted label")


def tabulate_trials(search: Search, most: int) -> Table:
    """The settings that a search has tried, the best first, and what each cost in each round."""
    names = [name for name in SEARCHED if name in search.trials[0].values]
    rows = tuple(
        (
            f"{search.trials.index(trial) + 1:,}",
            *(_write_setting(trial.values[name]) for name in names),
            *(_print_cost(trial, place) for place in range(len(search.rounds))),
        )
        for trial in search.rank_trials()[:most]
    )
    costs = (f"validation cost after {epochs:,} epochs" for _, epochs in search.rounds)
    left_out = len(search.trials) - len(rows)
    more = f"; {left_out:,} more are not listed" if left_out else ""
    header = ("trial", *(name.replace("_", " ") for name in names), *costs)
    return Table(header, rows, f"The best of {len(search.trials):,} trials, of which the first is trained{more}")


def _write_setting(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(each) if key == "name" else f"{key}={each}" for key, each in value.items())
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _print_cost(trial: Trial, place: int) -> str:
    if place >= len(trial.costs):
        return ""
    cost = trial.costs[place]
    return "diverged" if cost is None else f"{cost:.4g}"


def tabulate_rates(tried: RangeTest) -> Table:
    """Every third learning rate that was tried, with the cost after its trial."""
    rows = tuple(zip(tried.rates[::3].tolist(), tried.costs[::3].tolist(), strict=True))
    return Table(("learning rate", "cost after its trial"), rows, f"Lowest after {tried.suggestion:.3g}, which is used")

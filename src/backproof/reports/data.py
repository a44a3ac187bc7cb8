"""What is reported of a run on data: how the data was understood, how training went, how good the predictions are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from backproof.data.summaries import SummaryRow, format_count
from backproof.document import Block, Note, Paragraph, Piece, Printed, Table
from backproof.train.history import History
from backproof.train.options import TrainingOptions
from backproof.train.range_test import RangeTest
from backproof.train.tabular.evaluation import APART, Evaluation
from backproof.train.tabular.measures import LabelScore
from backproof.train.tabular.score import Accuracy, Score
from backproof.train.tabular.search import SEARCHED, Search, Trial

#: The maximum number of columns that are listed, of labels in a confusion matrix, and of targets one by one.
MOST_COLUMNS, MOST_LABELS, MOST_TARGETS = 20, 12, 12
#: The maximum number of targets in a sentence.
NAMED_TARGETS = 4
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
    """How each column is used; of many columns the first ones, and the targets."""
    targets = min(sum(row.kind.startswith("target") for row in summary), MOST_COLUMNS // 2)
    many = len(summary) > MOST_COLUMNS
    listed = [*summary[: MOST_COLUMNS - targets], *summary[-targets:]] if many else summary
    others = len(summary) - len(listed)
    more = f"; {others:,} more columns are not listed" if others else ""
    cells = tuple((row.column or "(no name)", row.kind, row.encoding, row.content) for row in listed)
    return Table(("column", "is", "becomes", "holds"), cells, f"{rows}{more}")


def describe_training(history: History, options: TrainingOptions) -> Paragraph:
    """The network, how long it was trained, why training ended, and what its cost includes."""
    network = history.network
    sizes = "-".join(f"{len(layer)}" for layer in network.units)
    names = ", ".join(each.name for each in network.activations)
    best = f", and the best one, {history.best_epoch:,}, is kept" if history.best_epoch else ""
    ended = f": {history.stopped.replace('_', ' ')}" if history.stopped else ""
    return Paragraph(
        f"A network {sizes} ({names}; {network.wiring.count:,} parameters), {network.cost.name}. "
        f"{len(history):,} of {options.epochs:,} epochs{best}{ended}. {options.penalty_note}".rstrip()
    )


def describe_evaluation(evaluation: Evaluation) -> tuple[Block, ...]:
    """How good the predictions are, by label and beside simpler models; for few labels, which ones were confused."""
    few = {
        name: score
        for name, score in [*evaluation.scores.items()][:MOST_TARGETS]
        if isinstance(score, Accuracy) and len(score.labels) <= MOST_LABELS
    }
    several = len(evaluation.targets) > 1
    labels = {name: found for name in few if (found := evaluation.labels[name])}
    return (
        Paragraph(format_score(evaluation.part, evaluation.scores)),
        *(tabulate_confusion(score, f"{name}: " if several else "") for name, score in few.items()),
        *([tabulate_labels(labels)] if labels else []),
        tabulate_models(evaluation),
        *compare_models(evaluation),
    )


def tabulate_labels(labels: Mapping[str, Sequence[LabelScore]]) -> Table:
    """Precision, recall and F1 of each label of each target."""
    rows = tuple(
        (target, each.label, f"{each.rows:,}", *map(_print_measure, (each.precision, each.recall, each.f1)))
        for target, found in labels.items()
        for each in found
    )
    return _tabulate_targets(
        ("label", "rows", "precision", "recall", "F1"), rows, "How each label is predicted", several=len(labels) > 1
    )


def tabulate_models(evaluation: Evaluation) -> Table:
    """The measures of the network and of the baselines, for each target and in the mean."""
    models = (evaluation.network, *evaluation.baselines)
    several = len(evaluation.targets) > 1
    names = [name for name in NAMES if name in evaluation.network.means]
    parts = [(name, [each.measures.get(name, {}) for each in models]) for name in evaluation.scores][:MOST_TARGETS]
    parts += [(f"mean of {len(evaluation.targets)}", [each.means for each in models])] if several else []
    rows = tuple(
        (target, model.name, *(_print_measure(each[name]) if name in each else "" for name in names))
        for target, measures in parts
        for model, each in zip(models, measures, strict=True)
    )
    caption = "The same rows, predicted by simpler models" if evaluation.baselines else ""
    return _tabulate_targets(("model", *(NAMES[name] for name in names)), rows, caption, several=several)


def _tabulate_targets(
    header: Sequence[str], rows: Sequence[tuple[Piece, ...]], caption: str, *, several: bool
) -> Table:
    """Rows that begin with their target, which is left out where it is the only one."""
    first = 0 if several else 1
    return Table(("target", *header)[first:], tuple(row[first:] for row in rows), caption)


def compare_models(evaluation: Evaluation) -> Iterator[Block]:
    """Whether the network pays: which baselines it beats, and which beat it, by more than chance."""
    network = evaluation.network
    rivals = [each for each in evaluation.baselines if each.scores]
    for verdict, (low, high) in VERDICTS.items():
        names = [each.name for each in rivals if low <= network.compare(each) <= high]
        if names:
            yield Paragraph(f"On these rows the network is {verdict} {join_names(names)}.")
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


def join_names(names: Sequence[str]) -> str:
    """The names as a sentence has them, of many the first ones."""
    if len(names) > NAMED_TARGETS:
        names = [*names[: NAMED_TARGETS - 1], f"{len(names) - NAMED_TARGETS + 1:,} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _print_measure(value: float) -> Printed:
    """A measure, a share to four decimals or a quantity to four digits."""
    return Printed(f"{value:.4f}" if abs(value) <= 1 else f"{value:.4g}")


def format_score(part: str, scores: Mapping[str, Score]) -> str:
    """How good the predictions are, in one sentence: of the one target, or of several in the mean."""
    first, *others = scores.values()
    rows = f"On {format_count(first.rows, f'{part} row'.lstrip())}"
    if others:
        values = {name: _choose_measure(score) for name, score in scores.items()}
        mean, kind = sum(value for value, _ in values.values()) / len(values), _choose_measure(first)[1]
        each = join_names([f"{name}: {value:.4f}" for name, (value, _) in values.items()])
        return f"{rows}: {kind} {mean:.4f} in the mean of {len(values)} targets ({each})."
    if isinstance(first, Accuracy):
        return f"{rows}: accuracy {first.value:.2%} ({first.right:,} right)."
    explained = f"r2 {first.r2:.4f}, " if first.rows > 1 else ""
    return f"{rows}: {explained}mean absolute error {first.absolute_error:.4g}."


def _choose_measure(score: Score) -> tuple[float, str]:
    """The measure that says most, and its name: a single row has no variance to be explained."""
    if isinstance(score, Accuracy):
        return score.value, "accuracy"
    return (score.r2, "r2") if score.rows > 1 else (score.absolute_error, "mean absolute error")


def tabulate_confusion(score: Accuracy, target: str = "") -> Table:
    """How many rows of each label were answered with which label."""
    labels = tuple(map(str, score.labels))
    rows = tuple(
        (label, *(f"{count:,}" if count else "." for count in counts))
        for label, counts in zip(labels, score.confusion.tolist(), strict=True)
    )
    return Table(("", *labels), rows, f"{target}One row for each true label, one column for each predicted label")


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

"""The report of a run on data: all that a person asks after training, on one page, and the model card."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backproof.architecture import Architecture
from backproof.data.columns import NumericColumn, write_cell
from backproof.data.encoders import CategoricalEncoder, Encoder, NumericEncoder
from backproof.data.preparation import Preparation
from backproof.data.table import Table as Rows
from backproof.data.targets import ClassTarget, split_columns
from backproof.document import Block, Document, Heading, Image, Note, Paragraph, Picture, Piece, Table, Worked
from backproof.network import Network
from backproof.reports.data import (
    MOST_TARGETS,
    describe_evaluation,
    describe_training,
    format_score,
    join_names,
    tabulate_columns,
    tabulate_trials,
)
from backproof.reports.matrices import layer_table
from backproof.reports.training import describe_members, draw_costs
from backproof.trace import Trace
from backproof.train.history import History
from backproof.train.tabular.charts import draw_confusion, draw_pictures, draw_predictions
from backproof.train.tabular.evaluation import Evaluation
from backproof.train.tabular.job import Job, Refit
from backproof.train.tabular.score import Accuracy
from backproof.train.tabular.search import Search
from backproof.unit_names import name_units
from backproof.validate import is_installed
from backproof.version import __version__

#: Number of the worst rows that are listed, and that are explained.
LISTED, EXPLAINED = 10, 3
#: Maximum number of trials of a search that are listed.
MOST_TRIALS = 50
#: Number of columns that are shown beside the target of a row; maximum number of them for an explained row.
SHOWN_COLUMNS, MOST_COLUMNS = 5, 10


class RunResult(NamedTuple):
    """What a run came to: its job, history and evaluation, the picture of its curves and its search, if any.

    `refit` is the training of the network that predicts on all rows, if there was one.
    """

    job: Job
    history: History
    evaluation: Evaluation
    curves: bytes | None = None
    search: Search | None = None
    refit: Refit | None = None

    @property
    def judged(self) -> Refit:
        """The job and the history of the network that the evaluation is about."""
        return self.refit if self.refit and self.evaluation.part == "test" else Refit(self.job, self.history)


def describe_run(result: RunResult) -> Document:
    """The report of a run: data, network, training, scores, the worst rows, and how some of them came about."""
    job, history, evaluation, *_ = result
    trace, worst = _trace_worst(result)
    blocks = (
        Paragraph(format_score(evaluation.part, evaluation.scores)),
        *(Note(warning, "warning") for warning in job.samples.warnings),
        Heading("Scores"),
        *describe_evaluation(evaluation)[1:],
        *describe_refit(result),
        *_draw_answers(evaluation),
        Heading("Training"),
        describe_training(history, job.options),
        *(describe_members(history, job.options.seed) if job.many else ()),
        *_draw_curves(result),
        *([Heading("Search"), tabulate_trials(result.search, MOST_TRIALS)] if result.search else ()),
        Heading("Data"),
        *_describe_data(job),
        Heading("Network"),
        Paragraph(f"The network as it is for row {trace.sample:,} of the {evaluation.part} rows."),
        Picture(trace),
        layer_table(history.network.architecture),
        *_list_worst(result),
        *(
            block
            for number, row in zip(trace.numbers, worst, strict=False)
            for block in _explain_row(result, trace.of_sample(number), row)
        ),
        Heading("How it was made"),
        *_describe_making(job, history),
    )
    return Document(write_title(job), tuple(blocks), history.network.labels)


def describe_card(result: RunResult) -> Document:
    """The model card: data, preparation, network, training, scores, versions and limits."""
    job, history, evaluation, *_ = result
    predicted = join_names(job.config.targets)
    blocks = (
        Paragraph(
            f"A network that predicts {predicted} ({evaluation.targets[0].problem}), trained with Backproof. "
            f"{format_score(evaluation.part, evaluation.scores)}"
        ),
        Heading("Data and preparation"),
        *_describe_data(job),
        *(Note(warning, "warning") for warning in job.samples.warnings),
        Heading("Network and training"),
        describe_training(history, job.options),
        layer_table(history.network.architecture),
        Heading("Scores"),
        *describe_evaluation(evaluation),
        *describe_refit(result),
        Heading("Limits"),
        *map(Paragraph, _list_limits(job, evaluation)),
        Heading("How it was made"),
        *_describe_making(job, history),
    )
    return Document(f"Model card: {predicted}", tuple(blocks), history.network.labels)


def describe_refit(result: RunResult) -> tuple[Block, ...]:
    """That the network that predicts was trained on more rows, and whether it is the one that was scored."""
    if result.refit is None:
        return ()
    job, history = result.refit
    scored = "is its own" if result.judged is result.refit else "is that of the network before"
    return (
        Paragraph(
            f"The network that predicts was then trained on all {job.samples.rows:,} rows, those held back included, "
            f"for all {len(history):,} epochs. The score {scored}."
        ),
    )


def write_title(job: Job) -> str:
    """What was trained on which file."""
    return f"Trained on {Path(job.config.data).name} to predict {join_names(job.config.targets)}"


def _list_limits(job: Job, evaluation: Evaluation) -> Iterator[str]:
    """What the scores do not say."""
    if evaluation.part == "training":
        yield "The scores are on the rows that the network was trained on; new rows are likely to be predicted worse."
    elif evaluation.part == "validation":
        yield (
            "The validation rows decided which epoch's network was kept, so new rows may be predicted slightly worse. "
            "No row was set apart for a test."
        )
    if job.config.search and evaluation.part == "validation":
        yield (
            f"The settings are the best of {job.config.search:,} on the validation rows, so their score flatters: rows "
            "that nobody has looked at are likely to be predicted worse."
        )
    few = evaluation.rows
    if few < 100:
        yield f"The scores rest on {few:,} rows only, and another choice of rows would change them noticeably."
    yield (
        "The network knows the values that the training rows have, as listed above; for rows far outside of them its "
        "answer means little. That a column helps to predict the target does not make it its cause."
    )


def _draw_curves(result: RunResult) -> tuple[Block, ...]:
    if result.curves is None:
        return draw_costs(result.history)
    return (Image(result.curves, "The cost, and what else was measured, epoch by epoch"),)


def _draw_answers(evaluation: Evaluation) -> Iterator[Block]:
    """The labels that were confused, or predictions over what is true, as a chart."""
    several = len(evaluation.targets) > 1
    for target, part in islice(split_columns(evaluation.targets), MOST_TARGETS):
        score = evaluation.scores[target.name]
        if isinstance(score, Accuracy):
            drawn, caption = draw_confusion(score), "True and predicted labels"
        else:
            answers = (evaluation.y[:, part], evaluation.outputs[:, part])
            drawn = draw_predictions(*(np.array(target.decode(each)) for each in answers))
            caption = "Predicted and true values, a point for each row"
        if drawn is None:
            yield Note("Charts need matplotlib: pip install 'backproof[train]'.")
            return
        yield Image(drawn, f"{target.name}: {caption}" if several else caption)


def _describe_data(job: Job) -> Iterator[Block]:
    """Where the samples come from, and how each column was understood."""
    samples, config = job.samples, job.config
    counts = {"to train on": samples.source, "for validation": samples.validation, "for the test": samples.test}
    rows = ", ".join(f"{part.count:,} rows {what}" for what, part in counts.items() if part is not None)
    yield Paragraph(f"{Path(config.data).name}: {rows}. SHA-256 of the file: {config.checksum}.")
    yield tabulate_columns(samples.summary, "How each column was understood")


def _describe_making(job: Job, history: History) -> tuple[Block, ...]:
    """Every option of the run, and the versions of what computed it."""
    packages = ["numpy", *(["jax"] if history.engine == "jax" else []), *(["scikit-learn"] * is_installed("sklearn"))]
    versions = [("backproof", __version__), ("Python", platform.python_version())]
    versions += [(package, version(package)) for package in packages]
    options = {key: value for key, value in job.config.to_json().items() if key not in ("data", "checksum")}
    options |= {"test": Path(job.config.test).name} if job.config.test else {}
    return (
        Table(
            ("option", "value"), tuple((key, _write_value(value)) for key, value in options.items()),
            f"All options of the run; it was computed by {history.engine} in {history.dtype}",
        ),
        Table(("package", "version"), tuple(versions), "Versions"),
    )  # fmt: skip


def _write_value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _trace_worst(result: RunResult) -> tuple[Trace, list[int]]:
    """A trace of the worst rows under their numbers, each with its own cost; of the first row where none is wrong."""
    evaluation, network = result.evaluation, result.judged.history.network
    worst = evaluation.find_worst_rows(EXPLAINED)
    x, y = (np.asarray(each[worst or [0]], dtype=np.float64) for each in (evaluation.x, evaluation.y))
    architecture = replace(network.architecture, reduction="sum")  # no shares of a mean
    architecture = _name_units(architecture, result.judged.job.samples.preparation)
    alone = Network.of(architecture, network.parameters.arrays)
    numbers = tuple(_number_row(result, row) for row in worst or [0])
    return replace(alone.for_prediction().trace(x, y), numbers=numbers, sample=numbers[0]), worst


def _name_units(architecture: Architecture, preparation: Preparation) -> Architecture:
    """The architecture with inputs called after columns and categories, and outputs after labels or targets."""
    inputs = [name for encoder in preparation.encoders for name in _name_inputs(encoder)]
    (first, *others) = preparation.targets
    labels = first.labels if isinstance(first, ClassTarget) and not others else ()
    outputs = labels[-first.units :] if labels else preparation.target_names
    return name_units(architecture, inputs, map(str, outputs))


def _name_inputs(encoder: Encoder) -> list[str]:
    if isinstance(encoder, CategoricalEncoder):
        return [f"{encoder.name}_{category}" for category in encoder.categories]
    if isinstance(encoder, NumericEncoder) and encoder.width == 1:
        return [encoder.name, *(f"{encoder.name}_missing" for _ in encoder.marked)]
    return [f"{encoder.name}_{number}" for number in range(1, encoder.units + 1)]


def _find_rows(result: RunResult) -> Rows | None:
    """The rows as they stand in the source, if they are known."""
    samples = result.job.samples
    return {"validation": samples.validation_rows, "test": samples.test_rows}.get(result.evaluation.part)


def _number_row(result: RunResult, row: int) -> int:
    """The number of a row in the source, or if it is not known among the rows that were scored."""
    rows = _find_rows(result)
    return row + 1 if rows is None else rows.row_of(row)


def _list_worst(result: RunResult) -> Iterator[Block]:
    """The rows whose targets the network misses most, with the first of their columns."""
    evaluation, rows = result.evaluation, _find_rows(result)
    worst = evaluation.find_worst_rows(LISTED)
    yield Heading("The worst rows")
    if not worst:
        yield Paragraph(f"Every one of the {evaluation.rows:,} {evaluation.part} rows is predicted right.")
        return
    names = [] if rows is None else [each for each in rows.names if each not in evaluation.scores][:SHOWN_COLUMNS]
    first = 0 if len(evaluation.targets) > 1 else 1
    cells = tuple(
        (
            f"{_number_row(result, row):,}",
            *_judge_row(evaluation, row)[first:],
            *(write_cell(rows[name], row) for name in names if rows is not None),
        )
        for row in worst
    )
    last = "p(true)" if evaluation.has_classes else "error"
    where = f"of the {evaluation.part} rows; the numbers are those of the file" if rows else "of the training rows"
    meaning = "; p(true) is the probability of the true label" if last == "p(true)" else ""
    whose = "" if first else ", each with the target that is missed most"
    header = ("target", "true", "predicted", last)[first:]
    yield Table(("row", *header, *names), cells, f"The worst {where}{whose}{meaning}")
    yield from _draw_rows(rows, worst, [_title_row(evaluation, row) for row in worst])


def _draw_rows(rows: Rows | None, worst: Sequence[int], titles: Sequence[str]) -> Iterator[Block]:
    """The rows as pictures, where they are such."""
    for column in () if rows is None else rows.columns:
        if isinstance(column, NumericColumn) and (shape := column.shape[-2:]) and len(column.shape) >= 2:
            pictures = column.values[list(worst)].reshape(len(worst), *column.shape).astype(np.float64)
            if len(column.shape) == 3:  # channels first; of other numbers of channels than three their mean
                pictures = np.moveaxis(pictures, 1, -1) if column.shape[0] == 3 else pictures.mean(axis=1)
            if shape[0] > 1 and (drawn := draw_pictures(pictures, list(titles))):
                yield Image(drawn, "The worst rows as pictures")


def _judge_row(evaluation: Evaluation, row: int) -> tuple[Piece, ...]:
    """The target that is missed most in a row, what is true, what is predicted, and how far off that is."""
    place, one = evaluation.find_worst_target(row), slice(row, row + 1)
    target, part = [*split_columns(evaluation.targets)][place]
    true, found = (target.decode(each[one, part])[0] for each in (evaluation.y, evaluation.outputs))
    if isinstance(target, ClassTarget):
        return target.name, str(true), str(found), -float(evaluation.misses[row, place])
    return target.name, float(true), float(found), float(found) - float(true)


def _title_row(evaluation: Evaluation, row: int) -> str:
    """The target of a row that is missed most, where there are several, and what is predicted for it."""
    name, *answers, _ = _judge_row(evaluation, row)
    true, found = (each if isinstance(each, str) else f"{each:.6g}" for each in answers)
    return f"{name} {true}, predicted {found}" if len(evaluation.targets) > 1 else f"{true}, predicted {found}"


def _explain_row(result: RunResult, trace: Trace, row: int) -> Iterator[Block]:
    """A row: its inputs, what each does to the cost, and the derivations of its cost and outputs, folded."""
    evaluation = result.evaluation
    yield Heading(f"Row {trace.sample:,}: {_title_row(evaluation, row)}", 2)
    yield from _tabulate_inputs(result, trace, row)
    units = trace.architecture.output_units
    (target, *_), one = evaluation.targets, slice(row, row + 1)
    if len(evaluation.targets) > 1:
        units = (units[evaluation.find_worst_target(row)],)
    elif isinstance(target, ClassTarget) and len(units) > 1:
        answers = (evaluation.outputs[one], evaluation.y[one])
        units = tuple(units[place] for place in dict.fromkeys(int(target.predict_places(each)[0]) for each in answers))
    yield Paragraph("How this came about, from the cost back to what the output units receive:")
    for name in ("E", *(f"{letter}[{unit}]" for unit in units for letter in "ah")):
        yield Worked(trace.explain(name), folded=True)


def _tabulate_inputs(result: RunResult, trace: Trace, row: int) -> Iterator[Block]:
    """The columns of a row, their inputs, and how fast the cost rises with these; the strongest columns first."""
    place = trace.numbers.index(trace.sample or 0)
    slopes, values = (np.asarray(each[place]).ravel() for each in (trace.backward.da[0], trace.x))
    rows, start, found = _find_rows(result), 0, []
    for encoder in result.judged.job.samples.preparation.encoders:
        part = slice(start, start + encoder.units)
        start += encoder.units
        given = "" if rows is None else write_cell(rows[encoder.name], row)
        largest = part.start + int(np.argmax(np.abs(slopes[part])))
        others = f" (of {encoder.units:,})" if encoder.units > 1 else ""
        unit = trace.architecture.layers[0].unit(largest)
        cells = (encoder.name, given, f"{unit}{others}", float(values[largest]), float(slopes[largest]))
        found.append((abs(float(slopes[largest])), cells))
    found.sort(key=lambda each: -each[0])
    left_out = len(found) - MOST_COLUMNS
    more = f"; {left_out:,} more columns are not listed" if left_out > 0 else ""
    yield Table(
        ("column", "holds", "input", "its value", "dE/d input"),
        tuple(cells for _, cells in found[:MOST_COLUMNS]),
        f"The inputs of the row, of each column the one with the largest derivative of the cost{more}",
    )

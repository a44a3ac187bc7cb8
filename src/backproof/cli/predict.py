"""`backproof predict`: what a trained network predicts for new data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from backproof.cli._console import print_warnings, write_data
from backproof.cli._output import STDOUT, check_file, check_keeps, output_option, write_bytes
from backproof.data import prediction_writer
from backproof.errors import OptionError
from backproof.reports.data import format_score
from backproof.schema import shown
from backproof.train.tabular.predictor import Predictions, Predictor


@click.command()
@click.argument("run")
@click.argument("data")
@output_option("File to write: .csv, .json or .parquet.")
@click.option("--probabilities", "--proba", is_flag=True, help="Also write the probability of each label.")
@click.option("--remarks", is_flag=True, help="Also write, for each row, what training did not see.")
@click.option("--guard-formulas", is_flag=True, help="CSV: write ' before texts that a spreadsheet would compute.")
def command(run: str, data: str, output: str | None, probabilities: bool, remarks: bool, guard_formulas: bool) -> None:
    """Predict the target, or the targets, of new data with a trained network.

    RUN is the folder that 'backproof train DATA' made. DATA has the columns that the network was trained on, in any
    order; they are scaled as in training. Missing values are filled, unknown categories taken as none of the known
    ones, and both are counted in a warning. If DATA has the target too, the score of the predictions goes to standard
    error. Without -o the predictions go to standard output, as CSV.

    \b
    Examples:
      backproof predict iris-run new.csv
      backproof predict iris-run new.csv --proba -o answers.json
      backproof predict iris-run new.csv --remarks -o answers.csv
    """
    format = "csv"
    if output not in STDOUT:
        assert output is not None
        check_file(output)
        check_keeps(output, data)
        format = prediction_writer.find_format(output)
    if run.endswith(".toml"):
        raise OptionError(f"'{run}' is a worksheet; expected the folder of a run, which 'backproof train DATA' makes.")
    predictions = Predictor.load(run).predict(data)
    columns = _choose_columns(predictions, probabilities=probabilities, remarks=remarks)
    if format == "csv" and guard_formulas:
        columns = prediction_writer.guard_formulas(columns)
    formula = prediction_writer.find_formulas(columns) if format == "csv" else None
    content = prediction_writer.serialize_columns(columns, format)
    if output not in STDOUT:
        assert output is not None
        write_bytes(output, content)
    else:
        write_data(content)
    if predictions.scores:
        click.echo(format_score("", predictions.scores), err=True)
    print_warnings(predictions.warnings, "; --remarks writes them beside each row")
    if formula is not None:
        click.echo(
            f"backproof: warning: a spreadsheet would compute {shown(formula)}; --guard-formulas keeps it from that.",
            err=True,
        )
    if predictions.unscored:
        click.echo(f"backproof: warning: the predictions cannot be scored: {predictions.unscored}", err=True)


def _choose_columns(predictions: Predictions, *, probabilities: bool, remarks: bool) -> dict[str, Sequence[Any]]:
    """The columns to write: identifiers, the predictions, named as the targets, and what else is wanted."""
    columns: dict[str, Sequence[Any]] = {**predictions.ids, **predictions.values}
    more: list[tuple[str, Sequence[Any]]] = []
    if probabilities:
        several = len(predictions.probabilities) > 1
        for target, chances in predictions.probabilities.items():
            for label, shares in chances.items():
                name = f"probability_{target}_{label}" if several else f"probability_{label}"
                more.append((name, [None if each != each else each for each in shares.tolist()]))
    if remarks:
        more.append(("remarks", predictions.remarks))
    for name, values in more:  # a target may be called so itself
        columns[prediction_writer.free_name(name, columns)] = values
    return columns

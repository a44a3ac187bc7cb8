"""`backproof predict`: what a trained network predicts for new data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from backproof.cli._console import write_data
from backproof.cli._output import STDOUT, check_file, check_keeps, output_option, write_bytes
from backproof.data.prediction_writer import find_format, serialize_columns
from backproof.errors import OptionError
from backproof.reports.data import format_score
from backproof.train.tabular.predictor import Predictions, Predictor


@click.command()
@click.argument("run")
@click.argument("data")
@output_option("File to write: .csv, .json or .parquet.")
@click.option("--probabilities", "--proba", is_flag=True, help="Also write the probability of each label.")
def command(run: str, data: str, output: str | None, probabilities: bool) -> None:
    """Predict the target of new data with a trained network.

    RUN is the folder that 'backproof train DATA' made. DATA has the columns that the network was trained on, in any
    order; they are scaled as in training. If DATA has the target too, the score of the predictions goes to standard
    error. Without -o the predictions go to standard output, as CSV.

    \b
    Examples:
      backproof predict iris-run new.csv
      backproof predict iris-run new.csv --probabilities -o answers.json
    """
    format = "csv"
    if output not in STDOUT:
        assert output is not None
        check_file(output)
        check_keeps(output, data)
        format = find_format(output)
    if run.endswith(".toml"):
        raise OptionError(f"'{run}' is a worksheet; expected the folder of a run, which 'backproof train DATA' makes.")
    predictions = Predictor.load(run).predict(data)
    content = serialize_columns(_choose_columns(predictions, probabilities), format)
    if output not in STDOUT:
        assert output is not None
        write_bytes(output, content)
    else:
        write_data(content)
    if predictions.score is not None:
        click.echo(format_score("", predictions.score), err=True)
    for warning in predictions.warnings:
        click.echo(f"backproof: warning: {warning}", err=True)
    if predictions.unscored:
        click.echo(f"backproof: warning: the predictions cannot be scored: {predictions.unscored}", err=True)


def _choose_columns(predictions: Predictions, probabilities: bool) -> dict[str, Sequence[Any]]:
    """The columns to write: the predictions, named as the target, and the probabilities if they are wanted."""
    columns: dict[str, Sequence[Any]] = {**predictions.ids, predictions.target: predictions.values}
    if probabilities:
        for label, each in predictions.probabilities.items():
            name = f"probability_{label}"
            while name in columns:  # a target may be called so itself
                name = f"{name}_"
            columns[name] = each.tolist()
    return columns

"""`backproof predict`: what a trained network answers to new data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from backproof.cli._output import STDOUT, check_file, output_option, write_bytes
from backproof.data.answers import find_format, serialize_columns
from backproof.reports.data import in_words
from backproof.train.predictor import Predictions, Predictor


@click.command()
@click.argument("run")
@click.argument("data")
@output_option("A .csv, .json or .parquet file to write.")
@click.option("--probabilities", is_flag=True, help="The probability of each label too.")
def command(run: str, data: str, output: str | None, probabilities: bool) -> None:
    """Predict the target of new data with a trained network.

    RUN is the folder that 'backproof train DATA' made; DATA has the columns that it was trained on, in any order. They
    are scaled as they were in training. Where DATA has the target too, how good the answers are goes to standard
    error. Without -o the answers go to standard output, as CSV.

    \b
    Examples:
      backproof predict iris-run new.csv
      backproof predict iris-run new.csv --probabilities -o answers.json
    """
    to_file = output not in STDOUT
    form = "csv"
    if to_file:
        assert output is not None
        check_file(output)
        form = find_format(output)
    found = Predictor.load(run).predict(data)
    content = serialize_columns(_columns(found, probabilities), form)
    if to_file:
        assert output is not None
        write_bytes(output, content)
    else:
        click.echo(content.decode(), nl=False)
    if found.score is not None:
        click.echo(in_words("", found.score), err=True)
    if found.unscored:
        click.echo(f"backproof: warning: how good that is cannot be told: {found.unscored}", err=True)


def _columns(found: Predictions, probabilities: bool) -> dict[str, Sequence[Any]]:
    """The columns to write: the answers under the target's name."""
    columns: dict[str, Sequence[Any]] = {found.target: found.values}
    if probabilities:
        columns |= {f"probability_{label}": each.tolist() for label, each in found.probabilities.items()}
    return columns

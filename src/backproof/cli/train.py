"""`backproof train`: the training loop, with the very equations that are explained, on a worksheet or on data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from backproof.cli._options import flags, operation, sizes
from backproof.cli._output import form_options, output_option
from backproof.errors import OptionError

#: Options that only data has, by the names that Python knows them under.
OF_DATA = (
    "column", "hidden", "activation", "cost", "validation", "patience", "class_weight", "impute", "categorical",
    "numeric", "drop", "problem", "stream", "find_rate", "resume", "force",
)  # fmt: skip
#: Options that are an empty tuple where they are not given; for --hidden that is what 0 asks for.
REPEATABLE = ("categorical", "numeric", "drop")


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How to train, whatever it is."""
    for option in reversed((
        click.option("--epochs", type=click.IntRange(0), help="Passes over all samples. [worksheet: 1000]"),
        click.option("--learning-rate", type=float, help="[worksheet: its own, else 0.1]"),
        click.option("--batch-size", type=click.IntRange(1), help="Samples a step. [worksheet: its batches, else all]"),
        click.option("--optimizer", type=operation, metavar="NAME", help="Such as adam, or 'sgd momentum=0.9'."),
        click.option("--schedule", type=operation, metavar="NAME", help="Of the rate: cosine, 'step every=0.3' ..."),
        click.option("--l1", type=float, help="Penalty l1 sum |w|."),
        click.option("--l2", type=float, help="Penalty l2/2 sum w^2."),
        click.option("--dropout", type=float, help="The share of hidden units that a step leaves out."),
        click.option("--clip", type=float, help="The largest norm of a step's gradients."),
        click.option("--seed", type=click.IntRange(0), help="Of whatever is drawn. [0]"),
        click.option("--restarts", type=click.IntRange(1), help="Train so many networks at once, keep the best."),
        click.option("--engine", type=click.Choice(["auto", "numpy", "jax"]), help="[auto: whichever is done first]"),
        click.option("--dtype", type=click.Choice(["float32", "float64"]),
                     help="Numbers to compute with. [data: float32]"),
        click.option("-q", "--quiet", is_flag=True, help="No progress, only the result."),
    )):  # fmt: skip
        command = option(command)
    return command


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What only data needs."""
    for option in reversed((
        click.option("--target", "column", metavar="COLUMN", help="Data: the column to predict."),
        click.option("--hidden", type=sizes, metavar="SIZES", help="Data: hidden layers, such as 128 or 64,32."),
        click.option("--activation", type=operation, metavar="NAME", help="Data: of the hidden layers. [relu]"),
        click.option("--cost", type=operation, metavar="NAME", help="Data. [cross entropy, or half the squared error]"),
        click.option("--validation", type=float, metavar="SHARE", help="Data: rows to hold back. [0.1 or 0.2]"),
        click.option("--patience", type=click.IntRange(1), help="Data: epochs to wait for something better."),
        click.option("--class-weight", type=click.Choice(["balanced"]), help="Data: every class counts the same."),
        click.option("--impute", metavar="WAY", help="Data: fill missing values: mean, median, most_frequent."),
        click.option("--categorical", multiple=True, metavar="COLUMN", help="Data: these are categories; repeatable."),
        click.option("--numeric", multiple=True, metavar="COLUMN", help="Data: these are numbers; repeatable."),
        click.option("--drop", multiple=True, metavar="COLUMN", help="Data: leave these out; repeatable."),
        click.option("--classification", "problem", flag_value="classification", help="Data: the target is a class."),
        click.option("--regression", "problem", flag_value="regression", help="Data: the target is an amount."),
        click.option("--stream", is_flag=True, default=None, help="Data: do not read a Parquet file whole."),
        click.option("--find-rate", is_flag=True, help="Data: try many learning rates first, and take the best."),
        click.option("--resume", is_flag=True, help="Data: go on with the run in the folder."),
        click.option("--force", is_flag=True, help="Data: replace the run in the folder."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("source", metavar="WORKSHEET|DATA")
@data_options
@training_options
@output_option("Worksheet: a file for the report; data: a folder for the run.")
@form_options
def command(source: str, **options: Any) -> None:
    """Train the network of a worksheet, or a network for data.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or'. Ends with what the network answers
    to each sample, before and after; -o writes that to a file.

    DATA is a .csv, .tsv, .parquet, .npy or .npz file with a column to predict, --target. Everything else has a default.
    The run goes into a folder, -o, such as iris-run: the model, its history and curves. Ctrl-C ends it after the epoch
    and keeps the best network; --resume goes on. See also 'backproof predict'.

    \b
    Examples:
      backproof train or --epochs 5000 --learning-rate 2
      backproof train or --epochs 2000 --learning-rate 2 --restarts 64
      backproof train xor --epochs 5000 --learning-rate 2 -o xor.html
      backproof train iris.csv --target species --epochs 200
      backproof train iris-run --resume --epochs 400
    """
    from backproof.data.data_file import is_data_file

    given = {name: each for name, each in options.items() if each is not None and (each or name not in REPEATABLE)}
    if options["column"] is not None or options["resume"] or is_data_file(source):
        from backproof.cli import _train_data

        _train_data.train(source, given)
        return
    for name in OF_DATA:
        if given.get(name, False) is not False:
            raise OptionError(f"{flags(name)} is for data, with --target COLUMN; a worksheet says such things itself.")
    from backproof.cli import _train_worksheet

    _train_worksheet.train(source, given)

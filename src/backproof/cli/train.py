"""`backproof train`: the training loop, with the very equations that are explained, on a worksheet or on data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from backproof.cli._options import options_from
from backproof.cli._output import form_options, output_option
from backproof.errors import OptionError
from backproof.train.option import Names, options_of
from backproof.train.options import TrainingOptions
from backproof.train.tabular.config import TabularConfig

#: Options of data that are no field of its configuration, by the names that Python knows them under.
APART = {
    "columns": "--target", "problem": "--classification or --regression", "find_rate": "--find-rate",
    "resume": "--resume", "force": "--force", "no_baselines": "--no-baselines",
    "processes": "--processes", "process": "--process", "coordinator": "--coordinator",
}  # fmt: skip
TABULAR, TRAINING = options_of(TabularConfig), options_of(TrainingOptions)
#: The flags of the options that only data has.
OF_DATA = APART | {each.name: each.flag for each in (*TABULAR, *TRAINING) if each.flag and each.for_data}
#: Options that are an empty tuple where they are not given; for --hidden that is what 0 asks for.
REPEATABLE = ("columns", *(each.name for each in TABULAR if isinstance(each.kind, Names)))


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What only data needs, beside the fields of its configuration."""
    for option in reversed((
        click.option("--classification", "problem", flag_value="classification", help="Data: the target is a class."),
        click.option("--regression", "problem", flag_value="regression", help="Data: the target is a number."),
        click.option("--find-rate", is_flag=True, help="Data: try many learning rates first, and take the best."),
        click.option("--resume", is_flag=True, help="Data: resume the run in the folder."),
        click.option("--no-baselines", is_flag=True, help="Data: do not compare the network with simpler models."),
        click.option("--force", is_flag=True, help="Data: replace the run in the folder."),
        click.option("--processes", metavar="N", help="Data: train on N processes: those that Slurm, Open MPI or "
                     "Kubernetes have started ('cluster' takes their number), else N that are started here."),
        click.option("--process", type=int, metavar="I", help="Data: the number of this process, from 0."),
        click.option("--coordinator", metavar="HOST:PORT", help="Data: where process 0 is reached, if each process is "
                     "started by hand."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("source", metavar="WORKSHEET|DATA")
@click.option(
    "--target",
    "columns",
    metavar="COLUMN",
    multiple=True,
    help="Data: the column to predict; repeatable, for several of numbers, or of two labels each.",
)
@options_from(*TABULAR)
@data_options
@options_from(*TRAINING)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress, only the result.")
@output_option("Worksheet: a file for the report; data: a folder for the run.")
@form_options
def command(source: str, **options: Any) -> None:
    """Train the network of a worksheet, or a network for data.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or'. At the end, the outputs of the
    network for each sample are shown, before and after training; -o writes them to a file.

    DATA is a .csv, .tsv, .parquet, .npy or .npz file with a column to predict, --target, or several. Everything else
    has a default. The run is saved in a folder, -o, such as iris-run: the model, its history and curves. Ctrl-C ends
    it after the epoch and keeps the best network; --resume continues it. See also 'backproof predict'.

    \b
    Examples:
      backproof train or --epochs 5000 --learning-rate 2
      backproof train or --epochs 2000 --learning-rate 2 --restarts 64
      backproof train xor --epochs 5000 --learning-rate 2 -o xor.html
      backproof train iris.csv --target species --epochs 200
      backproof train iris.csv --target length --target width --epochs 200
      backproof train mnist.npz --target y_train --network lenet
      backproof train iris-run --resume --epochs 400
    """
    from backproof.data.data_file import is_data_file

    given = {name: each for name, each in options.items() if each is not None and (each or name not in REPEATABLE)}
    if options["columns"] or options["resume"] or is_data_file(source):
        from backproof.cli import _train_data

        _train_data.train(source, given)
        return
    for name, flag in OF_DATA.items():
        if given.get(name) is not None and (given[name] is not False or "/" in flag):
            raise OptionError(f"{flag} is for data with --target COLUMN; a worksheet sets this itself.")
    from backproof.cli import _train_worksheet

    _train_worksheet.train(source, given)

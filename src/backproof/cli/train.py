"""`backproof train`: the training loop, with the very equations that are explained."""

from __future__ import annotations

from typing import Any

import click

from backproof.cli._output import form, report_options, write_report
from backproof.cli._progress import progress
from backproof.document import Document
from backproof.reports.training import outcome
from backproof.train.loop import fit
from backproof.worksheet import load


@click.command()
@click.argument("worksheet")
@click.option("--epochs", type=click.IntRange(0), default=1000, show_default=True, help="Passes over all samples.")
@click.option("--learning-rate", type=float, help="Default: the worksheet's, else 0.1.")
@click.option(
    "--batch-size", type=click.IntRange(1), help="Samples a step; default: the worksheet's batches, else all."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the shuffling into batches.")
@report_options
def command(
    worksheet: str, epochs: int, learning_rate: float | None, batch_size: int | None, seed: int, **options: Any
) -> None:
    """Train the network of a worksheet on its samples.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or'. Ends with what the network answers
    to each sample, before and after.

    \b
    Examples:
      backproof train or --epochs 5000 --learning-rate 2
      backproof train xor --epochs 5000 --learning-rate 2 -o xor.html
    """
    form(options["output"], options["target"])
    sheet = load(worksheet)
    for warning in sheet.warnings:
        click.echo(f"backproof: warning: {warning}", err=True)
    rate = learning_rate if learning_rate is not None else sheet.training.rate
    with progress(epochs) as report:
        history = fit(
            sheet.network,
            sheet.x,
            sheet.y,
            epochs=epochs,
            learning_rate=0.1 if rate is None else rate,
            optimizer=sheet.training.optimiser,
            batch_size=batch_size,
            batches=sheet.training.batches if batch_size is None else (),
            seed=seed,
            report=report,
        )
    blocks = outcome(sheet.network, history, sheet.x, sheet.y)
    write_report(Document(f"Training: {sheet.title}", blocks, sheet.network.labels, sheet.source), **options)

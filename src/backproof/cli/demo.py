"""`backproof demo`: the article's OR gate, explained and trained."""

from __future__ import annotations

from pathlib import Path

import click

from backproof.cli._interrupt import interruptible
from backproof.cli._output import STDOUT, form, show_report, write_file
from backproof.cli._progress import show_progress
from backproof.errors import OptionError
from backproof.render import render
from backproof.reports.demonstration import demonstration
from backproof.train.fit import fit
from backproof.worksheet import load


@click.command()
@click.option(
    "--epochs", type=click.IntRange(1), default=5000, show_default=True, help="Number of passes over the four samples."
)
@click.option("--learning-rate", type=float, default=2.0, show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(readable=False),
    default="or.html",
    show_default=True,
    help="File to write; its ending selects the format.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(epochs: int, learning_rate: float, output: str, force: bool) -> None:
    """Explain and train the OR gate of a published article.

    One training step for its sample, number by number in its own notation; the gradients over all four samples;
    training until it is an OR gate. The same is written to a page, or.html.

    \b
    Examples:
      backproof demo
      backproof demo --epochs 2000 -o or.tex
    """
    target = form(output)
    if Path(output).is_file() and not force:
        raise OptionError(f"'{output}' already exists; choose another name with -o, or add --force to overwrite it.")
    article, gate = load("or_article"), load("or")
    with interruptible() as stop, show_progress(stop) as shown:
        history = fit(
            gate.network, gate.x, gate.y, epochs=epochs, learning_rate=learning_rate, callbacks=[shown, stop]
        )  # fmt: skip
    if stop.asked:
        raise click.Abort
    document = demonstration(article, gate, history)
    show_report(document)
    click.echo()
    if output not in STDOUT:
        write_file(output, render(document, target))
        click.echo(f"The same as a page: {output}" if target == "html" else f"The same in {output}", err=True)

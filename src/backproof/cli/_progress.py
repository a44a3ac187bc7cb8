"""Progress of a training run: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from backproof.train.loop import Progress as Report


@contextmanager
def progress(epochs: int) -> Iterator[Report]:
    """A function to call after each epoch with its number and cost. Everything goes to standard error."""
    if not sys.stderr.isatty():
        yield _lines(epochs)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("cost {task.fields[cost]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=epochs, cost="")
        every = max(1, epochs // 500)

        def report(epoch: int, cost: float) -> None:
            if epoch % every == 0 or epoch == epochs:
                bar.update(task, completed=epoch, cost=f"{cost:.6g}")

        yield report


def _lines(epochs: int) -> Report:
    every = max(1, epochs // 5)

    def report(epoch: int, cost: float) -> None:
        if epoch % every == 0 or epoch == epochs:
            click.echo(f"epoch {epoch:>{len(str(epochs))}} of {epochs}: cost {cost:.6g}", err=True)

    return report

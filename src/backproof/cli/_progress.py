"""Progress of a training run on standard error: live on a terminal, else a plain line every so often."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from backproof.cli._console import unguarded
from backproof.cli._interrupt import STOPPING, Stop
from backproof.escape import escape_controls
from backproof.train import engines
from backproof.train.callbacks.callback import Callback

if TYPE_CHECKING:
    from backproof.train.history import History
    from backproof.train.run import Epochs, Run

#: Maximum number of seconds between two lines.
PAUSE = 10.0
#: 1, 2, 5, 10, 20, 50 ...
ROUND = tuple(digit * 10**power for power in range(12) for digit in (1, 2, 5))


class Progress(Callback):
    """Knows how far the run is; shows nothing."""

    needs_every_epoch = False

    def __init__(self, stop: Stop, total: int = 0, networks: int = 1) -> None:
        self.stop = stop
        self.number, self.total, self.first = 0, total, 0
        self.network, self.networks = 0, networks
        self.values: dict[str, float] = {}
        self.asked: str | None = None
        self.compiling = False
        self.started = self.since = self.reached = monotonic()

    def begin(self, run: Run) -> None:
        self.number, self.total = run.state.epoch, run.options.epochs
        self.networks //= run.networks  # those that are trained at once go as one
        self.network += 1
        if self.network > 1:
            return
        self.first, self.compiling = self.number, run.engine.name == "jax"
        self.started = monotonic()
        if self.asked is not None:
            steps = self.total * run.orders.steps * self.networks * run.networks
            self.say(engines.explain_engine(self.asked, run.engine, steps, run.orders.width))
            if run.options.penalty_note:
                self.say(run.options.penalty_note)
        if self.number:
            self.say(f"continuing after epoch {self.number:,}")
        self.show()

    def after(self, run: Run, epochs: Epochs) -> str | None:
        first = epochs.number - len(epochs.costs) + 1
        for number in self.worth(first, epochs.number - 1):
            self.report(number, float(epochs.costs[number - first]))
        self.report(epochs.number, epochs.cost, {**epochs.metrics, "learning rate": epochs.rate})
        return None

    def worth(self, first: int, last: int) -> list[int]:
        """Which epochs of several that went together are worth showing."""
        return []

    def report(self, number: int, cost: float, others: Mapping[str, float] | None = None) -> None:
        """An epoch is over, counted from 1."""
        self.reached = monotonic()
        if not self.values:  # the time of the first, in which much is compiled, is no measure of the others'
            self.since, self.first = self.reached, number
        self.number, self.compiling = number, False
        self.values = {"cost": cost, **(others or {})}
        self.show()

    def show(self) -> None:
        """Show how far it is, where that is wanted."""

    def say(self, line: str) -> None:
        """Say something beside."""

    @property
    def left(self) -> float | None:
        """About how many seconds are left, if it goes on to its last epoch; None where nobody knows."""
        before = max(0, self.network - 1) * self.total  # epochs of the networks before this one
        done = before + self.number - self.first
        if done < 1:
            return None
        whole = (self.reached - self.since) / done * (self.networks * self.total - before - self.number)
        return max(0.0, whole - (monotonic() - self.reached))


class Lines(Progress):
    """Epochs 1, 2, 5, 10, 20, 50 ..., the last one, and one every PAUSE seconds."""

    def __init__(self, stop: Stop, total: int = 0, networks: int = 1) -> None:
        super().__init__(stop, total, networks)
        self.last, self.shown = monotonic(), 0
        stop.tell = lambda: self.say(STOPPING)

    def begin(self, run: Run) -> None:
        super().begin(run)
        if self.compiling and self.number < self.total:
            self.say("compiling ...")

    def say(self, line: str) -> None:
        click.echo(line, err=True)

    def worth(self, first: int, last: int) -> list[int]:
        return [number for number in ROUND if first <= number <= last]

    def show(self) -> None:
        if self.values and (self.due or monotonic() - self.last > PAUSE):
            self.line()

    @property
    def due(self) -> bool:
        """Whether this is an epoch, or the end of a network among many, that is shown however soon it comes."""
        if self.networks == 1:
            return self.number in ROUND or self.number == self.total
        return self.number == self.total and (self.network in ROUND or self.network == self.networks)

    def line(self) -> None:
        """The line of this epoch."""
        self.last, self.shown = monotonic(), self.number
        said = ", ".join(f"{_to_words(name)} {value:.4g}" for name, value in self.values.items())
        left = "" if not self.left else f", {format_clock(self.left)} left"
        which = f"network {self.network:>{len(str(self.networks))}} of {self.networks}, " if self.networks > 1 else ""
        self.say(f"{which}epoch {self.number:>{len(str(self.total))}} of {self.total}: {said}{left}")

    def finish(self, run: Run, history: History) -> History:
        if self.values and self.shown != self.number and (self.networks == 1 or run.stopped):
            self.line()
        return history


class Live(Progress):
    """A line for each number, always that of the last epoch."""

    def __init__(self, stop: Stop, total: int = 0, networks: int = 1) -> None:
        super().__init__(stop, total, networks)
        self.lowest = (float("inf"), 0)
        self.screen: Any = None

    def say(self, line: str) -> None:
        self.screen.console.print(escape_controls(line), markup=False)

    def show(self) -> None:
        cost = self.values.get("validation_cost", float("inf"))
        if cost < self.lowest[0]:
            self.lowest = (cost, self.number)

    def __rich__(self) -> Any:
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        grid = Table.grid(padding=(0, 2))
        if self.networks > 1:
            grid.add_row("network", f"{self.network:,} of {self.networks:,}")
        grid.add_row("epoch", f"{self.number:,} of {self.total:,}", ProgressBar(max(self.total, 1), self.number, 30))
        for name, value in self.values.items():
            grid.add_row(escape_controls(_to_words(name)), f"{value:.4g}", self._beside(name))
        grid.add_row("time", format_clock(monotonic() - self.started), self._time())
        if self.stop.asked:
            grid.add_row("", "", STOPPING)
        return grid

    def _beside(self, name: str) -> str:
        """What a number is to be held against."""
        best, epoch = self.lowest
        return f"lowest: {best:.4g} in epoch {epoch:,}" if name == "validation_cost" else ""

    def _time(self) -> str:
        if self.compiling:
            return "compiling ..."
        return f"at most {format_clock(self.left)} left" if self.left else ""


@contextmanager
def show_progress(
    stop: Stop, networks: int = 1, *, quiet: bool = False, asked: str | None = None
) -> Iterator[Progress]:
    """What shows the progress of a run, or of those of many networks, all at once or one after the other.

    asked: the engine that was asked for; the one that was chosen is then said, and why.
    """
    if quiet:
        yield Progress(stop)
    elif not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        lines = Lines(stop, networks=networks)
        lines.asked = asked
        yield lines
    else:
        from rich.console import Console
        from rich.live import Live as Screen

        shown = Live(stop, networks=networks)
        shown.asked = asked
        console = Console(file=unguarded(sys.stderr), highlight=False)
        with Screen(shown, console=console, refresh_per_second=8, redirect_stdout=False, redirect_stderr=False) as live:
            shown.screen = live
            yield shown


def _to_words(name: str) -> str:
    return name.replace("_", " ")


def format_clock(seconds: float) -> str:
    """0:07, 12:30, 1:02:03"""
    minutes, rest = divmod(ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""What is shown of a run while it is on."""

from io import StringIO

import pytest

from backproof.cli._interrupt import Stop
from backproof.cli._options import operation, sizes
from backproof.cli._progress import Lines, Live, clock


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_times(seconds, shown):
    assert clock(seconds) == shown


def test_lines_come_ever_more_seldom_and_the_last_one_always(capsys):
    lines = Lines(Stop(), 1234)
    for epoch in range(1, 1235):
        lines.report(epoch, 1 / epoch)
    shown = [int(line.split()[1]) for line in capsys.readouterr().err.splitlines()]
    assert shown == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1234]


def test_the_time_that_is_left_is_that_of_the_epochs_after_the_first(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("backproof.cli._progress.monotonic", lambda: now[0])
    live = Live(Stop(), 10)
    for epoch, seconds in enumerate((60, 62, 64), start=1):  # the first one was compiled
        now[0] = seconds
        live.report(epoch, 0.5)
    assert live.left == pytest.approx(14)


def test_a_live_display_shows_every_number_and_the_lowest_cost():
    rich = pytest.importorskip("rich.console")
    live = Live(Stop(), 10)
    for epoch, cost in enumerate((0.5, 0.3, 0.4), start=1):
        live.report(epoch, cost, {"validation_cost": cost, "learning rate": 0.1})
    console = rich.Console(width=100, record=True, file=StringIO())
    console.print(live)
    shown = console.export_text()
    assert all(each in shown for each in ("3 of 10", "validation cost", "lowest: 0.3 in epoch 2", "learning rate"))


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("adam", "adam"),
        ("sgd momentum=0.9 nesterov=true", {"name": "sgd", "momentum": 0.9, "nesterov": True}),
        ("warm_up,over=0.1,then=cosine", {"name": "warm_up", "over": 0.1, "then": "cosine"}),
    ],
)
def test_operations(given, made):
    assert operation(given) == made


@pytest.mark.parametrize(("given", "made"), [("128", (128,)), ("64,32", (64, 32)), ("64x32", (64, 32)), ("0", ())])
def test_sizes(given, made):
    assert sizes(given) == made

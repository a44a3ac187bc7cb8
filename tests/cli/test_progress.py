"""What is shown of a run while it is on."""

from io import StringIO

import pytest

from backproof.cli._interrupt import Stop
from backproof.cli._options import parse_operation, parse_sizes
from backproof.cli._progress import Lines, Live, format_clock
from backproof.worksheet import load


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (0.2, "0:01"), (59.5, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_times(seconds, shown):
    assert format_clock(seconds) == shown


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
    assert parse_operation(given) == made


@pytest.mark.parametrize(("given", "made"), [("128", (128,)), ("64,32", (64, 32)), ("64x32", (64, 32)), ("0", ())])
def test_sizes(given, made):
    assert parse_sizes(given) == made


def test_networks_in_turn_take_a_line_for_ever_fewer_of_them(capsys):
    lines, gate = Lines(Stop(), networks=8), load("or")
    lines.asked = "numpy"
    gate.network.fit(gate.x, gate.y, epochs=30, networks=8, engine="numpy", callbacks=[lines])
    engine, *shown = capsys.readouterr().err.splitlines()
    assert engine.startswith("NumPy")
    assert [line.split(":")[0] for line in shown] == [f"network {n} of 8, epoch 30 of 30" for n in (1, 2, 5, 8)]


def test_networks_at_once_are_shown_as_one_run(capsys):
    pytest.importorskip("jax")
    lines, gate = Lines(Stop(), networks=8), load("or")
    gate.network.fit(gate.x, gate.y, epochs=3, networks=8, engine="jax", callbacks=[lines])
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines() if "epoch" in line] == [
        "epoch 1 of 3", "epoch 2 of 3", "epoch 3 of 3"
    ]  # fmt: skip


def test_the_time_that_is_left_is_that_of_all_networks_in_turn(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("backproof.cli._progress.monotonic", lambda: now[0])
    live = Live(Stop(), 10, networks=4)
    live.network = 1
    for number, seconds in ((1, 60), (2, 62)):
        now[0] = seconds
        live.report(number, 0.5)
    assert live.left == pytest.approx(2 * 38)

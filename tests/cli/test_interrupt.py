"""Ctrl-C and SIGTERM: the first ends a run after its epoch, the second at once; what is written is whole."""

import os
import signal
import subprocess
import sys
import time

import pytest

from backproof.train.store import load_model
from tables import flowers, houses

COMMAND = [sys.executable, "-m", "backproof"]
RUN = ("train", "flowers.csv", "--target", "species", "--epochs", 60, "--engine", "numpy", "--patience", 60, "-o")


@pytest.fixture
def at_epoch(monkeypatch):
    """`at_epoch(3, signal.SIGINT)` sends the signal to this process when that epoch of a run is over."""
    from backproof.cli._interrupt import Stop

    def arrange(number, sent):
        before, waiting = Stop.after, [sent]

        def after(self, run, epochs):
            if epochs.number >= number and waiting:
                os.kill(os.getpid(), waiting.pop())
                waited = time.monotonic()
                while not self.asked and time.monotonic() - waited < 10:
                    time.sleep(0.01)
            return before(self, run, epochs)

        monkeypatch.setattr(Stop, "after", after)

    return arrange


def names(folder):
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_whole_and_goes_on_to_the_same_numbers(backproof, here, at_epoch, sent):
    flowers(here / "flowers.csv")
    backproof(*RUN, "whole", "-q")
    at_epoch(7, sent)
    ran = backproof(*RUN, "parts")
    assert ran.code == 130
    assert "stopping at the end of this epoch" in ran.err
    assert "continue with: backproof train parts --resume" in ran.err
    assert "7 of 60 epochs" in ran.out
    assert names(here / "parts") == names(here / "whole")
    assert len((here / "parts" / "history.jsonl").read_text().splitlines()) == 7
    assert backproof("predict", "parts", "flowers.csv").code == 0
    assert backproof("train", "parts", "--resume", "-q").code == 0
    for name in ("model.safetensors", "checkpoint.safetensors", "history.jsonl"):
        assert (here / "parts" / name).read_bytes() == (here / "whole" / name).read_bytes()


def test_signals_are_as_they_were_afterwards(backproof, here, at_epoch):
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    at_epoch(3, signal.SIGINT)
    assert backproof("train", "or", "--epochs", 500, "--batch-size", 1).code == 130
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_an_interrupted_worksheet_is_reported_as_far_as_it_came(here):
    ran = subprocess.Popen(
        [*COMMAND, "train", "or", "--epochs", "1000000000", "--engine", "numpy", "-o", "report.md"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    _until(ran, "epoch")
    ran.send_signal(signal.SIGINT)
    out, error = ran.communicate(timeout=60)
    assert (ran.returncode, out) == (130, "")
    assert "stopping" in error
    assert "Traceback" not in error
    assert "Interrupted after" in (here / "report.md").read_text()


def test_many_networks_in_turn_end_together(backproof, at_epoch):
    at_epoch(3, signal.SIGINT)
    ran = backproof("train", "or", "--epochs", 500, "--restarts", 5, "--batch-size", 1, "--engine", "numpy")
    assert ran.code == 130
    assert "Interrupted in network 1 of 5" in ran.out


def test_a_second_signal_ends_it_at_once(here):
    houses(here / "houses.csv", rows=20_000)
    ran = subprocess.Popen(
        [*COMMAND, "train", "houses.csv", "--target", "price", "--batch-size", "1", "--engine", "numpy", "-o", "run"],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    _until(ran, "NumPy in")
    time.sleep(0.3)
    ran.send_signal(signal.SIGINT)
    _until(ran, "stopping")
    started = time.monotonic()
    ran.send_signal(signal.SIGINT)
    out, error = ran.communicate(timeout=60)
    assert time.monotonic() - started < 2
    assert (ran.returncode, out) == (130, "")
    assert "stopped." in error
    assert names(here / "run") == {"config.json"}
    resumed = subprocess.run(
        [*COMMAND, "train", "run", "--resume", "--epochs", "0", "-q"], timeout=60, capture_output=True
    )
    assert resumed.returncode == 0
    assert load_model(here / "run").facts == {"epoch": 0}


def _until(process, fragment):
    """Read what a process says until that is in it."""
    line = process.stderr.readline()
    while fragment not in line:
        assert line, "the process ended"
        line = process.stderr.readline()

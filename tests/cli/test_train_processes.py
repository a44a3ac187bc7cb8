"""`backproof train --processes N`: the same bits on any number of processes, one message where one is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

pytest.importorskip("jax")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="JAX has no collectives for Windows")

COMMAND = (sys.executable, "-m", "backproof", "train")
#: The same on a machine of its own, as far as the process knows.
APART = """
from backproof.train import shared_memory
shared_memory.name_machine = lambda: None
from backproof.__main__ import main
main()
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A table of 90 rows, three numbers and a class."""
    random = np.random.default_rng(0)
    x = random.normal(size=(90, 3))
    rows = [f"{a:.4f},{b:.4f},{c:.4f},{'yes' if a + b > c else 'no'}" for a, b, c in x]
    file = tmp_path / "data.csv"
    file.write_text("\n".join(["a,b,c,answer", *rows]) + "\n")
    return file


def start(folder: Path, *arguments: str, command: tuple[str, ...] = COMMAND) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def train(folder: Path, *arguments: str, code: int = 0) -> str:
    """What a run says on standard error."""
    process = start(folder, *arguments)
    error = process.communicate(timeout=120)[1]
    assert process.returncode == code, error
    return error


def read_bits(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in ("model.safetensors", "checkpoint.safetensors", "history.jsonl")]


def test_a_run_of_two_machines_resumed_by_four_processes_of_one_ends_in_the_same_bits(data: Path) -> None:
    folder = data.parent
    options = ("data.csv", "--target", "answer", "--dropout", "0.2", "--schedule", "constant")
    whole = start(folder, *options, "--epochs", "24", "--processes", "1", "-o", "whole")
    address = ("--processes", "2", "--coordinator", f"127.0.0.1:{30000 + os.getpid() % 10000}", "-o", "parts")
    apart = (sys.executable, "-c", APART, "train")
    machines = [
        start(folder, *options, "--epochs", "12", *address, "--process", number, command=apart) for number in "01"
    ]
    errors = [each.communicate(timeout=120)[1] for each in machines]
    assert [each.returncode for each in machines] == [0, 0], errors
    assert "continuing after epoch 12" in train(folder, "parts", "--resume", "--epochs", "24", "--processes", "4")
    whole.communicate(timeout=120)
    assert whole.returncode == 0
    assert read_bits(folder / "parts") == read_bits(folder / "whole")


def test_a_process_that_dies_ends_the_others_with_one_message(data: Path) -> None:
    options = ("data.csv", "--target", "answer", "--epochs", "1000000", "--patience", "1000000")
    run = start(data.parent, *options, "--processes", "2", "-o", "run")
    history, until = data.parent / "run" / "history.jsonl", monotonic() + 90
    while not (history.exists() and history.stat().st_size):
        assert run.poll() is None, run.communicate()[1]
        assert monotonic() < until
        sleep(0.05)
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(run.pid)], capture_output=True, text=True).stdout
    os.kill(int(children.split()[0]), signal.SIGKILL)
    error = run.communicate(timeout=60)[1]
    assert run.returncode == 1
    assert error.count("process 1 of 2 was ended by SIGKILL; what is saved can be continued with --resume.") == 1
    assert "Traceback" not in error
    assert "F1" not in error  # nor a dump of the runtime


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--processes", "16"], "8 micro-batches cannot be spread evenly over 16 processes"),
        (["--processes", "1000000", "--fast-sums"], "no more than 64 are started on one machine"),
        (["--processes", "3"], "--fast-sums"),
        (["--processes", "0"], "from 1"),
        (["--processes", "many"], "'cluster'"),
        (["--processes", "cluster"], "no cluster"),
        (["--process", "1"], "--processes"),
        (["--processes", "2", "--restarts", "3"], "--restarts"),
        (["--processes", "2", "--process", "1"], "--coordinator"),
        (["--processes", "2", "--process", "2", "--coordinator", "127.0.0.1:9999"], "from 0 to 1"),
        (["--processes", "2", "--process", "1", "--coordinator", "nowhere"], "HOST:PORT"),
        (["--processes", "2", "--process", "1", "--coordinator", "127.0.0.1:99999"], "1 to 65535"),
        (["--processes", "2", "--process", "1", "--coordinator", "nowhere.invalid:80"], "no host"),
    ],
)
def test_numbers_that_do_not_fit_end_with_one_message(data: Path, arguments: list[str], words: str) -> None:
    error = train(data.parent, "data.csv", "--target", "answer", *arguments, code=2)
    assert words in error
    assert error.count("\n") == 1


def test_a_single_process_needs_nobody_at_its_coordinator(data: Path) -> None:
    alone = ("--processes", "1", "--process", "0", "--coordinator", "127.0.0.1:9999")
    train(data.parent, "data.csv", "--target", "answer", "--epochs", "1", *alone)


def test_processes_with_other_options_end_with_a_message_that_names_them(data: Path) -> None:
    address = ("--processes", "2", "--coordinator", f"127.0.0.1:{20000 + os.getpid() % 10000}")
    first, second = (
        start(data.parent, "data.csv", "--target", "answer", "--process", number, "--seed", seed, *address)
        for number, seed in (("0", "1"), ("1", "2"))
    )
    errors = [each.communicate(timeout=120)[1] for each in (first, second)]
    assert [first.returncode, second.returncode] == [2, 2], errors
    assert all(
        "process 1 was started with another seed than process 0 (1, and 2 in process 1)" in each for each in errors
    )


def test_a_run_that_was_begun_without_micro_batches_is_not_resumed_in_them(data: Path) -> None:
    train(data.parent, "data.csv", "--target", "answer", "--epochs", "1", "-q", "--no-baselines", "-o", "run")
    assert "begun without --processes" in train(data.parent, "run", "--resume", "--processes", "1", code=2)

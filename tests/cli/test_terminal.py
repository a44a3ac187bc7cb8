"""What a reader sees: colour on a terminal, none in a pipe, ASCII where no more can be shown; interrupts and pipes."""

import os
import pty
import re
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "backproof"]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = {key: value for key, value in os.environ.items()
         if not key.startswith(("LC_", "PYTHON")) and key not in ("LANG", "NO_COLOR", "FORCE_COLOR")}  # fmt: skip


def run(*arguments, folder, **environment):
    """The command in a process of its own; output as bytes."""
    return subprocess.run(
        [*COMMAND, *arguments], env={**PLAIN, **environment}, cwd=folder, capture_output=True, timeout=60
    )


def on_terminal(*arguments, folder, **environment):
    """What a pseudo-terminal shows."""
    ours, theirs = pty.openpty()
    environment = {**PLAIN, "LANG": "C.UTF-8", "TERM": "xterm-256color", **environment}
    process = subprocess.Popen(
        [*COMMAND, *arguments], env=environment, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait(timeout=60) == 0
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"LANG": "C"}, {"LC_ALL": "POSIX"}, {"PYTHONIOENCODING": "ascii"}]
)
def test_plain_ascii_where_no_more_can_be_shown(tmp_path, environment):
    ran = run("explain", "or", folder=tmp_path, **environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.isascii()
    assert b"dE/dw" in ran.stdout


def test_greek_where_it_can_be_shown(tmp_path):
    ran = run("explain", "or", folder=tmp_path, LANG="C.UTF-8")
    assert "∂E/∂w₁" in ran.stdout.decode()


def test_ascii_is_of_the_terminal_not_of_files(tmp_path):
    assert run("explain", "or", "-o", "a.txt", folder=tmp_path, LC_ALL="C").returncode == 0
    assert "∂E/∂w₁" in (tmp_path / "a.txt").read_text("utf-8")


def test_colour_and_the_progress_on_a_terminal(tmp_path):
    shown = on_terminal("train", "or", "--epochs", "600", folder=tmp_path)
    assert COLOUR.search(shown)
    assert "600 of 600" in COLOUR.sub("", shown)
    assert "epoch 600 of 600" not in shown


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(tmp_path, environment):
    assert not COLOUR.search(on_terminal("explain", "or", "--of", "E", folder=tmp_path, **environment))


def test_no_colour_in_a_pipe(tmp_path):
    assert b"\x1b" not in run("explain", "or", folder=tmp_path, TERM="xterm-256color", LANG="C.UTF-8").stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "explain", "or"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        ran.stdout.close()
        assert ran.stderr.read() == b""
        assert ran.wait(timeout=60) in (0, 1)

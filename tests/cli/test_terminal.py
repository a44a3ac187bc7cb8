"""What a reader sees: colour on a terminal, none in a pipe, ASCII where no more can be shown; interrupts and pipes."""

import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from backproof import examples

COMMAND = [sys.executable, "-m", "backproof"]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SET = ("LC_", "PYTHON", "LANG", "NO_COLOR", "FORCE_COLOR")
PLAIN = {key: value for key, value in os.environ.items() if key == "PYTHONPATH" or not key.startswith(SET)}


def run(*arguments, folder, **environment):
    """The command in a process of its own; output as bytes."""
    return subprocess.run(
        [*COMMAND, *arguments], env={**PLAIN, **environment}, cwd=folder, capture_output=True, timeout=60
    )


def on_terminal(*arguments, folder, code=0, **environment):
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
    assert process.wait(timeout=60) == code
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


def test_only_colours_of_our_own_reach_a_terminal(tmp_path):
    title = r"\u202ered\u2066"
    text = re.sub("(?m)^(title|source) = .*", lambda found: f'{found[1]} = "{title}"', examples.text("or"))
    (tmp_path / "a.toml").write_text(text)
    shown = on_terminal("explain", "a.toml", "--of", "E", folder=tmp_path)
    assert title in COLOUR.sub("", shown)
    assert COLOUR.search(shown)
    assert not set(COLOUR.sub("", shown)) & set("\x1b\x07\x9b\u202e\u2066")
    (tmp_path / "a.md").write_text("# \x1b[31mred\x1b]0;name\x07\x9b5m\n\nE = 17")
    shown = on_terminal("check", "a.md", "--network", "or", folder=tmp_path, code=1)
    assert not set(COLOUR.sub("", shown)) & set("\x1b\x07\x9b")
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize("form", ["json", "html", "latex", "markdown"])
def test_a_form_that_is_utf_8_is_written_so_in_any_locale(tmp_path, form):
    here = run("explain", "or", "--format", form, folder=tmp_path, PYTHONIOENCODING="cp1252")
    there = run("explain", "or", "--format", form, folder=tmp_path, LANG="C.UTF-8")
    assert (here.returncode, here.stderr) == (0, b"")
    assert here.stdout == there.stdout
    here.stdout.decode("utf-8")


def test_text_shows_as_escapes_what_a_locale_has_no_letters_for(tmp_path):
    (tmp_path / "μ.toml").write_text("title = ")
    ran = run("explain", "μ.toml", folder=tmp_path, PYTHONIOENCODING="cp1252")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"Traceback" not in ran.stderr
    assert run("explain", "or", "--of", "E", folder=tmp_path, PYTHONIOENCODING="cp1252").stdout.isascii()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("explain or --of E", 2), ("explain or --format json", 2), ("check or_article --format html", 2), ("--help", 2),
        ("explain or -o a.md", 0), ("explain nope", 2), ("new a.toml --force", 2), ("examples", 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_are_no_fault_of_python(tmp_path, line, code, closed):
    command = f"{' '.join(COMMAND)} {line} {closed}"
    ran = subprocess.run(["sh", "-c", command], env=PLAIN, cwd=tmp_path, capture_output=True, timeout=60)
    assert b"Traceback" not in ran.stderr
    if ">&-" in closed.split():
        assert ran.returncode == code
        assert ran.stdout == b""


def test_standard_input_that_is_closed_is_said(tmp_path):
    command = f"{' '.join(COMMAND)} explain - <&-"
    ran = subprocess.run(["sh", "-c", command], env=PLAIN, cwd=tmp_path, capture_output=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert b"standard input is closed" in ran.stderr


def test_a_full_disk_under_standard_output_is_said(tmp_path):
    command = f"{' '.join(COMMAND)} explain or > /dev/full"
    ran = subprocess.run(["sh", "-c", command], env=PLAIN, cwd=tmp_path, capture_output=True, timeout=60)
    assert ran.returncode == 2
    assert ran.stderr.startswith(b"backproof: ")
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize("after", [0.03, 0.05, 0.08, 0.12, 0.2])
def test_an_interrupt_at_the_start_prints_no_traceback(tmp_path, after):
    """From the moment at which Python has started itself; what comes before is not ours."""
    script = "from backproof.__main__ import main; main()"
    command = [sys.executable, "-c", script, "explain", "or"]
    process = subprocess.Popen(command, env=PLAIN, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    ours = os.path.dirname(examples.__file__).removesuffix("examples").encode()
    assert ours not in said
    if b"Traceback" not in said:
        assert (process.returncode, said.lstrip(b"\n")) in [(130, b"stopped.\n"), (0, b""), (-signal.SIGINT, b"")]


def test_an_interrupt_is_not_lost_where_all_exceptions_are_caught(tmp_path):
    """As modules do while they are imported; the second one meets a file that is being written, which then is gone."""
    script = """
import os, signal, sys
from backproof import cli, files
from backproof.__main__ import main
def interrupt(*given):
    os.kill(os.getpid(), signal.SIGINT)
def run():
    if "write" in sys.argv:
        files.os.fsync = interrupt
        try:
            files.replace(files.Path("a.txt"), "text")
        except KeyboardInterrupt:
            print(os.listdir("."), flush=True)
    try:
        interrupt()
    except BaseException:
        print("lost", flush=True)
cli.main = run
main()
"""
    for word, said in (("", b""), ("write", b"[]\n")):
        ran = subprocess.run(
            [sys.executable, "-c", script, word], env=PLAIN, cwd=tmp_path, capture_output=True, timeout=60
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (130, said, b"stopped.\n")


def test_of_warnings_that_are_alike_the_first_ones_are_printed_and_the_others_counted(capsys):
    from backproof.cli._console import print_warnings

    alike = [f"Column 'c{number}' has {number} missing value{'s' * (number > 1)}." for number in range(1, 31)]
    print_warnings([*alike, "The file is old."], "; report.html has them all")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "backproof: warning: Column 'c1' has 1 missing value."
    assert lines[4:] == [
        "backproof: warning: The file is old.",
        "backproof: warning: 26 more warnings of the same kinds; report.html has them all.",
    ]


def test_warnings_of_python_are_for_those_who_ask_for_them(tmp_path):
    code = "import sys, warnings, backproof.cli as c; from backproof.cli._console import guard_streams as g\n"
    code += "with g(): warnings.warn('a library speaks')"
    quiet = subprocess.run([sys.executable, "-c", code], env=PLAIN, capture_output=True, timeout=60)
    asked = subprocess.run([sys.executable, "-W", "default", "-c", code], env=PLAIN, capture_output=True, timeout=60)
    assert quiet.stderr == b""
    assert b"a library speaks" in asked.stderr


def test_a_step_far_away_is_announced_and_can_be_stopped(tmp_path):
    command = [*COMMAND, "explain", "or", "--step", "1000000"]
    process = subprocess.Popen(command, env=PLAIN, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert said == b"training up to step 1,000,000 ... (Ctrl-C stops)\n"
    assert (process.returncode, out, err.strip()) == (130, b"", b"stopped.")


def test_a_step_out_of_reach_is_refused_with_the_limit(tmp_path):
    for line in (["explain", "or"], ["check", "a.md", "--network", "or"]):
        (tmp_path / "a.md").write_text("E = 0.5")
        ran = run(*line, "--step", "1000000000", folder=tmp_path)
        assert ran.returncode == 2
        assert b"from 1 to 1,000,000" in ran.stderr

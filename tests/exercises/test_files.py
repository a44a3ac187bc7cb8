"""The folder that the command writes: what is in it, what is not, and that it is whole or not there."""

import io
import re
import shutil
import subprocess
import sys
from html import unescape

import pytest

from backproof import files
from backproof.cli import _folder, main
from backproof.errors import OptionError
from backproof.render import render
from backproof.reports.exercise import key, learners
from backproof.worksheet import load
from backproof.worksheet.writer import dumps

HOSTILE = r"""<script>alert(1)</script> \input{/etc/passwd} $x$ & % # _ ^ ~ | `rm` **b** [l](u) "q" é"""


@pytest.fixture
def exercise(tmp_path, monkeypatch, capsys):
    """`exercise("or", "--count", 2)` in an empty folder: exit code, and what was said on both streams."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, stdin=None):
        monkeypatch.setattr(sys, "argv", ["backproof", "exercise", *map(str, arguments)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def listed(folder):
    return sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file())


def numbers(text):
    """The numbers of four digits and more that a text holds; the widths of LaTeX's columns are none."""
    text = re.sub(r"\\dimexpr [\d.]+", "", text)
    found = re.findall(r"\d+\.\d+|\d{3,}", text.replace("\N{MINUS SIGN}", "-"))
    return {each for each in found if len(each.replace(".", "").lstrip("0")) >= 4}


def test_what_is_written(exercise, tmp_path):
    code, out, err = exercise("or", "--count", 3, "--seed", 7, "--sample", 2)
    assert (code, err) == (0, "")
    assert "3 variants of 34 questions in exercises" in out
    names = [f"variant-{number:02}.toml" for number in (1, 2, 3)]
    papers = [f"{name}.{suffix}" for name in ("exercises", "key") for suffix in ("md", "tex")]
    assert listed(tmp_path / "exercises") == sorted([*names, *(f"key/{name}" for name in names), *papers])
    before = {name: (tmp_path / "exercises" / name).read_bytes() for name in listed(tmp_path / "exercises")}
    assert exercise("or", "--count", 3, "--seed", 7, "--sample", 2, "--force")[0] == 0
    assert before == {name: (tmp_path / "exercises" / name).read_bytes() for name in listed(tmp_path / "exercises")}
    assert not list(tmp_path.glob(".backproof-*"))


@pytest.mark.parametrize("name", ["or", "mazur", "xor"])
@pytest.mark.parametrize("hide", ["all", "gradients", "backward"])
def test_what_learners_get_holds_no_answer(exercise, tmp_path, name, hide):
    assert exercise(name, "--count", 3, "--hide", hide)[0] == 0
    folder = tmp_path / "exercises"
    for number in (1, 2, 3):
        answers = {claim.value.lstrip("-") for claim in load(folder / f"key/variant-{number:02}.toml").claims}
        answers = {each for each in answers if len(each.replace(".", "").lstrip("0")) >= 4}
        assert answers
        assert not answers & numbers((folder / f"variant-{number:02}.toml").read_text())
        for paper in ("exercises.md", "exercises.tex"):
            part = re.split(r"Variant \d+", (folder / paper).read_text())[number]
            assert not answers & numbers(part)
        key = re.split(r"Variant \d+", (folder / "key.md").read_text())[number]
        assert answers <= numbers(key)


def test_the_working_of_a_batch_shows_the_numbers_of_each_sample(exercise, tmp_path):
    exercise("or", "--count", 1, "--hide", "E", "--format", "markdown")
    (line,) = [each for each in (tmp_path / "exercises/key.md").read_text().splitlines() if each.startswith("(1)")]
    assert line.count(r"\frac{1}{2}") == 4
    assert line.count("E^{(") == 4


def test_the_key_is_judged_right_by_check(exercise, tmp_path, monkeypatch):
    assert exercise("xor", "--count", 1, "--format", "html", "-o", "x")[0] == 0
    assert listed(tmp_path / "x") == ["exercises.html", "key.html", "key/variant-01.toml", "variant-01.toml"]
    for file in ("x/key/variant-01.toml", "x/variant-01.toml"):
        monkeypatch.setattr(sys, "argv", ["backproof", "check", file, "--format", "json"])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0


def test_hostile_titles_stay_text(exercise, tmp_path):
    from dataclasses import replace

    text = dumps(replace(load("or"), title=HOSTILE))
    assert exercise("-", "--count", 2, "--sample", 2, "--format", "html", stdin=text)[0] == 0
    page = (tmp_path / "exercises/exercises.html").read_text()
    assert "<script>" not in page
    assert "<script>alert(1)</script>" in unescape(page)
    assert exercise("-", "--count", 1, "--sample", 2, "--force", stdin=text)[0] == 0
    assert r"\input" not in (tmp_path / "exercises/exercises.tex").read_text()
    assert "<script>" not in (tmp_path / "exercises/exercises.md").read_text()
    assert load(tmp_path / "exercises/variant-01.toml").title == f"{HOSTILE}, variant 1"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", ["or", "mazur"])
def test_the_sheets_compile_within_their_margins(tmp_path, name):
    from dataclasses import replace

    from backproof.exercises import make

    made = make(replace(load(name), title=HOSTILE), count=2, seed=7, hide=["backward", "gradients", "update"])
    for what, document in (("exercises", learners(made)), ("key", key(made))):
        (tmp_path / f"{what}.tex").write_text(render(document, "latex", digits=6), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", f"{what}.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
        log = (tmp_path / f"{what}.log").read_text(encoding="latin-1")
        assert done.returncode == 0, log[-3000:]
        assert "Overfull" not in log
        assert "Missing character" not in log


def test_each_variant_begins_a_page(exercise, tmp_path):
    exercise("or", "--count", 3, "--hide", "E")
    assert (tmp_path / "exercises/exercises.tex").read_text().count(r"\clearpage") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["or", "--count", 0], "0 is not in the range 1<=x<=1000"),
        (["or", "--count", 10**9], "is not in the range"),
        (["or", "--hide", "gradient"], "Did you mean 'gradients'?"),
        (["or", "--hide", "dE/dw12"], "no parameter 'w12'"),
        (["or", "--sample", 9], "sample must be from 1 to 4"),
        (["or_article", "--hide", "update"], "learning rate"),
        (["orr"], "Did you mean"),
        (["or", "-o", ""], "is not a folder"),
        (["or", "-o", "-"], "several files"),
        (["or", "-o", "sheets.tex"], "looks like a file"),
        (["or", "-o", "a/b/c"], "there is no folder"),
        (["or", "-o", "."], "the current folder"),
        (["or", "-o", "a\0b"], "is not a folder name"),
        (["or", "-o", "file"], "is a file"),
        (["or", "-o", "full"], "add --force"),
        (["or", "-o", "full", "--force"], "also holds 'mine.txt'"),
    ],
)
def test_bad_input_is_one_message_and_writes_nothing(exercise, tmp_path, arguments, said):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    (tmp_path / "file").write_text("")
    code, out, err = exercise(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert listed(tmp_path) == ["file", "full/mine.txt"]


def test_an_empty_folder_may_be_filled(exercise, tmp_path):
    (tmp_path / "exercises").mkdir()
    assert exercise("or", "--count", 1, "--hide", "E")[0] == 0
    assert "exercises.md" in listed(tmp_path / "exercises")


def test_a_folder_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets/key.md").write_text("old")
    rename = files.os.rename

    def failing(source, target):
        if str(source).endswith("new"):
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(files.os, "rename", failing)
    with pytest.raises(OptionError, match="No space left"):
        _folder.write_folder(tmp_path / "sheets", {"key.md": "new", "key/a.toml": ""})
    assert (tmp_path / "sheets/key.md").read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["sheets"]

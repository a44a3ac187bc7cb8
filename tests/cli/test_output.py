"""Where reports go: files as a whole or not at all, in the format that their ending tells."""

import json
import os
import re
import stat

import pytest

LINE = """
[network]
layers = [1, 1]
parameters = {W1 = [[0.5]], b1 = [0.0]}
activations = ["identity"]
cost = "half_squared_error"
[data]
inputs = [[1]]
targets = [[2]]
"""
STARTS = {
    ".txt": "OR gate", ".md": "# OR gate", ".tex": "\\documentclass", ".html": "<!doctype html>",
    ".htm": "<!doctype html>", ".json": "{", ".HTML": "<!doctype html>",
}  # fmt: skip


@pytest.mark.parametrize(("suffix", "start"), STARTS.items())
def test_the_ending_tells_the_format(backproof, here, suffix, start):
    ran = backproof("explain", "or", "--of", "E", "-o", f"report{suffix}")
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(rf"report{suffix}: \d+ kB(; open it in a browser)?\.\n", ran.err)
    assert ("browser" in ran.err) == ("doctype" in start)
    assert (here / f"report{suffix}").read_text("utf-8").lstrip().startswith(start)
    assert [path.name for path in here.iterdir()] == [f"report{suffix}"]


@pytest.mark.parametrize("verb", [("explain", "or"), ("train", "or", "--epochs", "2")])
def test_format_beats_the_ending(backproof, here, verb):
    assert backproof(*verb, "--format", "json", "-o", "report.md").code == 0
    assert json.loads((here / "report.md").read_text())["format"] == 1


def test_a_dash_is_standard_output(backproof):
    assert backproof("explain", "or", "-o", "-").out == backproof("explain", "or").out


def test_a_file_that_is_there_is_replaced_with_its_permissions(backproof, here):
    (here / "a.md").write_text("before")
    (here / "a.md").chmod(0o640)
    assert backproof("explain", "or", "-o", "a.md").code == 0
    assert (here / "a.md").read_text().startswith("# OR gate")
    assert stat.S_IMODE((here / "a.md").stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_any_new_file(backproof, here):
    backproof("explain", "or", "-o", "a.md")
    (here / "b").touch()
    assert (here / "a.md").stat().st_mode == (here / "b").stat().st_mode


def test_a_link_is_followed(backproof, here):
    (here / "real.md").write_text("before")
    (here / "link.md").symlink_to("real.md")
    assert backproof("explain", "or", "-o", "link.md").code == 0
    assert (here / "link.md").is_symlink()
    assert (here / "real.md").read_text().startswith("# OR gate")


def test_a_device_stays_a_device(backproof, here):
    os.mkfifo(here / "pipe.md")
    reader = os.open(here / "pipe.md", os.O_RDONLY | os.O_NONBLOCK)
    assert backproof("explain", "or", "--of", "E", "-o", "pipe.md").code == 0
    assert os.read(reader, 9).startswith(b"# OR gate")
    os.close(reader)
    assert stat.S_ISFIFO((here / "pipe.md").stat().st_mode)
    assert backproof("explain", "or", "-o", "/dev/null", "--format", "html").code == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize("inside", [True, False])
def test_no_permission(backproof, here, monkeypatch, inside):
    (here / "a.md").write_text("before")
    if not inside:
        (here / "a.md").unlink()
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    ran = backproof("explain", "or", "-o", "a.md")
    assert (ran.code, ran.out) == (2, "")
    assert "no permission" in ran.err


def test_a_full_disk_leaves_what_was_there(backproof, here, monkeypatch):
    (here / "a.md").write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    ran = backproof("explain", "or", "-o", "a.md")
    assert (ran.code, ran.out, ran.err) == (2, "", "backproof: 'a.md' cannot be written: No space left on device.\n")
    assert [path.name for path in here.iterdir()] == ["a.md"]
    assert (here / "a.md").read_text() == "before"


@pytest.mark.parametrize(
    ("written", "output"),
    [
        ("explain sheet.md --format text", "sheet.md"),
        ("check sheet.md --format text", "sheet.md"),
        ("check paper.md --network sheet.md", "paper.md"),
        ("check paper.md --network sheet.md", "sheet.md"),
        ("check paper.md other.md --network sheet.md", "other.md"),
        ("check paper.md --network sheet.md", "link.md"),
        ("check-code mine:f --network sheet.md", "sheet.md"),
        ("export sheet.html", "sheet.html"),
        ("export sheet.html", "link.html"),
        ("predict run new.csv", "new.csv"),
    ],
)
def test_a_file_that_is_read_is_never_the_one_that_is_written(backproof, here, written, output):
    from backproof import examples

    for name in ("sheet.md", "sheet.html"):
        (here / name).write_text(examples.text("or"))
    for name in ("paper.md", "other.md", "new.csv"):
        (here / name).write_text("a_1 = 0.6457")
    (here / "link.md").symlink_to("paper.md")
    (here / "link.html").symlink_to("sheet.html")
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    ran = backproof(*written.split(), *([] if written.startswith("export") else ["-o"]), output)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"backproof: '{output}' is read by this command and would be lost; choose another output file.\n"
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


@pytest.mark.parametrize(
    ("verb", "written"),
    [(("explain", "or", "--of", "E"), "a.md"), (("check", "or_article"), "a.html"), (("export", "line.toml"), "a.HTM")],
)
def test_what_was_written_is_said_on_standard_error(backproof, here, verb, written):
    (here / "line.toml").write_text(LINE)
    ran = backproof(*verb, *([] if verb[0] == "export" else ["-o"]), written)
    size = round((here / written).stat().st_size / 1000)
    assert ran.out == ""
    assert ran.err.splitlines()[-1].startswith(f"{written}: {size} kB")


def test_quiet_training_says_nothing_of_its_report(backproof, here):
    assert backproof("train", "or", "--epochs", "2", "-q", "-o", "a.md") == (0, "", "")


@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.tex", "x.json", "x.JSON"])
def test_export_of_another_form_names_the_command_for_it(backproof, here, name):
    ran = backproof("export", "or", name)
    assert (ran.code, ran.out, list(here.iterdir())) == (2, "", [])
    assert ran.err.endswith(f"backproof explain or -o {name}\n")
    assert backproof(*ran.err.split()[-5:][1:], "--of", "E").code == 0


@pytest.mark.parametrize("name", ["x", "x.png", "x.pdf", ".html"])
def test_export_knows_pages_by_their_ending(backproof, here, name):
    ran = backproof("export", "or", name)
    assert (ran.code, ran.out, list(here.iterdir())) == (2, "", [])
    assert ran.err == f"backproof: '{name}' has an unknown ending; a page ends in .html or .htm.\n"


@pytest.mark.parametrize("name", ["a" * 300 + ".md", "there.md/a.md"])
def test_what_is_no_file_name(backproof, here, name):
    (here / "there.md").touch()
    ran = backproof("explain", "or", "-o", name)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["ünïcode ☃.md", "with space.md", "-.md", "a" * 250 + ".md"])
def test_unusual_file_names(backproof, here, name):
    assert backproof("explain", "or", "--of", "E", f"--output={name}").code == 0
    assert (here / name).exists()


TITLE = r"""<script>alert(1)</script> \\input{/etc/passwd} `x` $y$ | שלום 🎉"""


@pytest.mark.parametrize(("suffix", "never"), [(".html", "<script>"), (".tex", "\\input{"), (".md", "<script>")])
def test_a_title_is_text(backproof, here, suffix, never):
    from backproof import examples

    sheet = examples.text("or").split("\n", 1)[1]
    ran = backproof("explain", "-", "-o", f"a{suffix}", stdin=f'title = "{TITLE}"\n{sheet}')
    assert ran.code == 0
    assert never not in (here / f"a{suffix}").read_text("utf-8")

"""Bad input: one message on standard error, exit code 2, nothing on standard output, nothing written."""

import shlex

import pytest

from backproof import examples

OR = examples.text("or")
WORKSHEET = {
    "nonsense": "title = ",
    "empty": "",
    "no data": OR.split("[data]")[0],
    "unknown key": OR.replace("[data]", "[data]\nsmaples = 1"),
    "nan": OR.replace("value = 0.1}", "value = nan}"),
    "unknown unit": OR.replace('from = "i1"', 'from = "i9"', 1),
}
BAD = [
    ("explain", "Missing argument 'WORKSHEET'"),
    ("explain nope", "neither a file nor an example"),
    ("explain orr", "Did you mean 'or'?"),
    ("explain nope.toml", "no file 'nope.toml'"),
    ("explain .", "is a folder"),
    ("explain or --of dE/dw9", "there is no parameter 'w9'. Did you mean 'w"),
    ("explain or --of a[h9] --sample 1", "there is no unit 'h9'. Did you mean 'h"),
    ("explain or --of a[h1]", "choose one, such as sample = 1"),
    ("explain or --of h[i1] --sample 1", "is an input"),
    ("explain or --of ''", "not the name of a number"),
    ("explain or --of 'dE/dw1;ls'", "not the name of a number"),
    ("explain or --sample 0", "'--sample': 0 is not in the range"),
    ("explain or --sample 5", "sample 5 is not in step 1"),
    ("explain or --sample 1 --of 'new w1'", "leave out the sample"),
    ("explain or --sample two", "is not a valid integer"),
    ("explain or --step 0", "'--step': 0 is not in the range"),
    ("explain or --step -1", "is not in the range"),
    ("explain or --digits 0", "'--digits': 0 is not in the range"),
    ("explain or --digits 18", "'--digits': 18 is not in the range"),
    ("explain or --notation nobody", "'nobody' is not one of 'article', 'nielsen'"),
    ("explain or --format pdf", "'pdf' is not one of"),
    ("explain or --stpe 2", "--step"),
    ("explain or mazur", "unexpected extra argument"),
    ("explain or -o report.pdf", "has an unknown ending"),
    ("explain or -o report", "has an unknown ending"),
    ("explain or -o ''", "give a file name"),
    ("explain or -o folder", "'folder' is a folder"),
    ("explain or -o folder/there/a.md", "there is no folder"),
    ("explain or --format html -o nowhere/a.html", "there is no folder"),
    ("train", "Missing argument 'WORKSHEET|DATA'"),
    ("train or --learning-rate nan", "learning_rate must be a finite number from 0, received nan"),
    ("train or --learning-rate inf", "learning_rate must be a finite number from 0, received inf"),
    ("train or --learning-rate -0.1", "learning_rate must be a finite number from 0, received -0.1"),
    ("train or --learning-rate fast", "is not a valid float"),
    ("train or --epochs -1", "is not in the range"),
    ("train or --epochs 1.5", "is not a valid integer"),
    ("train or --batch-size 0", "is not in the range"),
    ("train or --seed -1", "is not in the range"),
    ("train or -o report.pdf", "has an unknown ending"),
    ("train or -o nowhere/a.md", "there is no folder"),
    ("demo --epochs 0", "is not in the range"),
    ("demo --learning-rate nan", "learning_rate must be a finite number"),
    ("demo -o nowhere/or.html", "there is no folder"),
    ("demo -o or.pdf", "has an unknown ending"),
    ("demo or", "unexpected extra argument"),
    ("examples nope", "unknown example 'nope'"),
    ("examples mazurr", "Did you mean 'mazur'?"),
    ("examples ../or", "unknown example"),
    ("new folder", "is a folder"),
    ("new ''", "give a file name"),
    ("new nowhere/a.toml", "there is no folder"),
    ("new there.toml", "already exists"),
    ("completion", "Missing argument"),
    ("completion tcsh", "is not one of 'bash', 'zsh', 'fish'"),
    ("trian or", "Did you mean 'train'?"),
    ("--nonsense", "No such option"),
    ("explain nonsense.toml", "not valid TOML"),
    ("explain empty.toml", "is missing"),
    ("explain no-data.toml", "'data' is missing"),
    ("explain unknown-key.toml", "smaples"),
    ("explain nan.toml", "finite"),
    ("explain unknown-unit.toml", "(line 9): there is no unit 'i9'. Did you mean"),
    ("explain bytes.toml", "not UTF-8"),
    ("train unknown-key.toml", "smaples"),
]
LINE = (
    OR.replace('activations = ["sigmoid", "sigmoid"]', 'activations = ["identity", "identity"]')
    .replace("learning_rate = 0.01", "learning_rate = 0.1")
)  # fmt: skip


@pytest.mark.parametrize(("line", "fragment"), BAD)
def test_bad_command_lines(backproof, here, line, fragment):
    (here / "folder").mkdir()
    (here / "there.toml").write_text("mine")
    (here / "line.toml").write_text(LINE)
    (here / "bytes.toml").write_bytes(b"title = '\xff'")
    for name, text in WORKSHEET.items():
        (here / f"{name.replace(' ', '-')}.toml").write_text(text)
    before = {path: path.read_bytes() if path.is_file() else None for path in here.rglob("*")}
    ran = backproof(*shlex.split(line))
    assert fragment in " ".join(ran.err.split())
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    messages = [each for each in ran.err.splitlines() if each.startswith(("backproof:", "Error:"))]
    assert len(messages) == 1
    assert {path: path.read_bytes() if path.is_file() else None for path in here.rglob("*")} == before


@pytest.mark.parametrize("text", ["", "[", "title = 1", "\0", "a" * 10_000, "[" * 5000])
def test_bad_standard_input(backproof, text):
    ran = backproof("explain", "-", stdin=text)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("backproof: ")


def test_a_rate_that_makes_the_numbers_infinite_writes_nothing(backproof, here):
    (here / "line.toml").write_text(LINE)
    (here / "kept.md").write_text("before")
    ran = backproof("train", "line.toml", "--learning-rate", 99, "-q", "-o", "kept.md")
    assert (ran.code, ran.out) == (1, "")
    assert "has diverged. The learning rate, 99, is probably too high" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert (here / "kept.md").read_text() == "before"


def test_an_explanation_whose_update_is_infinite_is_still_given(backproof, here):
    (here / "line.toml").write_text(
        LINE.replace("learning_rate = 0.1", "learning_rate = 1e308").replace("0.1}", "1e9}")
    )
    ran = backproof("explain", "line.toml")
    assert (ran.code, ran.err) == (0, "")
    assert "not finite" in " ".join(ran.out.split())

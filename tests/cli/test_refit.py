"""Training once more on all rows: the network that predicts has seen the rows that gave the score, too."""

import re

import pytest

from backproof.train.store import load_model
from tables import flowers

SAID = "then trained on all 90 rows"
OPTIONS = ("--engine", "numpy", "--epochs", 20, "--l2", 0.01, "--learning-rate", 0.01, "--batch-size", 16, "-q")


@pytest.fixture
def train(backproof, here):
    flowers(here / "flowers.csv")
    return lambda *more: backproof("train", "flowers.csv", "--target", "species", "--no-baselines", *more)


def read_model(folder):
    model = load_model(folder)
    return {key: array.tobytes() for key, array in model.network.parameters.items()}, model.preparation


def find_score(text):
    return re.search(r"accuracy ([\d.]+)", " ".join(text.split()))[1]


def test_the_network_that_predicts_is_the_one_that_all_rows_make(train, here):
    ran = train(*OPTIONS, "--refit", "-o", "refitted")
    assert (ran.code, SAID in " ".join(ran.out.split())) == (0, True)
    assert SAID in " ".join((here / "refitted" / "MODEL_CARD.md").read_text().split())
    train(*OPTIONS, "--validation", 0, "-o", "whole")
    train(*OPTIONS, "-o", "part")
    assert read_model("refitted") == read_model("whole") != read_model("part")
    assert (here / "refitted" / "history.jsonl").read_bytes() == (here / "part" / "history.jsonl").read_bytes()


def test_a_run_that_was_killed_before_it_was_trained_again_ends_in_the_same_bits(train, backproof, here):
    train(*OPTIONS, "--refit", "-o", "whole")
    train(*OPTIONS, "--refit", "-o", "killed")
    train(*OPTIONS, "-o", "part")
    (here / "killed" / "model.safetensors").write_bytes((here / "part" / "model.safetensors").read_bytes())
    assert SAID in " ".join(backproof("train", "killed", "--resume", "--no-baselines").out.split())
    assert (here / "killed" / "model.safetensors").read_bytes() == (here / "whole" / "model.safetensors").read_bytes()


def test_the_score_on_rows_for_the_test_is_that_of_the_network_that_predicts(train, backproof, here):
    lines = (here / "flowers.csv").read_text().splitlines(keepends=True)
    (here / "flowers.csv").write_text("".join(lines[:61]))
    (here / "test.csv").write_text(lines[0] + "".join(lines[61:]))
    options = ("--test", "test.csv", "--engine", "numpy", "-q", "--learning-rate", 0.0001, "--validation", 0.5)
    tested = find_score(train(*options, "-o", "refitted").out)
    predicted = find_score(backproof("predict", "refitted", "test.csv", "-o", "out.csv").err)
    assert tested == predicted
    assert tested == find_score((here / "refitted" / "MODEL_CARD.md").read_text())
    assert tested != find_score(train(*options, "--no-refit", "-o", "part").out)


def test_a_run_with_rows_for_the_test_is_resumed_from_anywhere(train, backproof, here, monkeypatch):
    (here / "test.csv").write_bytes((here / "flowers.csv").read_bytes())
    train("--test", "test.csv", *OPTIONS, "-o", "run")
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    ran = backproof("train", str(here / "run"), "--resume", "--epochs", 21, "--no-baselines", "-q")
    assert ran.code == 0, ran.err
    assert f"{here}" not in (here / "run" / "MODEL_CARD.md").read_text()


def test_few_rows_are_trained_on_again_by_default_but_not_where_early_stopping_decides(train):
    assert SAID in " ".join(train("-q", "-o", "run").out.split())
    for number, asked in enumerate((("--epochs", 5), ("--l2", 0), ("--patience", 3), ("--no-refit",))):
        assert SAID not in " ".join(train("-q", *asked, "-o", f"run{number}").out.split())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--validation", 0), "all rows are trained on already"), (("--restarts", 4), "--restarts"),
        (("--processes", 2), "--processes"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_again_is_said(train, asked, says):
    ran = train("--refit", *asked)
    assert ran.code == 2
    assert says in ran.err
    assert "Traceback" not in ran.err

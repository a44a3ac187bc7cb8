"""The worksheets that Backproof brings along."""

import re

import pytest

from backproof import examples
from backproof.worksheet import load, loads


def test_names():
    assert examples.names() == (
        "attention", "batchnorm", "conv", "lstm", "mazur", "or", "or_article", "residual", "rnn", "xor",
    )  # fmt: skip


@pytest.mark.parametrize("name", examples.names())
def test_each_is_read_and_says_what_it_is(name):
    sheet = load(name)
    assert sheet.title == examples.title(name)
    assert sheet.source
    assert "\n" not in sheet.title
    assert sheet.warnings == ()


def test_or_is_the_article_s_network():
    assert load("or").trace(sample=2)["dE/dw5"] == pytest.approx(-0.07864821625808105, rel=1e-12)
    assert load("or").x.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]


def test_xor_is_learnt():
    sheet = load("xor")
    outputs = sheet.trace(step=5000).forward.a[-1]
    assert abs(outputs - sheet.y).max() < 0.02


def test_a_new_file_is_a_new_example(tmp_path, monkeypatch):
    for name in ("mine.toml", "starter.toml", "notes.txt"):
        (tmp_path / name).write_text('title = "t"')
    monkeypatch.setattr(examples, "_FOLDER", tmp_path)
    assert examples.names() == ("mine",)
    assert examples.title("mine") == "t"


def test_rows_of_data_may_be_added_to_the_starter():
    text = examples.starter().replace("inputs = [[1, 2]]", "inputs = [[1, 2], [0, 1]]")
    sheet = loads(text.replace("targets = [[1]]", "targets = [[1], [0]]"))
    assert len(sheet.x) == 2
    for claim in sheet.claims:
        alone, beside = loads(examples.starter()).trace(), sheet.trace(sample=claim.sample)
        assert beside[claim.of] == pytest.approx(alone[claim.of], rel=1e-15)


def test_the_starters_whole_layers_work_once_they_are_no_comment():
    head, _, rest = examples.starter().partition("units = [[")
    kept = [line for line in rest.splitlines() if line.startswith(("activations", "cost"))]
    given = [line[2:] for line in rest.splitlines() if line.startswith(("# layers", "# initialiser", "# seed"))]
    data = "[data]\n" + rest.partition("[data]\n")[2].partition("[[claims]]")[0]
    trace = loads("\n".join([head, *kept, *given, data])).trace()
    for name in re.findall(r"`([^`\n]*l1\.1[^`\n]*)`", rest):
        assert trace.explain(name).value == trace[name]


def test_the_starter_is_right_but_for_one_claim():
    sheet = loads(examples.starter())
    trace = sheet.trace()
    wrong = [claim.of for claim in sheet.claims if abs(trace[claim.of] - float(claim.value)) > 5.1e-5]
    assert wrong == ["dE/dw1"]

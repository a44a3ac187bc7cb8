"""The worksheets that Backproof brings along."""

import pytest

from backproof import examples
from backproof.worksheet import load, loads


def test_names():
    assert examples.names() == ("or", "or_article", "mazur", "xor")


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


def test_the_starter_is_right_but_for_one_claim():
    sheet = loads(examples.starter())
    trace = sheet.trace()
    wrong = [claim.of for claim in sheet.claims if abs(trace[claim.of] - float(claim.value)) > 5.1e-5]
    assert wrong == ["dE/dw1"]

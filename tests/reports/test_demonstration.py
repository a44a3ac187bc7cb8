"""The main job: what the article's network does, beside what the article prints."""

import numpy as np
import pytest

from backproof import load
from backproof.document import Heading, Note, Paragraph, Table, Worked
from backproof.render import render, target_names
from backproof.reports.demonstration import XOR, demonstration
from backproof.rounding import agrees
from backproof.trace import trace_of
from backproof.training import Training


@pytest.fixture(scope="module")
def document():
    article, gate = load("or_article"), load("or")
    return demonstration(article, gate, gate.network.fit(gate.x, gate.y, epochs=5000, learning_rate=2))


@pytest.fixture(scope="module")
def step():
    article = load("or_article")
    return trace_of(article.network, article.x[1:2], article.y[1:2], Training(0.01))


def tables(document):
    return [block for block in document.blocks if isinstance(block, Table)]


def test_it_goes_forward_to_the_cost_back_and_through_the_update(document):
    order = [block.text for block in document.blocks if isinstance(block, Heading)]
    assert order == [
        "Forward pass", "Cost", "Backpropagation: the output layer", "Backpropagation: the hidden layer",
        "Weight update", "What the article prints", "All four samples of OR", "Training until it is an OR gate",
    ]  # fmt: skip


def test_every_derivation_has_the_true_number(document, step):
    found = [block.derivation for block in document.blocks if isinstance(block, Worked)]
    names = {each.name for each in found}
    assert {f"dE/dw{number}" for number in range(1, 7)} | {f"dE/db{number}" for number in range(1, 4)} <= names
    assert {"E", "dE/da[o]", "delta[o]", "new w5", "new w1", "a[o]", "h[h1]"} <= names
    gate = load("or").trace()
    batch = [each for each in found if any(line.kind == "sum_over_samples" for line in each.lines)]
    assert [each.name for each in batch] == ["E", "dE/dw5", "dE/dw1"]
    for each in found:
        assert each.value == (gate if each in batch else step)[each.name]
        if each.estimate is not None:
            assert abs(each.estimate - each.value) < 1e-8


def test_the_right_numbers_of_the_article_are_reproduced_to_their_printed_digits(document, step):
    table = next(each for each in tables(document) if each.header[1] == "printed")
    article = load("or_article")
    assert [row[:2] for row in table.rows] == [(claim.of, claim.value) for claim in article.claims]
    for (of, printed, truth, verdict, _), claim in zip(table.rows, article.claims, strict=True):
        assert truth == step[of]
        assert (verdict == "right") == agrees(printed, truth)
        assert verdict == claim.expected["verdict"]
    right = sum(row[3] in ("right", "rounded") for row in table.rows)
    said = f"{right} of {len(table.rows)} printed numbers are right"
    assert any(isinstance(block, Paragraph) and str(block.text).startswith(said) for block in document.blocks)


def test_the_gradients_over_all_samples_stand_beside_those_of_xor(document):
    gate = load("or")
    truth, other = gate.trace(), trace_of(gate.network, gate.x, XOR)
    table = next(each for each in tables(document) if each.header[0] == "gradient")
    assert "XOR" in table.header[2]
    assert len(table.rows) == 9
    for quantity, of_or, of_xor in table.rows:
        assert (of_or, of_xor) == (truth[quantity.name], other[quantity.name])
    assert any(isinstance(block, Note) and block.kind == "warning" and "XOR" in block.text for block in document.blocks)


def test_the_notebooks_printed_sum_is_xors():
    gate = load("or")
    assert agrees("0.013", trace_of(gate.network, gate.x, XOR)["dE/db3"])
    assert not agrees("0.013", gate.trace()["dE/db3"])


def test_it_ends_with_a_gate_that_works(document):
    table = tables(document)[-1]
    for *_, target, before, after in table.rows:
        assert abs(before - 0.5) < 0.1
        assert after > 0.9 if target else after < 0.1
    assert document.blocks[-1].text.startswith("The gate is learned")


def test_a_run_that_is_too_short_is_said_to_be():
    article, gate = load("or_article"), load("or")
    short = demonstration(article, gate, gate.network.fit(gate.x, gate.y, epochs=2))
    assert short.blocks[-1].text == "The gate is not learned."


@pytest.mark.parametrize("target", target_names())
def test_it_can_be_shown_in_every_format(document, target):
    assert np.char.count(render(document, target), "0.118851" if target != "json" else "0.11885128").item() >= 1

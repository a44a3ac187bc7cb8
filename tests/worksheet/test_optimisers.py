"""A worksheet with each optimiser: read, written, explained in every format, and its true numbers found right."""

import pytest

from backproof import check
from backproof.operations.registry import write_operation
from backproof.render import render, target_names
from backproof.reports.explanation import explanation
from backproof.worksheet import loads, toml
from backproof.worksheet.writer import dumps
from variants import OPTIMISERS, words

SHEET = """
title = "one weight used twice"
[network]
units = [["i", "j"], ["p", "q"], ["o"]]
activations = ["tanh", "sigmoid"]
cost = "half_squared_error"
weights = [
  {name = "w1", from = ["i", "j"], to = ["p", "q"], value = 0.3},
  {name = "w2", from = "j", to = "p", value = -0.2},
  {name = "w3", from = "p", to = "o", value = 0.6},
  {name = "w4", from = "q", to = "o", value = -0.4, trained = false},
]
biases = [{name = "b1", to = "o", value = 0.1}]
[data]
inputs = [[1, -2], [0.5, 1.5]]
targets = [[1], [0]]
[training]
learning_rate = 0.3
"""

every = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=words)


def sheet(optimiser, claims=""):
    return loads(f"{SHEET}{toml.write_pair('optimizer', write_operation(optimiser))}\n{claims}")


@every
def test_it_is_read_and_written(optimiser):
    read = sheet(optimiser)
    assert read.training.optimiser == optimiser
    assert loads(dumps(read)).training == read.training


@every
@pytest.mark.parametrize("step", [1, 3])
def test_the_whole_step_is_explained_in_every_format(optimiser, step):
    document = explanation(sheet(optimiser).trace(step=step), "one step")
    for target in target_names():
        assert render(document, target)


@every
def test_true_numbers_are_right_and_a_wrong_one_is_not(optimiser):
    trace = sheet(optimiser).trace(step=3)
    claims = [(name, trace[name]) for name in ("new w1", "step w2", "new w4", "new b1")]
    claims.append(("step w3", trace["step w3"] * 1.7))
    written = "\n".join(f'[[claims]]\nof = "{name}"\nvalue = "{value:.9f}"\nstep = 3' for name, value in claims)
    verdicts = [claim.verdict for claim in check(sheet(optimiser, written)).claims]
    assert verdicts[:4] == ["right"] * 4
    assert verdicts[4] != "right"

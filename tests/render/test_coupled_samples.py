"""Derivations where a batch norm couples the samples: whose cost is differentiated, and which sample a number is of."""

import re
from itertools import pairwise

import pytest

from backproof.evaluation import evaluate
from backproof.expression import Value
from backproof.render import render_derivation
from backproof.render.content import lines
from backproof.worksheet import loads
from backproof.worksheet.model import Worksheet

SHEET = """
[network]
inputs = [1, 4, 4]
cost = "half_squared_error"
initialiser = "glorot_uniform"
seed = 0
layers = [
  {name = "c", kind = "conv2d", channels = 1, kernel = [2, 2], activation = "tanh"},
  {name = "n", kind = "batch_norm"},
  {name = "f", kind = "flatten"},
  {name = "o", kind = "dense", units = 1, activation = "sigmoid"},
]
[data]
inputs = [
  [[[1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 1, 1], [1, 0, 1, 1]]],
  [[[0, 0, 1, 1], [1, 1, 0, 1], [0.5, 1, 1, 0], [0, 0, 1, 1]]],
]
targets = [[1], [0]]
"""
#: A cost with a sample beside it under the sign of a derivative, in each target.
SAMPLED = {
    "text": r"∂E[⁽^]",
    "latex": r"\\partial E\^|\\partial \{?E\}?\^",
    "html": r"<mo>∂</mo>(<mrow>)?<msup><mi>E</mi>",
    "markdown": r"\\partial E\^",
}
OF_UNITS = ("dE/da[c[0,0,1]]", "dE/dh[c[0,0,1]]", "dE/da[n[0,0,1]]")
OF_PARAMETERS = ("dE/dc.weight[0,0,0,1]", "dE/dc.bias[0]", "dE/dn.weight[0]")
ASKED = [
    *((name, sample) for name in (*OF_UNITS, *OF_PARAMETERS) for sample in (1, 2)),
    *((name, None) for name in OF_PARAMETERS),
]


@pytest.fixture(scope="module")
def sheet() -> Worksheet:
    return loads(SHEET)


@pytest.mark.parametrize("target", SAMPLED)
@pytest.mark.parametrize(("name", "sample"), ASKED)
def test_the_cost_that_is_differentiated_is_of_no_sample_and_the_legend_says_whose(sheet, name, sample, target):
    text = render_derivation(sheet.trace(sample=sample).explain(name), target)
    assert not re.search(SAMPLED[target], text)
    assert "cost of the whole batch" in re.sub(r"\W+", " ", text.replace("text", ""))


def test_without_coupling_the_legend_says_nothing_of_it(sheet):
    plain = loads(SHEET.replace('  {name = "n", kind = "batch_norm"},\n', "")).trace(sample=1)
    assert "whole batch" not in str(plain.explain("dE/da[c[0,0,1]]"))


def test_the_part_of_the_cost_is_that_of_its_own_sample(sheet):
    derivation = sheet.trace(sample=1).explain("dE[o[0]]/da[c[0,0,1]]")
    assert derivation.value == pytest.approx(derivation.estimate, rel=1e-6)
    assert "whole batch" not in str(derivation)


@pytest.mark.parametrize("name", ["dE/da[c[0,0,1]]", "dh[n[0,0,1]]/dc.bias[0]"])
def test_beside_numbers_of_other_samples_each_number_says_its_own(sheet, name):
    text = str(sheet.trace(sample=1).explain(name)).split("Notation")[0]
    whole = re.sub(r"Σ.*", "", text)  # the general term of a sum is of no sample
    assert not [found for found in re.findall(r"[ah]_\{[cn]\[[\d,]+\]\}(.?)", whole) if found != "⁽"]


def test_a_share_says_what_it_is_and_the_legend_too(sheet):
    derivation = sheet.trace(sample=1).explain("dE/dc.weight[0,0,0,1]")
    assert any("share of sample 1" in note for note in derivation.notes)
    assert "the share of sample n" in str(sheet.trace().explain("dE/dc.weight[0,0,0,1]"))


def test_a_statistic_is_of_the_batch_whatever_sample_is_looked_at(sheet):
    assert "(sample" not in str(sheet.trace(sample=1).explain("batch_mean[n[0,0,0]]"))


@pytest.mark.parametrize("name", ["dE/dc.weight[0,0,0,1]", "dE/dc.bias[0]", "dE/dn.weight[0]", "dE/da[c[0,0,1]]"])
def test_no_definition_and_no_reason_is_repeated_for_each_position(sheet, name):
    derivation = sheet.trace(sample=1).explain(name)
    definitions = [line for line in derivation.lines if line.kind == "definition"]
    local = [line.reason for line in derivation.lines if line.kind == "local_derivatives"]
    assert len(definitions) == 1
    assert "more in the same way" in definitions[0].reason
    assert sum("likewise for" in reason for reason in local) == len({r for r in local if "likewise" in r}) > 0
    assert len(local) <= 6


def test_the_largest_positions_stand_first(sheet):
    derivation = sheet.trace(sample=1).explain("dE/dc.weight[0,0,0,1]")
    (numbers,) = (line.right for line in derivation.lines if line.kind == "numbers")
    sizes = [abs(float(evaluate(term))) for term in numbers.terms[:-1]]
    assert sizes == sorted(sizes, reverse=True)
    assert "5 more terms" in str(derivation)


@pytest.mark.parametrize("name", ["a[f[1]]", "h[f[1]]", "dE/da[n[0,0,1]]", "c.bias[0]", "y[o[0]]", "E", "a[x[0,0,0]]"])
def test_a_number_is_not_printed_twice_in_a_row(sheet, name):
    shown = list(lines(sheet.trace(sample=1).explain(name)))
    for (_, above, _), (left, below, _) in pairwise(shown):
        repeated = left is None and isinstance(above, Value) and isinstance(below, Value)
        assert not (repeated and above.value == below.value)

"""What a report shows of a network, by its size."""

import time
from pathlib import Path

import numpy as np
import pytest

from backproof import Network, load
from backproof.document import Heading, Note, Paragraph, Table, Worked
from backproof.render import render
from backproof.reports.explanation import MIDDLE, SMALL, explanation, steepest
from backproof.reports.training import SHOWN, SHOWN_OUTPUTS, tabulate_answers
from backproof.trace import trace_of
from backproof.training import Training

WORKED_ALL = 2 * 3 + 1 + 2 * 3 + 9  # h, a; E; dE/da, dE/dh; the derivatives of a 2-2-1 network


def pass_of(sizes, samples=1, **options):
    network = Network.dense(sizes, **options)
    rng = np.random.default_rng(0)
    return trace_of(network, rng.normal(size=(samples, sizes[0])), rng.uniform(size=(samples, sizes[-1])))


def report(trace, *names):
    return explanation(trace, "title", names)


def worked(document):
    return [block.derivation.name for block in document.blocks if isinstance(block, Worked)]


def headings(document):
    return [block.text for block in document.blocks if isinstance(block, Heading)]


def test_a_small_network_is_worked_number_by_number():
    document = report(pass_of([2, 2, 1]))
    assert len(worked(document)) == WORKED_ALL
    assert len(set(worked(document))) == WORKED_ALL
    assert headings(document) == ["Forward pass", "Cost", "Backward pass", "Gradients"]


def test_the_step_follows_where_there_is_a_rate():
    document = report(load("or").trace(sample=None))
    assert headings(document)[-1] == "Update"
    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert len(tables[-1].rows) == 9
    trace = load("or").trace()
    for name, old, gradient, step, new in tables[-1].rows:
        assert (old, gradient) == (trace[name.of[0]], trace[f"dE/d{name.of[0]}"])
        assert (step, new) == (trace[f"step {name.of[0]}"], trace[f"new {name.of[0]}"])
    assert "Update" not in headings(report(load("or").trace(sample=1)))


def test_a_small_batch_stands_in_tables_with_its_sums_worked():
    trace = load("or").trace()
    document = report(trace)
    forward = next(block for block in document.blocks if isinstance(block, Table))
    assert len(forward.rows) == 4
    for row in forward.rows:
        one = trace.of_sample(int(row[0]))
        assert row[1:] == tuple(one[f"{letter}[{unit}]"] for unit in ("h1", "h2", "o") for letter in "ha")
    assert worked(document) == ["E", *(f"dE/d{name}" for name in trace.network.wiring.names()), "new w1"]


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [([2, 19, 1], "small"), ([1, 20, 1], "middle"), ([9, 5, 1], "small"), ([9, 6, 1], "middle"),
     ([1, 1999 // 3, 1], "middle"), ([1, 700, 1], "large"), ([40, 48, 1], "large")],
)  # fmt: skip
def test_the_view_by_size(sizes, kind):
    trace = pass_of(sizes)
    count = trace.network.wiring.count
    kind = "small" if count <= SMALL else "middle" if count <= MIDDLE else "large"
    found = headings(report(trace))
    assert ("In matrix form" in found) == (kind != "small")
    assert ("The output layer" in found) == (kind == "middle")
    assert ("One quantity, worked out" in found) == (kind != "small")
    assert ("Gradients" in found) == (kind == "small")


def test_the_bounds_are_those_that_are_promised():
    assert (SMALL, MIDDLE) == (60, 2000)


def test_the_chosen_quantity_has_the_largest_derivative():
    trace = pass_of([5, 9, 3])
    name = steepest(trace)
    first = [each for each in trace.network.wiring.names() if each.startswith("w[1]")]
    assert abs(trace[f"dE/d{name}"]) == pytest.approx(max(abs(trace[f"dE/d{each}"]) for each in first))
    document = report(trace)
    assert worked(document)[-1] == f"dE/d{name}"
    assert "The largest paths" in document.blocks[-1].caption


@pytest.mark.parametrize("samples", [1, 3])
def test_a_large_network_is_short_and_quick(samples):
    trace = pass_of([784, 300, 10], samples, activation=["relu", "softmax"], cost="cross_entropy")
    begun = time.perf_counter()
    for target in ("text", "markdown", "latex", "html", "json"):
        assert len(render(report(trace), target)) < 120_000
    assert time.perf_counter() - begun < 10


def test_named_quantities_are_all_that_is_shown():
    trace = load("or").trace(sample=2)
    document = report(trace, "dE/dw1", "delta[o]*w5", "-delta[o]")
    assert worked(document) == ["dE/dw1", "delta[o]*w5", "-delta[o]"]
    assert len(document.blocks) == 3


@pytest.mark.parametrize("name", [
    "h[h1]", "a[h1]", "a[i1]", "E", "E[o]", "dE/da[h1]", "dE/dh[h1]", "delta[h1]", "da/dh[h1]", "dh[o]/da[h1]",
    "dh[o]/dw5", "dE/dw5", "da[o]/dw5", "w5", "new w5", "step w5", "delta[o]*w5", "eta*dE/dw5", "-delta[o]", "a_h1",
    "delta_o", "eta",
])  # fmt: skip
@pytest.mark.parametrize("target", ["text", "html", "latex", "markdown", "json"])
def test_every_name_of_a_number(name, target):
    trace = load("or").trace(sample=None if name.startswith(("new", "step")) else 2)
    document = report(trace, name)
    assert document.blocks[0].derivation.value == trace[name]
    assert render(document, target)


def test_warnings_are_shown():
    trace = pass_of([2, 1], activation="identity", cost="binary_cross_entropy")
    assert any(isinstance(block, Note) and "leave that range" in block.text for block in report(trace).blocks)


def test_the_network_is_described():
    text = next(block.text for block in report(pass_of([2, 2, 1], 3)).blocks if isinstance(block, Paragraph))
    assert "A 2-2-1 network (9 parameters)" in text
    assert "3 samples" in text


def test_an_infinite_update_is_said_and_the_rest_is_shown():
    network = Network.dense([1, 1], activation="identity", initialiser={"name": "normal", "deviation": 1})
    trace = trace_of(network, np.array([[1e200]]), np.array([[1.0]]), Training(1e200))
    document = report(trace)
    assert "Gradients" in headings(document)
    assert any(isinstance(block, Note) and "not finite" in block.text for block in document.blocks)


def test_the_table_of_answers_keeps_to_what_can_be_read():
    small, large = Network.dense([2, 2, 1]), Network.dense([784, 5, 30])
    table = tabulate_answers(small, small, np.ones((4, 2)), np.zeros((4, 1)))
    assert (len(table.rows), len(table.header)) == (4, 2 + 3)
    assert "not listed" not in table.caption
    table = tabulate_answers(large, large, np.ones((50, 784)), np.zeros((50, 30)))
    assert (len(table.rows), len(table.header)) == (SHOWN, 3 * SHOWN_OUTPUTS)
    for what in ("30 more samples", "784 inputs", "20 more outputs"):
        assert f"{what} are not listed" in table.caption


def test_the_readme_shows_what_is_printed():
    readme = Path(__file__).parents[2] / "README.md"
    if not readme.exists():
        pytest.skip("the README is not here")
    shown = (
        readme.read_text("utf-8").split("$ backproof explain or --sample 2 --of dE/dw1\n...\n")[1].split("\n...\n")[0]
    )
    document = explanation(load("or").trace(sample=2), "", ["dE/dw1"])
    assert shown in render(document, "text")


@pytest.mark.parametrize(
    ("names", "times"), [(["dE/dw1"], 1), (["dE/dw1", "dE/dw2"], 1), ([], 1), (["E"], 0), (["a[h1]", "w1"], 0)]
)
def test_a_central_difference_is_explained_once_in_a_report_that_has_one(names, times):
    text = render(explanation(load("or").trace(sample=2), "", names), "text")
    assert " ".join(text.split()).count("A central difference checks") == times


@pytest.mark.parametrize("name", ["dE/dw1", "dE/dh[h1]", "a[h1]", "new w1", "E", "h[o]"])
def test_every_printed_line_has_a_reason_that_says_something(name):
    trace = load("or").trace(sample=None if name == "new w1" else 2)
    reasons = [line.reason for line in trace.explain(name).lines]
    assert all(reasons)
    assert not [
        each for each in reasons if each in ("which is", "it is") or "multiplied with" in each or "by it" in each
    ]

"""What a number stands for: by definitions, headings, tables and sentences; and what is asked rather than accused."""

from dataclasses import replace

import pytest

import backproof
from backproof.checking.claims import check
from backproof.operations.cost import costs
from documents.measure import accusations
from documents.reading import read, sheet
from documents.workings import show


def judged(text, worksheet="mazur", tmp_path=None, **options):
    worksheet = backproof.load(worksheet) if isinstance(worksheet, str) else worksheet
    path = tmp_path / "work.md"
    path.write_text(text + "\n", encoding="utf-8")
    return check(path, network=worksheet, **options)


def found(report):
    return [(c.of, c.value, c.sample, c.step) for c in report.claims]


READ = [
    ("# Sample 2\n\na_h1 = 0.6457\n\n# Sample 3\n\na_h1 = 0.6900", "or", [("a[h1]", 2, 1), ("a[h1]", 3, 1)]),
    ("x = (0, 1)\n\na_h1 = 0.6900\n\nx = (1, 0)\n\na_h1 = 0.6457", "or",
     [("a[i1]", 3, 1), ("a[i2]", 3, 1), ("a[h1]", 3, 1), ("a[i1]", 2, 1), ("a[i2]", 2, 1), ("a[h1]", 2, 1)]),
    ("For the second row we get a_h1 = 0.6457.", "or", [("a[h1]", 2, 1)]),
    ("Step 1: forward\n\nnet_h1 = 0.3775\n\nStep 2: back\n\ndE/dw5 = 0.0822", "mazur",
     [("h[h1]", None, 1), ("dE/dw5", None, 1)]),
    ("z1 = w1*i1 + w2*i2 + b1 = 0.3775\n\nh1 = sigma(z1) = 0.5933\n\nh2 = 0.5969", "mazur",
     [("h[h1]", None, 1), ("a[h1]", None, 1), ("a[h2]", None, 1)]),
    ("E = 1/2 (t1 - y1)^2 + 1/2 (t2 - y2)^2 = 0.2984\n\ny1 = 0.7514", "mazur", [("E", None, 1), ("a[o1]", None, 1)]),
    ("w_1(new) = 0.1498, w_5_new = 0.3589, w5' = 0.3589, $w_5^{t+1} = 0.3589$", "mazur",
     [("new w1", None, 1), *[("new w5", None, 1)] * 3]),
    ("w_5 = 0.4 - 0.5 (0.0822) = 0.3589", "mazur", [("new w5", None, 1)]),
    (r"$\frac{\partial y}{\partial w_5} = 0.1613$, dy/dw5 = 0.1613", "or_article", [("da[o]/dw5", 2, 1)] * 2),
    ("h1: 0.3775", "mazur", [("h[h1]", None, 1)]),
    ("𝜕E/𝜕𝑤₅ = 0.0822 and 𝟃E/𝟃w₅ = ０.0822", "mazur", [("dE/dw5", None, 1)] * 2),
    ("The gradient of $w_5$ is $0.0822$. The new value of w5 is 0.3589. The loss comes to 0.2984.", "mazur",
     [("dE/dw5", None, 1), ("new w5", None, 1), ("E", None, 1)]),
    ("Der Gradient von w5 ist 0,0822. Die neue Gewichtung w5 = 0,3589.", "mazur",
     [("dE/dw5", None, 1), ("new w5", None, 1)]),
    ("| | h1 | h2 |\n|---|---|---|\n| net | 0.3775 | 0.3925 |\n| out | 0.5933 | 0.5969 |", "mazur",
     [("h[h1]", None, 1), ("h[h2]", None, 1), ("a[h1]", None, 1), ("a[h2]", None, 1)]),
    ("net(h1) = 0.3775, out(h1) = 0.5933, h1_out = 0.5933", "mazur", [("h[h1]", None, 1), *[("a[h1]", None, 1)] * 2]),
    ("neth1 = 0.3775, outh1 = 0.5933 and ao1 = 0.7514", "mazur",
     [("h[h1]", None, 1), ("a[h1]", None, 1), ("a[o1]", None, 1)]),
    ("unit   net    out\n\nh1   0.3775    0.5933\n\nh2   0.3925    0.5969\n\nunit    delta\n\no1    0.1385",
     "mazur", [("h[h1]", None, 1), ("a[h1]", None, 1), ("h[h2]", None, 1), ("a[h2]", None, 1), ("delta[o1]", None, 1)]),
    ("$ŷ_1 = 0.7514$", "mazur", [("a[o1]", None, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "worksheet", "numbers"), READ)
def test_what_a_number_is(text, worksheet, numbers, tmp_path):
    sheet_ = backproof.load(worksheet)
    report = judged(
        text, replace(sheet_, document=type(sheet_.document)(2)) if worksheet == "or_article" else sheet_, tmp_path
    )
    assert [(of, sample, step) for of, _, sample, step in found(report)] == numbers
    assert accusations(report) == []


ASKED = [
    ("x1 = 0.05 | x2 = 0.10 and then out = 0.5933", "out"),
    ("A learning rate of 0.1 is usual.", "0.1"),
    ("The error of h1 = 0.03", "h1"),
    ("| weight | strange |\n|---|---|\n| w5 | 0.7 |\n| w6 | 0.8 |", "0.7"),
    ("w5 = 0.45", "w5"),
    ("$\\frac{d l_1}{d w_5} = 0.12$", "l_1"),
    ("[0.1, 0.2]", "0.1"),
    ("W1 = [[0.9, 0.8], [0.7, 0.6]]", "W1"),
    ("q_3 = 0.5 and o(h1) = 0.77", "q_3"),
    ("```python\nlr = 0.5\n```", "lr"),
    ("h_1 = 0.5933", "h_1"),
]


@pytest.mark.parametrize(("text", "piece"), ASKED)
def test_what_is_not_certain_is_asked_and_not_accused(text, piece, tmp_path):
    report = judged(text, "mazur", tmp_path)
    assert [c for c in report.claims if c.verdict in ("wrong", "carried") and piece in c.where] == []
    assert any(piece in each.text for each in report.reading.unread) or not [
        c for c in report.claims if c.verdict == "wrong"
    ]
    assert all(each.reason for each in report.reading.unread)


def test_numbers_of_another_sample_are_said_in_one_sentence_and_judged_only_when_asked(tmp_path):
    text = "a_h1 = 0.6457\n\na_h2 = 0.6682\n\na_o = 0.5125\n\ndelta_o = -0.1218\n\nE = 0.1189"
    for options in ({}, {"sample": 3}, {"sample": 4}):
        report = judged(text, "or", tmp_path, **options)
        assert report.summary["wrong"] == 0
        assert "fit sample 2" in report.reading.notes[0]
    assert judged(text, "or", tmp_path, sample=2).summary["right"] == 5


def test_numbers_of_another_step_or_cost_are_said(tmp_path):
    trace = backproof.load("mazur").trace(2)
    names = ("a[h1]", "a[h2]", "a[o1]", "a[o2]", "E")
    text = "\n\n".join(f"{name} = {show(trace[name], 6)}" for name in names)
    report = judged(text, "mazur", tmp_path)
    assert report.summary["wrong"] == 0
    assert "step 2" in report.reading.notes[0]


@pytest.mark.parametrize("stated", ["E = {E:.4f}", "E = (y_o - a_o)^2", ""])
def test_gradients_of_another_cost_are_wrong_where_the_document_states_its_own(stated):
    half = sheet().trace(1, 2)
    cost = costs.make("squared_error")
    network = replace(sheet().network, architecture=replace(sheet().network.architecture, cost=cost))
    names = ("delta[o]", "dE/dw5", "dE/dw6", "dE/db3")
    lines = [stated.format(E=2 * half["E"]), *(f"{name} = {half[name]:.5f}" for name in names)]
    reading = read("\n\n".join(lines), replace(sheet(), network=network))
    assert {each.of for each in reading.claims if each.of != "E"} == (set(names) if stated else set())
    assert bool(reading.notes) != bool(stated)


def test_a_formula_that_holds_under_another_usual_reading_is_not_called_wrong():
    reading = read(r"$\frac{\partial E}{\partial w_5} = \delta_o h_1$")
    assert not any(not each.holds for each in reading.formulas)
    assert "h" in reading.unread[0].reason


def test_a_rounding_inside_a_chain_is_a_rounding():
    assert read("1 - (0.3672)^2 = 1 - 0.1349").steps[0].right
    assert not read("1 - (0.3672)^2 = 1 - 0.1439").steps[0].right


def test_a_formula_of_another_gradient_is_named_so():
    reading = read("dE/dw6 = (a_o - y) a_o (1 - a_o) a_1", sheet())
    assert "wrong_index" in reading.formulas[0].mistakes
    assert reading.formulas[0].mistakes[0] in ("wrong_index", "label_mixup")


def test_three_hundred_equations_are_read_in_two_seconds():
    import time

    text = "\n\n".join(
        f"$$\\delta_o = (a_o - y)\\,a_o(1-a_o) = -0.1218$$ and $a_{n % 2 + 1} = 0.65$" for n in range(150)
    )
    start = time.perf_counter()
    read(text)
    assert time.perf_counter() - start < 4  # two on a machine of its own

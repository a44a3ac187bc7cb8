"""Documents about graphs of layers: the names that Backproof prints itself, and whole explanations, are read back."""

import json
import re

import numpy as np
import pytest

from backproof import load
from backproof.checking.claims import check
from documents.reading import read

EXAMPLES = ("conv", "batchnorm", "rnn", "lstm", "attention", "residual")
VALUE = re.compile(r"^\|.*\| \$\\displaystyle = (-?\d+\.\d{3,})\$ \|.*\|$")
#: A sample of each example that has several.
SAMPLES = {"conv": 1, "batchnorm": 2, "rnn": None, "lstm": None, "attention": None, "residual": 2}


def explain(example, sample=None):
    return load(example).trace(sample=sample).explain()._repr_markdown_()


def accused_lines(report):
    """The lines of everything that is called wrong."""
    told = json.loads(report.to_json())
    wrong = [each for each in told["claims"] if each["verdict"] in ("wrong", "carried")]
    wrong += [each for each in told["arithmetic"] if each["verdict"] == "wrong"]
    wrong += [each for each in told["formulas"] if not each["holds"]]
    return sorted({int(re.search(r"line (\d+)", each["where"])[1]) for each in wrong})


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_explanation_is_read_back_and_nothing_in_it_is_accused(example, tmp_path):
    for sample in {None, SAMPLES[example]}:
        path = tmp_path / "working.md"
        path.write_text(explain(example, sample=sample), encoding="utf-8")
        report = check(path, network=example, sample=sample)
        assert accused_lines(report) == []
        told = json.loads(report.to_json())
        judged = sum(len(told[each]) for each in ("claims", "arithmetic", "formulas"))
        beside = ("counts numbers", "distinction of cases", "cannot follow here", "max is read with two arguments")
        left = [each for each in told["unread"] if not any(words in each["reason"] for words in beside)]
        assert judged > 20 * len(left), left


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_wrong_number_planted_in_an_explanation_is_found_and_no_other_is_accused(example, tmp_path):
    rng = np.random.default_rng(7)
    lines = explain(example).split("\n")
    places = [at for at, line in enumerate(lines) if VALUE.match(line)]
    for at in rng.choice(places, size=min(4, len(places)), replace=False):
        digits = VALUE.match(lines[at])[1]
        planted = f"{float(digits) * 1.37 + 0.0123:.6g}"
        path = tmp_path / "working.md"
        changed = [*lines[:at], lines[at].replace(f"= {digits}$", f"= {planted}$"), *lines[at + 1 :]]
        path.write_text("\n".join(changed), encoding="utf-8")
        found = accused_lines(check(path, network=example))
        assert at + 1 in found, lines[at]
        assert set(found) <= {at, at + 1}, (lines[at], [lines[each - 1] for each in found])


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_name_is_read_in_a_sentence_and_in_mathematics(example):
    sheet, sample = load(example), SAMPLES[example]
    trace = sheet.trace(sample=sample)
    names = [name for name in trace.names() if abs(trace[name]) > 1e-3]
    rng = np.random.default_rng(3)
    for name in rng.choice(names, size=min(60, len(names)), replace=False):
        digits, mark = f"{trace[name]:.5g}", "`" if rng.random() < 0.5 else ""
        prose = f"So {mark}{name} = {digits}{mark} here."  # but "this step w = 0.3" may be meant otherwise
        for text in (*([] if name.startswith("step") else [prose]), f"$${name} = {digits}$$"):
            found = read(text, sheet, sample=sample)
            assert [(each.of, each.value) for each in found.claims] == [(name, digits)], (text, found)
            wrong = f"{1.7 * trace[name] + 0.1:.5g}"
            given = name == "eta" or (name[:2] == "a[" and name[2:-1] in sheet.network.units[0])
            if not given and name not in sheet.network.wiring.names():
                found = read(text.replace(f"= {digits}", f"= {wrong}"), sheet, sample=sample)
                assert [each.value for each in found.claims] == [wrong], (text, found)


def test_names_of_layers_are_read_in_a_notebook(tmp_path):
    sheet = load("conv")
    right = sheet.trace()["dE/dc.weight[0,0,1,2]"]
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [f"dE/dc.weight[0,0,1,2] = {value:.4g}\n"]}
             for value in (right, 2 * right + 1)]  # fmt: skip
    path = tmp_path / "working.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    report = json.loads(check(path, network="conv").to_json())
    assert [each["verdict"] for each in report["claims"]] == ["right", "wrong"]

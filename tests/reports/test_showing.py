"""Objects show themselves: print is the report, a notebook gets it with formulas, and a repr is one short line."""

import re

import numpy as np
import pytest

from backproof import Network, check, check_gradient, load
from backproof.checking.code import GradientReport, PlainReport
from backproof.errors import BackproofError
from backproof.render import render
from backproof.reports.marking import marking
from backproof.reports.showing import describe_object
from graphs import random_graph
from networks import sane_case

GATE = load("or")
SHOWN = {
    "worksheet": GATE,
    "worksheet with claims": load("or_article"),
    "trace": GATE.trace(),
    "trace of a sample": GATE.trace(sample=2),
    "explanation": GATE.trace(sample=2).explain(),
    "network": GATE.network,
    "large network": Network.dense([784, 30, 10], seed=0),
    "graph": random_graph(3).trace().network,
    "history": GATE.network.fit(GATE.x, GATE.y, epochs=20, learning_rate=0.5),
    "no history": GATE.network.fit(GATE.x, GATE.y, epochs=0, learning_rate=0.5),
    "check": check("or_article"),
    "gradient": check_gradient(dict(GATE.trace().backward.gradients), GATE.network, GATE.x, GATE.y),
    "right derivative": check_gradient(np.square, lambda x: 2 * x, at=[1.0, 2.0]),
    "wrong derivative": check_gradient(np.square, lambda x: 3 * x, at=np.arange(1.0, 31.0)),
    "derivative at a kink": check_gradient(np.abs, lambda x: x + 5, at=[0.0, -1.0]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_notebook_gets_a_fragment_with_its_own_style(name):
    html = SHOWN[name]._repr_html_()
    assert html.startswith('<div class="backproof inside">')
    assert "<html" not in html
    assert "<script" not in html
    assert SHOWN[name]._repr_markdown_().strip()


@pytest.mark.parametrize("name", SHOWN)
def test_a_repr_is_one_line_without_addresses(name):
    shown = repr(SHOWN[name])
    assert "\n" not in shown
    assert len(shown) < 200
    assert not re.search(r"0x[0-9a-f]{4}", shown)


@pytest.mark.parametrize("name", SHOWN)
def test_a_host_gets_the_forms_that_it_asks_for(name):
    shown = SHOWN[name]
    bundle = shown._repr_mimebundle_()
    written = {"text/html": shown._repr_html_(), "text/markdown": shown._repr_markdown_()}
    assert bundle == {"text/plain": repr(shown), **written}
    for kind in bundle:
        assert shown._repr_mimebundle_(include={kind}) == {kind: bundle[kind]}
        assert kind not in shown._repr_mimebundle_(exclude={kind})
    assert shown._repr_mimebundle_(include={"image/png"}) == {}


def test_a_derivation_has_a_form_for_paper_too():
    derivation = GATE.trace(sample=2).explain("dE/dw1")
    assert derivation._repr_mimebundle_(include={"text/latex"}) == {"text/latex": derivation._repr_latex_()}
    assert set(derivation._repr_mimebundle_()) == {"text/plain", "text/html", "text/markdown", "text/latex"}


def test_two_explanations_in_one_notebook_lead_to_their_own_derivations():
    pages = [GATE.trace(sample=number).explain()._repr_html_() for number in (1, 2)]
    anchors = [set(re.findall(r' id="([^"]+)"', page)) for page in pages]
    links = [set(re.findall(r' href="#([^"]+)"', page)) for page in pages]
    assert not anchors[0] & anchors[1]
    assert all(found and found <= own for found, own in zip(links, anchors, strict=True))


@pytest.mark.parametrize("name", ["trace", "explanation", "check", "worksheet"])
def test_the_letters_stand_before_the_first_formula_in_a_notebook_too(name):
    page = SHOWN[name]._repr_html_()
    legend = page.index('<aside class="legend"')
    assert legend < page.index("<mi")


def test_the_report_of_a_derivative_lists_the_wrong_ones_beside_what_they_should_be():
    shown = describe_object(SHOWN["wrong derivative"])
    text = render(shown, "text", width=100)
    assert re.search(r"dx +1 +3 +2 +1\n", text)
    assert "20 more are not listed" in text
    assert "between -1 and 1" in render(describe_object(SHOWN["derivative at a kink"]), "text")
    assert 'data-verdict="wrong"' in SHOWN["wrong derivative"]._repr_html_()


@pytest.mark.parametrize(
    "name", [name for name, shown in SHOWN.items() if not isinstance(shown, GradientReport | PlainReport)]
)
def test_print_is_the_report(name):
    shown = SHOWN[name]
    document = shown.document if name == "explanation" else describe_object(shown)
    assert f"{shown}\n" == render(document, "text")


def test_the_report_of_a_check_is_that_of_the_command():
    report = check("or_article")
    assert f"{report}\n" == render(marking(report), "text")


def test_a_trace_says_which_sample_it_is_seen_by():
    assert "sample 2 of 4" in repr(GATE.trace(sample=2))
    assert "samples 1 to 4" in repr(GATE.trace())


def test_an_object_without_a_report_is_refused():
    with pytest.raises(TypeError, match="no report"):
        describe_object(3)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("make", [sane_case, random_graph])
@pytest.mark.parametrize("alone", [True, False])
def test_every_listed_name_is_a_number_with_a_derivation(seed, make, alone):
    trace = make(seed).trace()
    trace = trace.of_sample(trace.numbers[-1]) if alone else trace
    names = trace.names()
    assert len(set(names)) == len(names)
    for name in names[:: max(1, len(names) // 40)]:
        assert trace.explain(name).value == pytest.approx(trace[name], rel=1e-9, abs=1e-12)


def test_every_kind_of_name_is_listed():
    names = GATE.trace(sample=1).names()
    for name in ("h[h1]", "a[o]", "a[i1]", "E", "dE/dw1", "dE/dh[o]", "w6", "b3"):
        assert name in names
    assert {"new w1", "step w1", "eta"} <= set(GATE.trace().names())
    assert not any(name.startswith("h[") for name in GATE.trace().names())


def test_the_whole_pass_can_be_explained():
    explanation = GATE.trace(sample=2).explain()
    assert "Backward pass" in str(explanation)
    with pytest.raises(BackproofError):
        GATE.trace().explain("h[h1]")


def test_an_estimator_explains_itself_by_column_and_class():
    pandas = pytest.importorskip("pandas")
    sklearn = pytest.importorskip("backproof.sklearn")
    table = pandas.DataFrame({"width (cm)": [0.2, 0.4, 1.9, 2.1] * 5, "1st": [1.0, 1.5, 5.0, 6.0] * 5})
    for kinds, outputs in ((["a", "a", "b", "c"] * 5, ["a", "b", "c"]), ([0, 0, 1, 1] * 5, ["class_1"])):
        model = sklearn.MLPClassifier((2,), solver="lbfgs", random_state=0).fit(table, kinds)
        trace = model.explain(table[:1])
        assert trace.network.units[0] == ("width_cm", "column_1st")
        assert list(trace.network.units[-1]) == outputs
        assert np.isfinite(trace["dE/dw[1][width_cm,l1.1]"])
        assert outputs[0] in str(trace)

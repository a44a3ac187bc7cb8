"""Every verb on worksheets of random graphs: it works in every form, or says in one sentence why not."""

import json

import numpy as np
import pytest

from backproof.worksheet.model import Worksheet
from backproof.worksheet.writer import save
from graphs import random_graph
from property.test_graphs import names_in

SEEDS = (0, 1, 3, 8)
FORMS = ("text", "html", "markdown", "latex", "json")
NOTATIONS = ("article", "nielsen", "bishop", "goodfellow", "pytorch")
CODE = """
from backproof import load
sheet = load("graph.toml")
def right(p, x, y): return sheet.network.with_parameters(p).trace(x, y).gradients
def wrong(p, x, y): return {key: -array for key, array in right(p, x, y).items()}
def short(p, x, y): return list(right(p, x, y).values())[:-1]
def missing(p, x, y): return None
"""


@pytest.fixture
def graph(here, request):
    """A random graph, written to graph.toml."""
    graph = random_graph(request.param, layers=4, samples=2)
    save(Worksheet(title="g", network=graph.network, x=graph.x, y=graph.y, training=graph.training), "graph.toml")
    return graph


every_graph = pytest.mark.parametrize("graph", SEEDS, indirect=True)


@every_graph
def test_the_whole_pass_in_every_form_and_notation(backproof, graph):
    for form, notation in zip(FORMS, NOTATIONS, strict=True):
        ran = backproof("explain", "graph.toml", "--format", form, "--notation", notation)
        assert (ran.code, ran.err) == (0, "")
        assert len(ran.out) > 200


@every_graph
def test_every_kind_of_name_in_every_form(backproof, graph):
    whole = graph.trace(step=2)
    for number, name in enumerate(names_in(graph, np.random.default_rng(0), 1)):
        sample = [] if name.startswith(("new", "batch")) else ["--sample", "1"]
        form = FORMS[number % 5]
        ran = backproof(
            "explain",
            "graph.toml",
            "--of",
            name,
            "--step",
            "2",
            *sample,
            "--format",
            form,
            "--notation",
            NOTATIONS[number % 4],
        )
        assert (ran.code, ran.err) == (0, ""), name
        if form == "json":
            (found,) = json.loads(ran.out)["derivations"]
            assert found["value"] == whole.of_sample(1 if sample else None)[name]


@every_graph
def test_a_number_of_one_sample_needs_a_sample_and_the_message_has_its_name(backproof, graph):
    layer = graph.network.architecture.layers[-1]
    for role in ("h", "a", "delta", "dE/da", "da/dh"):
        ran = backproof("explain", "graph.toml", "--of", f"{role}[{layer.unit(0)}]")
        assert ran.code == 2
        named = "dE/dh" if role == "delta" else role
        assert f"'{role}[{layer.unit(0)}]'" in ran.err or f"'{named}[{layer.unit(0)}]'" in ran.err
        assert "belongs to one sample" in ran.err


@every_graph
def test_claims_in_a_worksheet_and_in_a_document(backproof, graph, here):
    key = next(iter(graph.network.wiring.names()))
    right = graph.trace()[f"dE/d{key}"]
    claims = "".join(f'[[claims]]\nof = "dE/d{key}"\nvalue = "{value:.6g}"\n' for value in (right, 1.7 * right + 0.1))
    (here / "claims.toml").write_text((here / "graph.toml").read_text() + claims)
    ran = backproof("check", "claims.toml", "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    assert [claim["verdict"] for claim in json.loads(ran.out)["claims"]] == ["right", "wrong"]
    for value, code, verdict in ((right, 0, "right"), (1.7 * right + 0.1, 1, "wrong")):
        (here / "notes.md").write_text(f"The gradient is $dE/d{key} = {value:.6g}$.\n")
        ran = backproof("check", "notes.md", "--network", "graph.toml", "--format", "json")
        assert (ran.code, ran.err) == (code, "")
        assert [(claim["of"], claim["verdict"]) for claim in json.loads(ran.out)["claims"]] == [(f"dE/d{key}", verdict)]


@every_graph
def test_hand_written_gradients(backproof, graph, here):
    (here / "mine.py").write_text(CODE)
    for function, code, says in (("right", 0, ""), ("wrong", 1, ""), ("short", 2, "expected"), ("missing", 2, "None")):
        ran = backproof("check-code", f"mine:{function}", "--network", "graph.toml")
        assert ran.code == code, ran
        assert says in ran.err


@every_graph
def test_training_exercises_and_prediction(backproof, graph, here):
    ran = backproof("train", "graph.toml", "--epochs", "3", "-q")
    assert (ran.code, ran.err) == (0, "")
    ran = backproof("exercise", "graph.toml")
    assert ran.code == 2
    assert "exercises are made of chains of dense layers" in ran.err
    ran = backproof("predict", "graph.toml", "new.csv")
    assert ran.code == 2
    assert "'graph.toml' is a worksheet; expected the folder of a run" in ran.err
    assert not (here / "exercises").exists()


def test_a_prediction_is_explained_by_running_statistics(backproof, here):
    (here / "n.toml").write_text(
        '[network]\ninputs = 1\ncost = "half_squared_error"\nlayers = [{name = "n", kind = "batch_norm"}]\n'
        "[data]\ninputs = [[4], [6]]\ntargets = [[0], [0]]\n[training]\nlearning_rate = 0.1\n"
    )
    shown = [
        backproof("explain", "n.toml", "--sample", 1, "--of", "h[n[0]]", *more) for more in ((), ("--prediction",))
    ]
    assert [ran.code for ran in shown] == [0, 0]
    assert "= −0.999995 " in shown[0].out
    assert "= 3.99998 " in shown[1].out
    later = backproof("explain", "n.toml", "--sample", 1, "--of", "h[n[0]]", "--prediction", "--step", 3)
    assert later.code == 0
    assert later.out != shown[1].out

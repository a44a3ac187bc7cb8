"""A page that is served: what follows from an edit, who may ask, and what a bad question gets."""

import http.client
import json
from dataclasses import replace

import numpy as np
import pytest

from backproof import Network, load
from backproof.errors import BackproofError
from backproof.operations.optimiser import optimisers
from backproof.page.edits import Edit, apply_edits, read_edits
from backproof.page.session import Session
from backproof.render.text import TextPrinter
from backproof.training import Training
from backproof.worksheet import Worksheet, loads
from backproof.worksheet.writer import dumps
from graphs import random_graph
from networks import sane_case


def edit(name, value, sample=None):
    return {"name": name, "sample": sample, "value": str(value)}


@pytest.mark.parametrize(
    "change",
    [
        edit("w1", 0.7), edit("b3", -2), edit("a[i2]", 0.25, 3), edit("y[o]", 0.5, 2), edit("eta", 0.5),
        edit("activation of l1", "tanh"), edit("cost", "huber"),
    ],
    ids=lambda each: each["name"],
)  # fmt: skip
def test_what_follows_from_an_edit_is_what_the_edited_worksheet_says(change):
    sheet, session = load("or"), Session(load("or"))
    record = session.record()
    found = session.answer({"about": "change", "edits": [change], "step": 3, "last": 5})
    (read,) = read_edits([change])
    edited = apply_edits(sheet, [read])
    assert edited != sheet
    for view, numbers in found["moment"]["views"].items():
        trace = edited.trace(step=3, sample=int(view) or None)
        for name, text in zip(record["names"], numbers["texts"], strict=True):
            assert text is None or text == TextPrinter().number(trace[name])
    assert found["curve"]["texts"] == [TextPrinter().number(edited.trace(step=step)["E"]) for step in range(1, 6)]
    saved = session.answer({"about": "save", "edits": [change]})["text"]
    assert loads(saved) == edited


def test_undo_is_one_edit_less():
    session = Session(load("or"))
    question = {"about": "moment", "step": 1}
    before = session.answer({**question, "edits": []})
    session.answer({**question, "edits": [edit("w1", 5)]})
    assert session.answer({**question, "edits": []}) == before


def test_an_opened_worksheet_takes_the_place_of_the_old_one():
    session = Session(load("or"))
    text = Session(load("mazur")).answer({"about": "save", "edits": []})["text"]
    assert session.answer({"about": "open", "text": text}) == {"opened": True}
    assert session.sheet == replace(load("mazur"), claims=session.sheet.claims)
    assert session.record()["title"] == load("mazur").title


EDITS = [
    edit("w99", 1), edit("w1", "x"), edit("w1", "nan"), edit("w1", "1e99"), edit("a[i1]", 1), edit("a[i1]", 1, 9),
    edit("h[h1]", 1, 1), edit("eta", -1), edit("w1*w2", 1), edit("cost", "none"), edit("activation of l9", "relu"), 1,
    {},
]  # fmt: skip
STRUCTURE = [
    edit("optimiser", "adam"),
    edit("units of l1", 3),
    edit("units of l1", 1),
    edit("samples", 6),
    edit("samples", 2),
]


@pytest.mark.parametrize("change", STRUCTURE, ids=lambda each: f"{each['name']} {each['value']}")
def test_an_edit_of_the_structure_comes_with_a_record_of_its_own(change):
    session = Session(load("or"))
    shape = session.record()["shape"]
    question = {"about": "change", "edits": [change], "step": 2, "last": 5, "shape": shape}
    found = session.answer(question)
    edited = loads(session.answer({"about": "save", "edits": [change]})["text"])
    assert found["record"]["shape"] != shape
    assert found["curve"]["texts"][4] == TextPrinter().number(edited.trace(step=5)["E"])
    for view, numbers in found["moment"]["views"].items():
        trace = edited.trace(step=2, sample=int(view) or None)
        for name, text in zip(found["record"]["names"], numbers["texts"], strict=True):
            assert text is None or text == TextPrinter().number(trace[name])
    assert "record" in session.answer({**question, "edits": [], "shape": found["record"]["shape"]})
    assert "record" not in session.answer({**question, "edits": []})


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("layer", ["l1", "l2"])
def test_layers_given_by_their_sizes_grow_and_shrink(layer, count):
    network = Network.dense([2, 3, 4, 1], activation=["tanh", "relu", "identity"], seed=0, reduction="mean")
    sheet = Worksheet("sizes", network, load("or").x, load("or").y, training=Training(0.1))
    edited = apply_edits(sheet, [Edit(f"units of {layer}", None, str(count))])
    old, new = network.architecture, edited.network.architecture
    assert [each.size for each in new.layers] == [2, *(count if f"l{at}" == layer else at + 2 for at in (1, 2)), 1]
    assert (new.activations, new.cost, new.reduction) == (old.activations, old.cost, old.reduction)
    for name in new.wiring.names():
        known = old.find_parameter(name) is not None
        wanted = sheet.trace()[name] if known else 0.0 if new.is_bias(new.parameter(name)) else 0.1
        assert edited.trace()[name] == wanted, name
    question = {"about": "change", "edits": [edit(f"units of {layer}", count)], "step": 1, "last": 2, "shape": ""}
    assert f"h[{layer}.{count}]" in Session(sheet).answer(question)["record"]["targets"]


TIED = dumps(load("or")).replace('name = "b1", to = "h1"', 'name = "b1", to = ["h1", "h2"]')
TIED = "\n".join(line for line in TIED.splitlines() if 'name = "b2"' not in line)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (Network.graph(inputs=2, layers=[{"name": "r", "kind": "dense", "units": 2}, {"name": "s", "kind": "dense",
            "units": 2, "from": ["x"]}, {"name": "t", "kind": "add", "from": ["r", "s"]}, {"name": "o", "kind":
            "dense", "units": 1}], cost="half_squared_error", seed=0), "layers branch"),
        (loads(TIED).network, "used in several places"),
    ],
    ids=["graph", "tied"],
)  # fmt: skip
def test_where_units_cannot_be_changed_a_sentence_says_why(network, reason):
    sheet = Worksheet("fixed", network, load("or").x, load("or").y, training=Training(0.1))
    listed = [each for each in Session(sheet).record()["choices"] if each["name"].startswith("units of")]
    assert listed
    for each in listed:
        assert reason in each["fixed"]
        with pytest.raises(BackproofError, match=reason):
            apply_edits(sheet, [Edit(each["name"], None, "3")])


def test_a_number_changed_at_a_later_step_makes_a_second_future():
    session, sheet = Session(load("or")), load("or")
    change = {**edit("w5", 3), "step": 40}
    futures = [[], [{**edit("w5", 2), "step": 20}]]
    question = {"about": "change", "edits": [change], "futures": futures, "step": 41, "last": 60}
    found = session.answer(question)["curve"]
    first = [TextPrinter().number(sheet.trace(step=step)["E"]) for step in range(1, 40)]
    assert found["texts"][:39] == first
    start = sheet.trace(step=40).network
    moved = replace(sheet, network=apply_edits(replace(sheet, network=start), [Edit("w5", None, "3")]).network)
    assert found["texts"][39:] == [TextPrinter().number(moved.trace(step=step)["E"]) for step in range(1, 22)]
    for other, step in zip(found["others"], (40, 20), strict=True):
        assert other[: step - 1] == found["points"][: step - 1]
        assert other[step - 1 :] != found["points"][step - 1 :]
        assert len(other) == 60
    texts = session.answer({**question, "edits": futures[1], "futures": []})["curve"]["texts"]
    heights = {text: point[1] for text, point in zip(found["texts"], found["points"], strict=True)}
    assert all(
        heights[text] == point[1] for text, point in zip(texts, found["others"][1], strict=True) if text in heights
    )


@pytest.mark.parametrize("optimiser", [name for name in optimisers.names() if not optimisers.make(name).searches])
def test_answers_on_a_branch_go_by_any_optimiser_and_batches(optimiser):
    sheet = load("or")
    training = replace(sheet.training, optimiser=optimisers.make(optimiser), batches=((1, 2), (3, 4), (2,)))
    session = Session(replace(sheet, training=training))
    edits = [{**edit("w5", 0.3), "step": 3}, {**edit("a[i1]", 0.5, 2), "step": 5}]
    steps = session._find_steps(edits)
    for step, name, sample in ((4, "new w5", None), (6, "dE/dw1", 2), (7, "step w1", None)):
        truth = steps.trace(step).of_sample(sample)[name]
        question = {"about": "answer", "edits": edits, "step": step, "of": name, "sample": sample}
        for value, verdict in ((truth, "right"), (1.37 * truth + 0.01, "wrong")):
            assert session.answer({**question, "value": f"{value:.9g}"})["answer"][0] == verdict, (step, name)


@pytest.mark.parametrize(
    ("typed", "verdict", "mistake"),
    [
        ("dE/dh[o] * w5 * a[h1] * (1 - a[h1]) * i1", "right", ""),
        ("(a_o − y_o) · a_o · (1 − a_o) · w5 · a_h1 · (1 − a_h1)", "right", ""),
        ("delta_o * w5 * a[i1]", "wrong", "sigma_prime_omitted"),
        ("-2.78685e-4 + 0", "right", ""),
        ("exp(1) ^ 2", "wrong", ""),
    ],
)
def test_a_formula_is_an_answer_too(typed, verdict, mistake):
    question = {"about": "answer", "step": 1, "of": "dE/dw1", "sample": 2, "value": typed}
    assert Session(load("or")).answer(question)["answer"][:2] == [verdict, mistake]


BAD = [
    None, 3, [], {}, {"about": "else"}, {"about": ["moment"]}, {"about": "moment"}, {"about": "moment", "step": 0},
    {"about": "moment", "step": 10**9}, {"about": "moment", "step": 1.5}, {"about": "moment", "step": True},
    {"about": "moment", "step": 1, "edits": {}}, {"about": "moment", "step": 1, "edits": [edit("w1", 1)] * 2001},
    *({"about": "moment", "step": 1, "edits": [each]} for each in EDITS),
    {"about": "derivation", "step": 1, "of": 3}, {"about": "derivation", "step": 1, "of": "w1", "sample": 99},
    {"about": "answer", "step": 1, "of": "dE/dw1", "sample": 2, "value": "1" * 500},
    {"about": "answer", "step": 1, "of": "dE/dw1", "sample": 2, "value": "__import__('os')"},
    *(
        {"about": "answer", "step": 1, "of": "dE/dw1", "sample": 2, "value": typed}
        for typed in ("dE/dw1", "2 * dE/dw1", "(1", "[1]", "w1 if w2 else w3", "w1.real", "1/0", "q1", "exp", "'a'")
    ),
    *({"about": "change", "edits": [each], "step": 1, "last": 3} for each in (
        {**edit("w1", 1), "step": 0}, {**edit("cost", "huber"), "step": 2}, edit("units of o", 2),
        edit("units of l1", 0), edit("units of l1", 99), edit("samples", "many"), edit("optimiser", "none"),
    )),
    {"about": "answer", "step": 1, "of": "nothing", "value": "1"}, {"about": "open", "text": 3},
    {"about": "open", "text": "title ="}, {"about": "change", "edits": [], "step": 1}, {"about": "curve", "last": -1},
    {"about": "curve", "last": 2, "futures": {}}, {"about": "curve", "last": 2, "futures": [[]] * 6},
    {"about": "curve", "last": 2, "futures": [[edit("w99", 1)]]}, {"about": "curve", "last": 2, "futures": [3]},
]  # fmt: skip


@pytest.mark.parametrize("question", BAD, ids=lambda each: json.dumps(each)[:60])
def test_a_bad_question_is_refused_and_changes_nothing(question):
    session = Session(load("or"))
    with pytest.raises(BackproofError):
        session.answer(question)
    assert session.sheet == load("or")


@pytest.mark.parametrize("seed", range(20))
def test_edits_of_all_kinds_go_together(seed):
    rng = np.random.default_rng(seed)
    sheet = load("or")
    names = [*sheet.network.wiring.names(), "eta"]
    edits = [Edit(str(rng.choice(names)), None, repr(float(abs(rng.normal())))) for _ in range(6)]
    edited = apply_edits(sheet, edits)
    for name in {each.name for each in edits}:
        wanted = next(float(each.value) for each in reversed(edits) if each.name == name)
        assert edited.trace()[name] == wanted


def ask(server, body, *, path="/ask", method="POST", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    given = {"x-token": server.token, "host": f"127.0.0.1:{server.port}", **headers}
    connection.request(method, path, body, {key: value for key, value in given.items() if value is not None})
    reply = connection.getresponse()
    found = reply.status, reply.read()
    connection.close()
    return found


QUESTION = json.dumps({"about": "curve", "edits": [], "last": 2})


def test_the_page_that_was_served_gets_its_answers(served):
    server = served(load("or"))
    assert server.address.startswith(f"http://127.0.0.1:{server.port}/?token=")
    status, body = ask(server, None, path=f"/?token={server.token}", method="GET")
    assert status == 200
    assert b"Content-Security-Policy" in body
    status, body = ask(server, QUESTION, origin=f"http://127.0.0.1:{server.port}")
    assert (status, len(json.loads(body)["points"])) == (200, 2)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-token": None}, {"x-token": ""}, {"x-token": "guess"}, {"host": "evil.example"}, {"host": "127.0.0.1"},
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"},
    ],
    ids=str,
)  # fmt: skip
def test_nobody_else_gets_an_answer(served, headers):
    server = served(load("or"))
    assert ask(server, QUESTION, **headers)[0] == 403
    assert ask(server, None, path="/", method="GET")[0] == 403
    assert ask(server, None, path="/?token=guess", method="GET")[0] == 403


def test_what_is_too_large_or_no_question_is_refused(served):
    server = served(load("or"))
    assert ask(server, b"x" * (5 * 2**20))[0] == 413
    for body in (b"", b"{", b"[" * 100_000, b"\xff"):
        status, said = ask(server, body)
        assert status == 400
        assert json.loads(said)["error"]
    assert ask(server, QUESTION, path="/etc/passwd")[0] == 404


def test_a_port_that_is_taken_is_one_message(served):
    from backproof.interop.serve import Server

    server = served(load("or"))
    with pytest.raises(BackproofError, match=f"port {server.port} cannot be listened to"):
        Server(load("or"), server.port)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [sane_case, random_graph], ids=["network", "graph"])
def test_every_number_of_every_kind_of_network_has_a_derivation_when_it_is_asked_for(kind, seed):
    case = kind(seed)
    session = Session(Worksheet("any", case.network, case.x, case.y, training=case.training))
    record = session.record()
    for view, numbers in record["moments"][0]["views"].items():
        for name, text in list(zip(record["names"], numbers["texts"], strict=True))[::17]:
            question = {"about": "derivation", "step": 1, "of": name, "sample": int(view)}
            assert text is None or session.answer(question)["lines"], name

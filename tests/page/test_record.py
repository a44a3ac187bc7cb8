"""What is recorded of a worksheet: every number the trace's own, every symbol leads somewhere, within the limits."""

import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from backproof import Network, check, load
from backproof.page import export_page
from backproof.page.export import pack_record
from backproof.page.record import FEW_NAMES, make_record
from backproof.page.surface import measure_fit, measure_surface
from backproof.page.turns import write_digits
from backproof.page.writing import cut_formula
from backproof.render.text import TextPrinter
from backproof.rounding import agrees
from backproof.training import Training
from backproof.worksheet import Claim, Worksheet, loads
from backproof.worksheet.writer import dumps
from graphs import random_graph
from networks import sane_case

EXAMPLES = ["or", "or_article", "mazur", "xor", "conv", "rnn", "attention"]


@pytest.fixture(scope="module")
def record():
    return make_record(load("or"), last=3)


@cache
def record_any(kind, seed):
    """A random worksheet, and its record as it is served."""
    case = kind(seed)
    sheet = Worksheet("any", case.network, case.x, case.y, training=case.training)
    return sheet, make_record(sheet, served=True)


def filled(record, line):
    _, number, *numbers = line
    return "".join(
        part + digits for part, digits in zip(record["pool"][number].split("\0"), [*numbers, ""], strict=True)
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_recorded_number_is_the_traces_own(name):
    sheet = load(name)
    record = make_record(sheet, last=2)
    printer = TextPrinter()
    for moment in record["moments"]:
        for view, numbers in moment["views"].items():
            trace = sheet.trace(step=moment["step"], sample=int(view) or None)
            for quantity, text in zip(record["names"], numbers["texts"], strict=True):
                if text is not None:
                    assert text == printer.number(trace[quantity])
            for quantity, lines in numbers["lines"].items():
                assert sum(line[0] == "value" for line in lines) <= 1, quantity


def test_every_symbol_of_every_derivation_leads_to_a_derivation(record):
    for moment in record["moments"]:
        views = moment["views"]
        for view, numbers in views.items():
            for lines in numbers["lines"].values():
                for line in lines:
                    found = re.findall(r'data-quantity="([^"]+)"(?: data-sample="(\d+)")?', filled(record, line))
                    for name, sample in found:
                        named = name.replace("&#x27;", "'")
                        assert named in record["targets"]
                        assert any(named in views[each]["lines"] for each in (sample or view, "0", *views))


def test_every_target_has_a_symbol_and_a_sentence(record):
    for name, target in record["targets"].items():
        assert target["symbol"].startswith("<math")
        assert len(target["says"]) > 3, name
        assert set(target["way"]) <= {*record["names"]}, name


def test_a_record_is_the_same_each_time(record):
    again = make_record(load("or"), last=3)
    assert again == record
    assert pack_record(again) == pack_record(record)
    json.dumps(record, allow_nan=False)


def test_the_exported_or_gate_is_small():
    page = export_page(load("or"))
    assert len(page.encode()) <= 400_000
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_without_a_learning_rate_one_step_is_recorded():
    sheet = load("or")
    record = make_record(replace(sheet, training=replace(sheet.training, rate=None)))
    assert record["steps"] == [1]
    assert not any(name.startswith(("new", "step")) for name in record["names"])


def test_training_that_runs_away_is_recorded_as_far_as_it_goes():
    sheet = load("or")
    far = replace(
        sheet,
        network=sheet.network.with_parameters({key: 1e200 * value for key, value in sheet.network.parameters.items()}),
        training=replace(sheet.training, rate=1e300),
    )
    record = make_record(far, last=10)
    assert record["steps"][0] == 1
    json.dumps(record, allow_nan=False)


LAYERS = """title = "layers"
[network]
inputs = [1, 5, 5]
cost = "cross_entropy"
layers = [
  {name = "c", kind = "conv2d", channels = 2, kernel = [3, 3], activation = "relu"},
  {name = "f", kind = "flatten"},
  {name = "o", kind = "dense", units = 3, activation = "softmax"},
]
initialiser = "glorot_uniform"
seed = 0
[data]
inputs = [[[%s]]]
targets = [[1, 0, 0]]
"""


def test_a_convolution_is_recorded_with_its_kernel():
    rows = np.random.default_rng(0).random((5, 5)).round(2).tolist()
    record = make_record(loads(LAYERS % ", ".join(map(str, rows))), served=True)
    assert "c.weight[0,0,1,2]" in record["moments"][0]["views"]["0"]["lines"]
    assert 'data-quantity="c.weight[0,0,1,2]"' in record["drawing"]["wide"]


@pytest.mark.parametrize("seed", range(200))
def test_the_digits_of_an_answer_are_those_that_check_accepts(seed):
    rng = np.random.default_rng(seed)
    value = float(rng.normal() * 10.0 ** rng.integers(-8, 8))
    digits, raised = write_digits(value)
    sign, mantissa, exponent = re.fullmatch(r"(-?)(\d+)e(-?\d+)", digits).groups()
    for count in range(1, 12):
        cut = int(mantissa[:count])
        for whole in {cut, cut + int(raised[count - 1])}:
            assert agrees(f"{sign}{whole}e{int(exponent) - count + 1}", value)


def test_the_table_of_answers_is_what_check_says(record):
    sheet = load("or")
    for key in ("1 2 dE/dw1", "1 0 dE/dw5", "1 3 dE/dh[h1]"):
        _, view, name = key.split(" ", 2)
        truth, *slips = record["answers"][key]
        assert agrees(truth[0][:8] + "e" + str(int(truth[0].partition("e")[2]) - len(truth[0][:8].lstrip("-")) + 1),
                      sheet.trace(sample=int(view) or None)[name])  # fmt: skip
        for digits, _, mistake, _ in slips[:4]:
            mantissa, _, exponent = digits.partition("e")
            bare = mantissa.lstrip("-")
            value = f"{'-' if digits[0] == '-' else ''}{bare[0]}.{bare[1:7]}e{exponent}"
            (claim,) = check(replace(sheet, claims=(Claim(name, value, int(view) or None),))).claims
            assert claim.verdict == "wrong"
            assert mistake in [each.id for each in claim.mistakes]


def test_a_formula_is_cut_before_operators_outside_of_groups():
    plus = '<mo form="infix">+</mo>'
    inner = f"<mrow><mi>a</mi>{plus}<mi>b</mi></mrow>"
    text = f"{inner}{plus}<mi>c</mi>{plus}{inner}"
    assert cut_formula(text) == [inner, f"{plus}<mi>c</mi>", f"{plus}{inner}"]
    assert "".join(cut_formula(text)) == text


def test_dead_and_saturated_units_are_marked_with_their_slope(record):
    text = dumps(load("or")).replace('activations = ["sigmoid", "sigmoid"]', 'activations = ["relu", "sigmoid"]')
    sheet = loads(text.replace('name = "b1", to = "h1", value = 0.5', 'name = "b1", to = "h1", value = -9.0'))
    far = loads(dumps(load("or")).replace('name = "b3", to = "o", value = 0.03', 'name = "b3", to = "o", value = 8.0'))
    dead, saturated = (make_record(each, served=True)["moments"][0]["views"]["2"]["flat"] for each in (sheet, far))
    assert list(dead) == ["da/dh[h1]"]
    assert dead["da/dh[h1]"].startswith("Dead here")
    assert list(saturated) == ["da/dh[o]"]
    assert f"only {far.trace(sample=2)['da/dh[o]']:.2g}" in saturated["da/dh[o]"]
    assert not record["moments"][0]["views"]["2"]["flat"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [sane_case, random_graph], ids=["network", "graph"])
def test_every_kind_of_network_is_recorded(kind, seed):
    sheet, record = record_any(kind, seed)
    json.dumps(record, allow_nan=False)
    (moment,) = record["moments"]
    trace = sheet.trace()
    for view, numbers in moment["views"].items():
        seen = trace.of_sample(int(view) or None)
        assert numbers["lines"]
        for name, text in zip(record["names"], numbers["texts"], strict=True):
            assert text is None or text == TextPrinter().number(seen[name])


def test_a_vanished_error_is_marked_with_its_smallest_factor():
    network = Network.dense([2, 3, 3, 3, 1], activation="sigmoid", seed=1)
    small = network.with_parameters({key: 0.02 * value for key, value in network.parameters.items()})
    sheet = Worksheet("small", small, np.array([[1.0, 0.0]]), np.array([[1.0]]))
    trace = sheet.trace()
    flat = make_record(sheet, served=True)["moments"][0]["views"]["0"]["flat"]
    output = abs(trace["dE/dh[l4.1]"])
    for layer in (1, 2, 3):
        for unit in (1, 2, 3):
            name = f"dE/dh[l{layer}.{unit}]"
            assert (name in flat) == (abs(trace[name]) < 1e-3 * output), name
    for name, says in flat.items():
        factor, value = re.search(r"way back is (\S+) = (\S+)\.$", says).groups()
        assert f"{trace[factor]:.2g}" == value, name


def test_an_output_of_a_softmax_that_is_right_has_no_vanished_error():
    network = Network.dense([1, 3], activation="softmax", cost="cross_entropy", seed=1)
    certain = network.with_parameters({**network.parameters, "W1": [[5.0, 5.1, -20.0]]})
    sheet = Worksheet("certain", certain, np.array([[1.0]]), np.array([[1.0, 0.0, 0.0]]))
    trace = sheet.trace()
    assert 0 < abs(trace["dE/dh[l1.3]"]) < 1e-3 * abs(trace["dE/dh[l1.1]"])
    assert "dE/dh[l1.3]" not in make_record(sheet, served=True)["moments"][0]["views"]["0"]["flat"]


def test_the_curve_of_one_input_is_the_networks_own(record):
    x = np.linspace(-1, 1, 4)[:, None]
    network = Network.dense([1, 2, 1], activation=["tanh", "identity"], seed=3)
    sheet = Worksheet("curve", network, x, x**2)
    fit = make_record(sheet, served=True)["moments"][0]["fit"]
    low, high = map(float, fit["range"])
    left, right = map(float, fit["ends"])
    for along, down in fit["points"]:
        output = network.predict(np.array([[left + along / 100 * (right - left)]])).item()
        assert output == pytest.approx(high - down / 100 * (high - low), abs=0.02 * (high - low))
    assert record["moments"][0]["fit"] is None


@pytest.mark.parametrize("activation", ["sigmoid", "identity"])
@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("size", [1.0, 1e9, 1e17, 1e154, 1e300, 1.7e308])
@pytest.mark.parametrize("rows", [1, 2])
def test_a_picture_of_the_output_has_only_finite_numbers_or_is_left_out(activation, inputs, size, rows):
    network = Network.dense([inputs, 2, 1], activation=["tanh", activation], cost="half_squared_error", seed=0)
    x = size * np.array([[1.0, -1.0], [-1.0, 1.0]])[:rows, :inputs]
    trace = Worksheet("large", network, x, np.full((rows, 1), min(size, 1e100))).trace()
    picture = measure_surface(trace) if inputs == 2 else measure_fit(trace)
    assert (picture is None) == (size == 1.7e308)
    json.dumps(picture, allow_nan=False)


@pytest.mark.parametrize("seed", range(4))
def test_a_heat_map_holds_the_sign_and_tenth_of_every_weight(seed):
    network = Network.dense([30, 12, 3], activation=["tanh", "softmax"], cost="cross_entropy", seed=seed)
    x = np.random.default_rng(seed).random((2, 30))
    sheet = Worksheet("maps", network, x, np.eye(3)[:2], training=Training(0.5))
    record = make_record(sheet, last=2, served=True)
    assert [(each["from"], each["columns"], len(each["units"])) for each in record["maps"]] == [(30, 6, 12), (12, 5, 3)]
    for moment in record["moments"]:
        trace = sheet.trace(step=moment["step"])
        for name, (largest, letters) in zip(("W1", "W2"), moment["maps"], strict=True):
            weights = trace.network.parameters[name]
            assert largest == f"{np.abs(weights).max():.3g}"
            levels = np.array([ord(each) - ord("k") for each in letters]).reshape(weights.T.shape).T
            assert (np.sign(levels) == np.sign(weights)).all()
            assert (np.abs(np.abs(levels) / 10 - np.abs(weights) / np.abs(weights).max()) <= 0.1).all()


def test_few_weights_have_no_heat_map(record):
    assert record["maps"] == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [sane_case, random_graph], ids=["network", "graph"])
def test_stages_follow_the_computation(kind, seed):
    sheet, record = record_any(kind, seed)
    stages = record["stages"]
    listed = [name for _, names in stages for name in names]
    assert sorted(listed) == sorted(
        name for phase, _, names, _ in record["groups"] if phase != "given" for name in names
    )
    order = ["forward", "cost", "backward", "update"]
    assert [phase for phase, _ in stages] == sorted((phase for phase, _ in stages), key=order.index)
    place = {name: number for number, (_, names) in enumerate(stages) for name in names}
    architecture = sheet.network.architecture
    for number, layer in enumerate(architecture.layers):
        for position, unit in enumerate(layer.units):
            for each in architecture.receivers(number, position):
                other = architecture.layers[each.layer].unit(each.position)
                for before, after in ((f"a[{unit}]", f"h[{other}]"), (f"dE/dh[{other}]", f"dE/da[{unit}]")):
                    assert {before, after} - place.keys() or place[before] < place[after], (before, after)


def test_a_network_of_many_units_has_few_derivations_recorded_and_no_answers():
    layers = [
        {"name": "c", "kind": "conv2d", "channels": 1, "kernel": 3},
        {"name": "m", "kind": "mean", "axis": [1, 2]},
    ]
    network = Network.graph([1, 26, 26], layers, cost="half_squared_error", seed=1)
    x = np.arange(676.0).reshape(1, 1, 26, 26) / 676
    record = make_record(Worksheet(title="g", network=network, x=x, y=np.ones((1, 1))), last=1)
    assert not record["answers"]
    assert 0 < len(record["moments"][0]["views"]["0"]["lines"]) <= FEW_NAMES

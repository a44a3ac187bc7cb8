"""The drawing of a network: everything has a place, every mark a number, every number its sign and size."""

import re
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

from backproof import Network, load
from backproof.drawing import measure_scales, place_network, read_marks
from backproof.drawing.readings import LEVELS, rate_number
from backproof.render.svg import write_svg
from backproof.render.text import TextPrinter
from graphs import random_graph
from networks import sane_case

SEEDS = range(12)


def draw(trace, *, upright=False):
    drawing = place_network(trace, upright=upright)
    readings = read_marks(drawing, [trace], measure_scales(drawing, [trace]))
    return drawing, readings, write_svg(drawing, trace, readings, TextPrinter(labels=trace.labels))


CASES = [
    *(pytest.param(sane_case(seed).trace(), id=f"network {seed}") for seed in SEEDS),
    *(pytest.param(random_graph(seed).trace(), id=f"graph {seed}") for seed in SEEDS),
]


def dense(sizes, cost="half_squared_error", last="sigmoid"):
    network = Network.dense(sizes, activation=[*["sigmoid"] * (len(sizes) - 2), last], cost=cost, seed=0)
    rng = np.random.default_rng(1)
    return network.trace(rng.normal(size=(1, sizes[0])), rng.random((1, sizes[-1])))


@pytest.mark.parametrize("upright", [False, True], ids=["across", "upright"])
@pytest.mark.parametrize("trace", CASES)
def test_every_mark_stands_on_the_sheet_and_has_a_number(trace, upright):
    trace = trace.of_sample(trace.numbers[0])
    drawing, readings, _ = draw(trace, upright=upright)
    for mark in drawing.marks:
        ends = (mark.x, mark.x + mark.width), (mark.y, mark.y + mark.height)
        assert all(0 <= at <= drawing.width for at in ends[0])
        assert all(0 <= at <= drawing.height for at in ends[1])
        assert not mark.name or readings[mark.name].value == trace[mark.name]
    for one, other in combinations(drawing.outlines, 2):
        apart = (
            one[0] + one[2] <= other[0]
            or other[0] + other[2] <= one[0]
            or one[1] + one[3] <= other[1]
            or other[1] + other[3] <= one[1]
        )
        assert apart, (one, other)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_number_of_a_small_network_is_a_target(seed):
    case = sane_case(seed, depth=3, width=4)
    trace = case.trace()
    drawing, _, svg = draw(trace.of_sample(trace.numbers[0]))
    expected = {"E", *case.network.wiring.names()}
    for layer in case.network.architecture.layers[1:]:
        for unit in layer.units:
            expected |= {f"h[{unit}]", f"a[{unit}]", f"dE/dh[{unit}]", f"dE/da[{unit}]"}
    assert expected <= set(drawing.names)
    found = {each.get("data-quantity") for each in ElementTree.fromstring(svg).iter() if each.get("data-quantity")}
    assert expected <= found


@pytest.mark.parametrize("trace", CASES)
def test_a_batch_draws_what_belongs_to_all_its_samples(trace):
    _, readings, svg = draw(trace)
    for name, reading in readings.items():
        own = len(trace.numbers) > 1 and re.match(r"[ahyE]\[|d[Ea]/d[ah]|dh\[.*/da", name)
        coupled = trace.architecture.couples_samples
        assert coupled or (reading.value is None) == bool(own), name
    ElementTree.fromstring(svg)


def test_signs_and_levels_follow_the_numbers():
    values = np.random.default_rng(0).normal(size=200)
    largest = np.abs(values).max()
    levels = []
    for value in sorted(values, key=abs):
        reading = rate_number(float(value), float(largest))
        assert reading.sign == ("+" if value > 0 else "-")
        assert abs(value) / largest <= reading.level / LEVELS < abs(value) / largest + 1 / LEVELS + 1e-12
        levels.append(reading.level)
    assert levels == sorted(levels)
    assert rate_number(0.0, 1.0) == (0.0, "", 0)
    assert rate_number(None, 1.0) == (None, "", 0)
    assert rate_number(float("inf"), 1.0).level == LEVELS


def test_a_drawing_is_the_same_each_time():
    trace = load("or").trace(sample=2)
    assert draw(trace) == draw(replace(trace))


def test_a_large_network_is_drawn_as_grids_with_its_most_important_edges():
    drawing, _, svg = draw(dense([784, 30, 10], "cross_entropy", "softmax"))
    assert sum(mark.shape in ("cell", "pixel") for mark in drawing.marks) == 784 + 2 * 30 + 2 * 10
    assert 0 < sum(mark.shape == "edge" and mark.name.startswith("w") for mark in drawing.marks) <= 80
    assert len(svg) < 250_000


def test_a_layer_beyond_all_drawing_is_a_box():
    drawing, _, _ = draw(dense([5000, 2]))
    assert sum(mark.shape == "cell" for mark in drawing.marks) == 0
    assert any(caption.text == "x 5000" for caption in drawing.captions)


def test_a_small_network_fits_a_phone_upright():
    drawing, _, _ = draw(load("or").trace(sample=1), upright=True)
    assert drawing.width <= 420


@pytest.mark.parametrize("example", ["xor", "conv", "batchnorm"])
def test_a_report_of_a_batch_draws_the_units_of_its_first_sample_and_says_so(example):
    trace = load(example).trace()
    one, all_ = (each.explain()._repr_html_() for each in (trace.of_sample(1), trace))
    assert f"Units are those of sample 1, weights and E those of all {len(trace.numbers)} samples." in all_
    assert "Units are those of" not in one
    marks = re.compile(r'data-quantity="([ah]\[[^"]+)"[^>]*><title>([^<]+)</title>')
    assert marks.findall(one)
    assert marks.findall(all_) == marks.findall(one)

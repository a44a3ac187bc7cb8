"""Drawings in a terminal: the network in boxes, and the cost as a curve."""

import numpy as np
import pytest

from backproof import Network, load
from backproof.document import Curve, Document
from backproof.labels import Labels
from backproof.quantity import Quantity
from backproof.render import render
from backproof.render.boxes import DIGITS, MOST_UNITS, draw_boxes
from backproof.render.curve import COLUMNS, ROWS, draw_curve, scale_curve
from backproof.render.layout import width_of
from backproof.render.text import TextPrinter
from networks import sane_case


def network_of(sizes, seed=0):
    network = Network.dense(sizes, seed=seed)
    rng = np.random.default_rng(seed)
    return network.trace(rng.normal(size=(1, sizes[0])), rng.random((1, sizes[-1])))


SIZES = [(2, 2, 1), (1, 1), (3, 2), (1, 5, 1), (5, 1, 5), (2, 3, 2), (4, 4, 4)]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("sizes", SIZES)
def test_every_unit_has_a_box_with_its_numbers(sizes, plain):
    trace = network_of(sizes)
    printer = TextPrinter(labels=trace.labels, digits=DIGITS, ascii=plain)
    lines = draw_boxes(trace, printer, 200)
    drawn = "\n".join(lines)
    corners = drawn.count("┌─") if not plain else drawn.count("+-")
    assert corners >= sum(sizes) + 1
    for layer, units in enumerate(trace.network.units):
        for unit in units:
            for letter in ("h", "a", "delta") if layer else ("a",):
                quantity = Quantity(letter, (unit,))
                assert f"{printer.formula(quantity)} {printer.number(trace.value(quantity))} " in drawn
    assert not plain or drawn.isascii()


@pytest.mark.parametrize("sizes", SIZES)
def test_lines_lead_from_each_layer_to_the_next(sizes):
    """Every character that goes on to one side meets one that comes from there."""
    lines = draw_boxes(network_of(sizes), TextPrinter(), 200)
    width = max(map(len, lines))
    grid = [line.ljust(width) for line in lines]
    right, left, down, up = "─┌└├┬┴┼", "─┐┘┤┬┴┼", "│┌┐├┤┬┼", "│└┘├┤┴┼"
    for row, line in enumerate(grid):
        for column, character in enumerate(line):
            below = grid[row + 1][column] if row + 1 < len(grid) else " "
            if character in down:
                assert below in up, (row, column)
            if character in right and character != "─":
                assert line[column + 1] in left, (row, column)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("width", [30, 60, 80])
def test_what_does_not_fit_or_has_gaps_is_not_drawn(seed, width):
    trace = sane_case(seed).trace()
    lines = draw_boxes(trace.of_sample(trace.numbers[0]), TextPrinter(labels=trace.labels), width)
    assert all(width_of(line) <= width for line in lines)
    if max(map(len, trace.network.units)) > MOST_UNITS:
        assert not lines


def test_a_batch_shows_its_units_without_numbers():
    drawn = "\n".join(draw_boxes(load("or").trace(), TextPrinter(labels=load("or").network.labels), 80))
    assert "│ a₁ │" in drawn
    assert "E 0.487" in drawn


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("plain", [False, True])
def test_a_curve_has_its_highest_column_at_the_top_and_its_lowest_at_the_bottom(seed, plain):
    rng = np.random.default_rng(seed)
    values = list(np.abs(rng.normal(size=int(rng.integers(2, 300)))) * 10.0 ** rng.integers(-6, 6))
    rows = draw_curve(values, 70, ascii=plain)
    assert len(rows) == ROWS
    assert {len(row) for row in rows} == {min(COLUMNS, len(values))}
    assert all(character != " " for character in rows[-1])
    if len(values) <= COLUMNS:
        assert rows[0][int(np.argmax(values))] != " "
        assert rows[1][int(np.argmin(values))] == " "
    assert not plain or "".join(rows).isascii()


@pytest.mark.parametrize(
    "values", [[1, 1, 1], [0, 0], [3.0], [float("inf"), 1], [1e-300, 1e300], [-1, 1], [float("nan")] * 2]
)
def test_any_costs_have_a_curve(values):
    heights, _ = scale_curve(values)
    assert all(0 <= each <= 1 for each in heights)
    assert len(draw_curve(values, 10)) == ROWS


def test_a_curve_says_its_scale_and_its_ends():
    document = Document("", (Curve((1.0, 0.1, 0.001), "The cost"),), Labels())
    text, page = render(document, "text"), render(document, "html")
    assert "logarithmic" in text
    assert "1  " in text
    assert "0.001  " in text
    assert 'aria-label="The cost, first and last: 1 0.001"' in page

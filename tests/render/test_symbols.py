"""Every symbol that a report prints is understood again, in every notation and from every printer."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from backproof import Network, load, names
from backproof.errors import NameUnknown, OptionError
from backproof.expression import Value, quantities
from backproof.operations.optimiser import optimisers
from backproof.quantity import Kind, Quantity
from backproof.render.latex import LatexPrinter
from backproof.render.mathml import MathMLPrinter
from backproof.render.notation import NOTATIONS
from backproof.render.symbols import read_symbol
from backproof.render.text import TextPrinter
from backproof.trace import trace_of
from backproof.training import Training
from graphs import random_graph
from networks import sane_case

SEEDS = range(10)
TRACES = [
    *(pytest.param(load(name).trace(), id=name) for name in ("or", "or_article", "mazur", "xor")),
    *(pytest.param(sane_case(seed).trace(), id=f"network {seed}") for seed in SEEDS),
    *(pytest.param(random_graph(seed).trace(), id=f"graph {seed}") for seed in SEEDS),
]


def shown_numbers(trace):
    """Every number that stands in the derivation of some number of each kind, and has a name of its own."""
    one = trace.of_sample(trace.numbers[-1])
    names_of_all = list(trace.network.wiring.names())
    some = [*names_of_all[:: max(1, len(names_of_all) // 4)], *names_of_all[-1:]]
    outputs = trace.architecture.output_units
    wanted = ["E", *(f"dE/d{name}" for name in some), *(f"{letter}[{outputs[-1]}]" for letter in ("h", "a", "delta"))]
    found = set()
    for name in wanted:
        for line in one.explain(name).lines:
            for side in (side for side in (line.left, line.right) if side is not None):
                found.update(quantities(side))
                found.update(value.of for value in values(side) if isinstance(value.of, Quantity))
    return [
        each
        for each in found
        if (each.of or each.kind in (Kind.COST, Kind.RATE))
        and each.role not in ("", "value")
        and not isinstance(each.sample, str)
        and each.by_sample is None
        and each.kind is not Kind.OPTIMISER
        and not each.whole_layer
        and can_be_asked(each, trace)
    ]


def values(node):
    if isinstance(node, Value):
        yield node
    for child in node.children:
        yield from values(child)


def can_be_asked(quantity, trace):
    try:
        names.parse_name(quantity.name, trace.network)
    except NameUnknown:
        return False
    return True


def printers(notation, labels):
    return {
        "unicode": TextPrinter(notation, labels),
        "ascii": TextPrinter(notation, labels, ascii=True),
        "latex": LatexPrinter(notation, labels),
    }


def is_same(name, quantity, trace):
    read = names.parse_name(name, trace.network)
    return read.canonical.as_slope == replace(quantity, sample=None, step=None).canonical.as_slope


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("trace", TRACES)
def test_every_symbol_that_is_printed_is_taken_back_to_its_number(trace, notation):
    for kind, printer in printers(NOTATIONS[notation], trace.labels).items():
        printed = {}
        for quantity in shown_numbers(trace):
            printed.setdefault(printer.formula(quantity), []).append(quantity)
        for text, meant in printed.items():
            if len({each.canonical.as_slope for each in meant}) > 1:
                continue
            asked = read_symbol(text, trace, notation)
            assert is_same(asked.name, meant[0], trace), (kind, text, asked, meant[0])
            assert trace.network.labels.couples_samples or asked.sample in (None, meant[0].sample)


def copy_from_page(notation, labels):
    """Write a formula as a reader has it who marks and copies it on an HTML page: its characters alone."""
    printer = MathMLPrinter(notation, labels)
    return lambda formula: html.unescape(re.sub("<[^>]*>", "", printer.formula(formula)))


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("example", ["or", "or_article", "mazur", "xor"])
def test_every_number_of_a_shipped_example_can_be_asked_for_as_it_is_written_or_copied(example, notation):
    trace = load(example).trace(sample=1)
    chosen = NOTATIONS[notation]
    writers = [printer.formula for printer in printers(chosen, trace.labels).values()]
    for write in (*writers, copy_from_page(chosen, trace.labels)):
        meant = {}
        for name in trace.names():
            quantity = names.parse_name(name, trace.network)
            meant.setdefault(write(quantity), set()).add(quantity.canonical.as_slope)
        for text, quantities_meant in meant.items():
            asked = names.parse_name(read_symbol(text, trace, notation).name, trace.network)
            assert {asked.of_sample(None).canonical.as_slope} == quantities_meant, text


@pytest.mark.parametrize("trace", TRACES)
def test_every_name_stands_for_itself_in_every_notation(trace):
    for quantity in shown_numbers(trace):
        for name in {quantity.name, quantity.canonical.name}:
            if "[" in name or quantity.kind in (Kind.PARAMETER, Kind.NEW, Kind.STEP):
                for notation in NOTATIONS:
                    assert read_symbol(name, trace, notation).name == name


OR = load("or").trace(sample=2)
ASKED = [
    ("a1", "article", "a[h1]"),
    ("a_1", "article", "a[h1]"),
    ("a₁", "article", "a[h1]"),
    ("∂E/∂w₁", "article", "dE/dw1"),
    ("∂E / ∂w1", "article", "dE/dw1"),
    ("δ_o", "article", "delta[o]"),
    ("δₒ", "article", "delta[o]"),
    (r"\delta_o", "article", "delta[o]"),
    (r"$\frac{\partial E}{\partial w_1}$", "article", "dE/dw1"),
    (r"\dfrac{\partial E}{\partial w_{1}}", "article", "dE/dw1"),
    ("∂E∂w1", "article", "dE/dw1"),
    ("i₁", "article", "a[i1]"),
    ("z[h1]", "nielsen", "h[h1]"),
    ("z1", "nielsen", "h[h1]"),
    ("z", "nielsen", None),
    ("dC/dw1", "nielsen", "dE/dw1"),
    ("dC/dw1", "article", "dE/dw1"),
    ("C", "nielsen", "E"),
    ("∂C/∂zₒ", "nielsen", "dE/dh[o]"),
    ("a_o", "bishop", "h[o]"),
    ("a[o]", "bishop", "a[o]"),
    ("z_o", "bishop", "a[o]"),
    ("w₅⁺", "article", "new w5"),
    ("Δw₅", "article", "step w5"),
    ("η", "article", "eta"),
    ("lr", "pytorch", "eta"),
    ("δₒ · w₅", "article", "delta[o]*w5"),
    (r"-\delta_o \cdot w_5", "article", "-delta[o]*w5"),
    ("g'(h[h1])", "article", "da/dh[h1]"),
    ("σ′(h₁)", "article", "da/dh[h1]"),
    ("∂a₁/∂h₁", "article", "da/dh[h1]"),
]


@pytest.mark.parametrize(("text", "notation", "name"), ASKED)
def test_symbols_are_understood_as_people_copy_them(text, notation, name):
    if name is None:
        with pytest.raises(NameUnknown):
            read_symbol(text, OR, notation)
    else:
        found = read_symbol(text, OR, notation).name
        assert found == name or is_same(found, names.parse_name(name, OR.network), OR)


def test_a_symbol_with_a_sample_is_the_number_of_that_sample():
    assert read_symbol("a₁⁽³⁾", load("or").trace()) == ("a[h1]", 3)
    assert read_symbol(r"\delta_{o}^{(4)}", load("or").trace()) == ("delta[o]", 4)


def test_an_ambiguous_symbol_lists_its_readings():
    with pytest.raises(NameUnknown, match=r"several readings.*h\[h1\] \(nielsen, pytorch\).*a\[h1\] \(bishop\)"):
        read_symbol("z1", OR)


def test_a_symbol_of_another_step_says_which_option_to_give():
    with pytest.raises(OptionError, match="--step 3"):
        read_symbol("h₁⁽ᵗ⁼³⁾".replace("ᵗ⁼", "t="), OR)


@pytest.mark.parametrize("text", ["𝐚₁", "A_1", r"\mathbf{W}_{2}"])
def test_a_symbol_of_a_whole_layer_asks_for_one_number(text):
    with pytest.raises(NameUnknown, match="all numbers of a layer"):
        read_symbol(text, OR)


@pytest.mark.parametrize("number", ["velocity", "previous velocity"])
def test_a_number_that_the_optimiser_keeps_is_read_where_there_is_one(number):
    gate = load("or")
    training = Training(0.1, optimisers.make({"name": "sgd", "momentum": 0.9}))
    trace = trace_of(gate.network, gate.x, gate.y, training)
    text = TextPrinter(labels=trace.labels).formula(Quantity(number, ("w1",)))
    if number == "velocity":
        assert trace[read_symbol(text, trace).name] == trace["dE/dw1"]  # the first step begins with no velocity
        return
    with pytest.raises(NameUnknown):
        read_symbol(text, trace)  # it is printed as the velocity is, and there is none before step 1


@pytest.mark.parametrize("text", ["dC/dw1", "dX/dw1", "w99", "a[nobody]", "", "·", "dE/", "/", "d", "€", "\\frac{}{}"])
@pytest.mark.parametrize("read", [lambda text: OR[text], lambda text: read_symbol(text, OR)], ids=["trace", "symbol"])
def test_nobody_is_asked_whether_the_same_name_was_meant(read, text):
    said = ""
    try:
        read(text)
    except NameUnknown as error:
        said = str(error)
    assert not any(f"'{name}'. Did you mean '{name}'" in said for name in ("w1", text))


def test_a_symbol_of_a_large_network_is_found_quickly():
    network = Network.dense([784, 30, 10], activation=["sigmoid", "softmax"], cost="cross_entropy", seed=0)
    trace = network.trace(np.zeros((1, 784)), np.eye(10)[:1])
    assert read_symbol("δ_{l2.3}", trace).name == "delta[l2.3]"

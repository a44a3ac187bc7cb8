"""Slips made on purpose on random networks: each is found, named, and what follows from it is carried."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from backproof.checking.claims import examine
from backproof.checking.graph import Graph
from backproof.checking.mistake import every_mistake
from backproof.checking.site import Site
from backproof.expression import quantities
from backproof.network import Network
from backproof.quantity import Quantity
from backproof.rounding import agrees
from backproof.training import Training
from backproof.wiring import Parameter
from backproof.worksheet import Claim, Worksheet
from connections import at, explicit

OUTPUTS = (
    ("sigmoid", "half_squared_error"),
    ("identity", "squared_error"),
    ("tanh", "half_squared_error"),
    ("sigmoid", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
)


def sheet(rng, sizes):
    """A drawn network with readable numbers, one sample and a learning rate."""
    letters = ["i", *["h"] * (len(sizes) - 2), "o"]
    units = tuple(
        tuple(f"{letter}{layer}{n}" for n in range(1, size + 1))
        for layer, (letter, size) in enumerate(zip(letters, sizes, strict=True))
    )
    parameters, arrays = [], {}
    for layer in range(1, len(sizes)):
        arrays[f"W{layer}"] = rng.normal(size=(sizes[layer - 1], sizes[layer])).round(2)
        arrays[f"b{layer}"] = rng.normal(size=sizes[layer]).round(2)
        for column in range(sizes[layer]):
            parameters.append(Parameter(f"b{layer}_{column}", (at(layer, None, column),)))
            parameters += [
                Parameter(f"w{layer}_{row}_{column}", (at(layer, row, column),)) for row in range(sizes[layer - 1])
            ]
    output, cost = OUTPUTS[rng.integers(len(OUTPUTS))]
    hidden = ["sigmoid", "tanh", "softplus"][rng.integers(3)]
    wiring = explicit(units, tuple(parameters))
    network = Network.build(wiring, [*[hidden] * (len(sizes) - 2), output], cost, arrays, "sum", units)
    x, y = rng.normal(size=(1, sizes[0])).round(2), np.eye(sizes[-1])[rng.integers(sizes[-1], size=1)]
    return Worksheet("", network, x, y, training=Training(round(float(rng.uniform(0.1, 1)), 2)))


def graph_of(worksheet):
    return Graph(worksheet.network, worksheet.x, worksheet.y, worksheet.training, frozenset([1]))


def printed(value, digits):
    """A number as people print it, with some significant digits."""
    place = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{value:.{place}f}" if 0 <= place <= 12 else f"{value:.{digits - 1}e}"


def slip(rng, graph, places):
    """A random mistake at a random place: the mistake, the place, the formula with the slip in it."""
    while True:
        mistake = every_mistake()[rng.integers(len(every_mistake()))]
        where = places[rng.integers(len(places))]
        made = [change for one in graph.definitions(where)[:1] for change in mistake.rewrites(Site(graph, where, one))]
        made = [change for change in made if not _circular(graph, where, change.formula)]
        if made:
            return mistake, where, made[rng.integers(len(made))].formula


def _circular(graph, where, formula):
    return any(each == where or where in graph.ancestors(each) for each in quantities(formula))


def test_a_slip_in_a_claim_is_named_first():
    rng = np.random.default_rng(0)
    named = Counter()
    while named.total() < 120:
        worksheet = sheet(rng, [2, 3, 2])
        graph = graph_of(worksheet)
        mistake, where, formula = slip(rng, graph, list(graph.every(Quantity("E", (), None, 1))))
        value, digits = graph.evaluate(formula), int(rng.integers(4, 8))
        if value == 0 or not math.isfinite(value):
            continue
        claim = Claim(of=where.name, value=printed(value, digits))
        unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
        if abs(value - graph.truth(where)) <= 2 * unit:
            continue
        (work,) = examine(replace(worksheet, claims=(claim,))).works
        first = work.mistakes[0] if work.mistakes else None
        tied = first is not None and (first.id == mistake.id or math.isclose(first.gives, value, rel_tol=1e-9))
        named[work.verdict == "wrong" and tied] += 1
    assert named[True] >= 0.97 * named.total()


@pytest.mark.parametrize("seed", range(20))
def test_what_follows_from_a_slip_is_carried(seed):
    rng = np.random.default_rng(seed)
    worksheet = sheet(rng, [2, 3, 2])
    graph = graph_of(worksheet)
    order = working_order(worksheet.network)
    _, where, formula = slip(rng, graph, order)
    claims, expected = [], []
    for quantity in order:
        value = graph.evaluate(quantity, {}, {where: formula})
        if value and math.isfinite(value):
            claims.append(Claim(of=quantity.name, value=printed(value, 7)))
            unchanged = agrees(claims[-1].value, graph.truth(quantity))
            expected.append("right" if unchanged else "wrong" if quantity == where else "carried")
    verdicts = [work.verdict for work in examine(replace(worksheet, claims=tuple(claims))).works]
    same = sum(mine == theirs for mine, theirs in zip(verdicts, expected, strict=True))
    assert same >= 0.97 * len(verdicts)
    assert verdicts.count("right") >= expected.count("right")


def working_order(network):
    """Every number of a step in the order in which a person works it out."""
    forward = [Quantity(role, (unit,), None, 1) for layer in network.units[1:] for unit in layer for role in "ha"]
    back = [
        Quantity(role, (unit,), None, 1)
        for layer in reversed(network.units[1:])
        for unit in layer
        for role in ("dE/da", "dE/dh")
    ]
    names = list(network.wiring.names())
    updates = [Quantity(role, (name,), None, 1) for role in ("dE/dw", "new") for name in names]
    return [*forward, Quantity("E", (), None, 1), *back, *updates]

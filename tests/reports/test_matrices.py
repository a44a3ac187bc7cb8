"""The equations that are shown in matrix form, worked out on arrays: they must give the trace's own arrays."""

import re

import numpy as np
import pytest

from backproof import Network
from backproof.document import Note, Table
from backproof.evaluation import evaluate
from backproof.expression import Call, Compare
from backproof.functions import FUNCTIONS, Function
from backproof.quantity import Quantity
from backproof.reports.matrices import matrix_form
from backproof.trace import trace_of
from networks import sane_case
from variants import ACTIVATIONS, COSTS, words


def equations(trace):
    """Every equation of the report, with its shapes."""
    for block in matrix_form(trace):
        if isinstance(block, Table):
            yield from block.rows


def arrays(trace, quantity):
    """The array that a quantity of a whole layer stands for."""
    layer = int(re.fullmatch(r"#(\d+)", quantity.of[0])[1])
    passed, errors = trace.forward, trace.backward
    return {
        "a": lambda: passed.a[layer], "h": lambda: passed.h[layer], "y": lambda: trace.y,
        "w": lambda: trace.network.parameters[f"W{layer}"], "b": lambda: trace.network.parameters[f"b{layer}"],
        "delta": lambda: errors.dh[layer], "dE/da": lambda: errors.da[layer],
        "dE/dw": lambda: errors.gradients[f"W{layer}"], "dE/db": lambda: errors.gradients[f"b{layer}"],
    }[quantity.role]()  # fmt: skip


def layer_of(equation):
    return int(equation.left.of[0][1:])


def hold(trace, monkeypatch):
    for equation, shapes in equations(trace):
        assert isinstance(equation, Compare)
        assert equation.sign == "="
        activation = trace.network.activations[layer_of(equation) - 1]
        monkeypatch.setitem(FUNCTIONS, activation.letter, Function(activation.forward))
        monkeypatch.setitem(
            FUNCTIONS, f"{activation.letter}_prime",
            Function(lambda h, g=activation: g.backward(h, g.forward(h), np.ones_like(h))),
        )  # fmt: skip
        expected = arrays(trace, equation.left)
        found = evaluate(equation.right, lambda quantity: arrays(trace, quantity))
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
        said = re.match(r"\(([^)]*)\)", shapes)[1]
        assert tuple(int(size) for size in said.split(" × ")) == expected.shape


def full(case):
    """The same with every connection, each with a parameter of its own."""
    sizes = [len(layer) for layer in case.network.units]
    return Network.dense(
        sizes, activation=list(case.network.activations), cost=case.network.cost,
        reduction=case.network.reduction, parameters=dict(case.network.parameters.arrays),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_random_networks(seed, monkeypatch):
    case = sane_case(2000 + seed)
    hold(trace_of(full(case), case.x, case.y), monkeypatch)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("cost", COSTS, ids=words)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=words)
def test_every_pair_of_activation_and_cost(activation, cost, reduction, monkeypatch):
    if not cost.fits(activation.output_range):
        pytest.skip("the cost is not finite after that activation")
    outputs = 3 if cost.needs_target else 1
    rng = np.random.default_rng(0)
    network = Network.dense([2, 3, outputs], activation=["softmax", activation], cost=cost, reduction=reduction, seed=1)
    for targets in (rng.uniform(0.1, 0.9, (4, outputs)), np.eye(outputs)[[0] * 4]):
        trace = trace_of(network, rng.normal(size=(4, 2)), targets)
        if np.isfinite(trace["E"]):
            hold(trace, monkeypatch)


def test_tied_and_missing_places_are_mentioned():
    drawn = next(case for case in map(sane_case, range(100)) if case.network.wiring.shared)
    assert any(isinstance(block, Note) for block in matrix_form(drawn.trace()))
    whole = full(drawn)
    assert not any(isinstance(block, Note) for block in matrix_form(trace_of(whole, drawn.x, drawn.y)))


def test_every_name_in_the_equations_can_be_computed():
    trace = trace_of(Network.dense([2, 3, 2], activation=["softmax", "tanh"]), np.ones((1, 2)), np.ones((1, 2)))
    letters = {activation.letter for activation in trace.network.activations}
    for equation, _ in equations(trace):
        for node in _walk(equation.right):
            if isinstance(node, Call):
                assert (
                    node.function.removesuffix("_prime") in FUNCTIONS or node.function.removesuffix("_prime") in letters
                )
            if isinstance(node, Quantity):
                assert re.fullmatch(r"#\d+", node.of[0])


def _walk(node):
    yield node
    for child in node.children:
        yield from _walk(child)

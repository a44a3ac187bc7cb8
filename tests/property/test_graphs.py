"""Random graphs of layers: every gradient is PyTorch's, every line of a derivation is true, on both engines."""

import numpy as np
import pytest

from backproof import propagation
from backproof.derivation import WHOLE
from backproof.evaluation import evaluate
from backproof.paths import largest_paths
from backproof.quantity import Quantity, Scope
from graphs import random_graph

GRAPHS = 60


def close(mine, theirs):
    assert np.allclose(mine, theirs, rtol=1e-10, atol=1e-10 * max(1.0, float(np.abs(theirs).max(initial=0.0))))


@pytest.mark.parametrize("seed", range(300))
def test_every_gradient_is_that_of_pytorch(seed):
    torch_graphs = pytest.importorskip("torch_graphs")
    graph = random_graph(seed)
    trace = graph.trace()
    theirs = torch_graphs.TorchGraph(graph.network, graph.x, graph.y).differentiate()
    for number in range(1, len(trace.forward.a)):
        close(trace.forward.h[number], theirs.h[number].detach().numpy())
        close(trace.forward.a[number], theirs.a[number].detach().numpy())
        close(trace.backward.dh[number], theirs.h[number].grad.numpy())
        close(trace.backward.da[number], theirs.a[number].grad.numpy())
    close(trace.terms, theirs.terms.detach().numpy())
    for key, array in trace.backward.gradients.items():
        close(array, theirs.parameters[key].grad.numpy())


@pytest.mark.parametrize("seed", range(0, GRAPHS, 4))
def test_jax_computes_the_same(seed):
    jax = pytest.importorskip("jax")
    graph = random_graph(seed)
    architecture = graph.network.architecture

    def run(arrays, x, y):
        passed = propagation.forward(architecture, arrays, x)
        errors = propagation.backward(architecture, arrays, passed, y)
        return passed.a, errors.gradients, propagation.cost(architecture, passed, y)

    with jax.enable_x64(True):
        a, gradients, cost = jax.jit(run)(dict(graph.network.parameters), graph.x, graph.y)
    trace = graph.trace()
    for mine, compiled in zip(trace.forward.a, a, strict=True):
        close(mine, np.asarray(compiled))
    for key, array in trace.backward.gradients.items():
        close(array, np.asarray(gradients[key]))
    assert float(cost) == pytest.approx(trace["E"], rel=1e-12)


def names_in(graph, rng, count=3):
    """Some names of every kind of number."""
    architecture = graph.network.architecture
    units = [[layer.unit(position) for position in range(layer.size)] for layer in architecture.layers]
    later = [unit for layer in units[1:] for unit in layer]
    parameters = list(graph.network.wiring.names())
    statistics = [f"{name}[{unit}]" for number, layer in enumerate(architecture.layers) if layer.kind is not None
                  for unit in architecture.statistic_units(number)[:2] for name in layer.kind.statistics]  # fmt: skip
    some = lambda known: [known[number] for number in rng.choice(len(known), min(count, len(known)), replace=False)]  # noqa: E731
    yield from (f"{role}[{unit}]" for role in ("h", "a", "delta", "dE/da") for unit in some(later))
    yield from (f"da[{unit}]/dh[{unit}]" for unit in some(later))
    yield from (f"dE/da[{unit}]" for unit in some(units[0]))
    yield from (f"dE/d{name}" for name in some(parameters) if parameters)
    yield from (f"{role}[{unit}]" for role in ("E", "y") for unit in some(architecture.output_units))
    yield from (
        f"d{top}[{unit}]/d{name}" for top in ("a", "h") for unit in some(later) for name in some(parameters)[:1]
    )
    yield from (f"d{top}[{one}]/da[{other}]" for top in ("a", "h") for one in some(later) for other in some(later)[:1])
    yield from (f"dE[{one}]/dh[{other}]" for one in some(architecture.output_units)[:1] for other in some(later)[:2])
    yield from statistics
    yield from ("E", *(f"new {name}" for name in some(parameters)[:1]))


def size(node, value):
    """The sum of the absolute terms of a formula, or of its parts."""
    children = node.children
    inner = sum(size(child, value) for child in children) if children else 0.0
    return abs(float(evaluate(node, value))) + inner


@pytest.mark.parametrize("seed", range(0, GRAPHS, 2))
def test_every_line_of_every_derivation_is_true(seed):
    graph, rng = random_graph(seed, layers=5, samples=3), np.random.default_rng(seed)
    whole = graph.trace()
    for name in names_in(graph, rng):
        alone = whole.of_sample(int(rng.integers(len(graph.x))) + 1)
        trace = whole if name.startswith("new") or name == "E" or name.startswith("batch") else alone
        derivation = trace.explain(name)
        assert derivation.value == trace[name]
        for line in derivation.lines:
            allowed = 1e-9 * (1 + size(line.right, trace.value))
            assert evaluate(line.right, trace.value) == line.value, (name, line)
            if line.kind in WHOLE:
                assert abs(line.value - derivation.value) <= allowed, (name, line)
            if line.left is not None and line.left.step in (None, trace.step):
                assert abs(evaluate(line.left, trace.value) - line.value) <= allowed, (name, line)
        if derivation.estimate is not None:
            near = derivation.estimate == pytest.approx(derivation.value, rel=1e-5, abs=2e-6)
            assert near or any("average" in note or "mean of both" in note for note in derivation.notes), name
        for use in derivation.uses:
            below = whole.of_sample(None if use.scope is Scope.STEP else use.sample or trace.sample)
            assert below.explain(use.name).value == below.value(use), (name, use)


@pytest.mark.parametrize("seed", range(0, GRAPHS, 3))
def test_the_shares_of_the_samples_add_up(seed):
    graph = random_graph(seed)
    trace = graph.trace()
    assert sum(trace.of_sample(number)["E"] for number in trace.numbers) == pytest.approx(trace["E"], rel=1e-12)
    for name in list(graph.network.wiring.names())[::7]:
        share = sum(trace.of_sample(number)[f"dE/d{name}"] for number in trace.numbers)
        assert share == pytest.approx(trace[f"dE/d{name}"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(0, GRAPHS, 3))
def test_paths_add_up_to_the_share_of_the_sample(seed):
    graph = random_graph(seed, layers=5)
    trace = graph.trace().of_sample(1)
    for name in list(graph.network.wiring.names())[::11]:
        paths = largest_paths(trace, name, 5)
        assert paths.total == pytest.approx(trace[f"dE/d{name}"], rel=1e-8, abs=1e-10)
        assert sum(path.share for path in paths.largest) <= 1 + 1e-9
        every = largest_paths(trace, name, 100_000)
        if paths.count < 2000:
            assert sum(path.value for path in every.largest) == pytest.approx(paths.total, rel=1e-8, abs=1e-10)
            assert len(every.largest) == paths.count
        assert [path.value for path in every.largest[:5]] == pytest.approx([path.value for path in paths.largest])


def test_a_step_of_training_is_the_same_in_a_trace_and_in_a_run():
    graph = random_graph(11, normalised=True)
    history = graph.network.fit(graph.x, graph.y, epochs=3, learning_rate=0.05, engine="numpy")
    after = graph.trace(step=3).after
    for key, array in history.network.parameters.items():
        close(array, after.parameters[key])


def test_a_quantity_of_another_sample_is_zero_where_samples_are_not_coupled():
    graph = random_graph(5, normalised=False)
    trace, architecture = graph.trace(), graph.network.architecture
    layer = architecture.layers[-1]
    sender = architecture.layers[layer.receives[0]]
    quantity = Quantity("dh/da", (layer.unit(0), sender.unit(0)), 1, None, 2)
    assert trace.value(quantity) == 0.0

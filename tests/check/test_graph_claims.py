"""Claims about graphs of layers: right ones are right, wrong ones are wrong, and nothing breaks."""

import numpy as np
import pytest

import backproof
from backproof.worksheet.model import Claim, Worksheet
from graphs import random_graph


def sheet_of(graph, claims):
    return Worksheet(title="g", network=graph.network, x=graph.x, y=graph.y, training=graph.training, claims=claims)


def claims_of(graph, rng, digits, factor=1.0):
    """Some numbers of every kind, printed with so many digits, times a factor."""
    trace, architecture = graph.trace(), graph.network.architecture
    names = []
    for layer in architecture.layers[1:]:
        unit = layer.unit(int(rng.integers(layer.size)))
        slopes = () if layer.activation.coupled else ("da/dh",)
        names += [(f"{role}[{unit}]", 1) for role in ("h", "a", "delta", "dE/da", *slopes)]
    parameters = list(graph.network.wiring.names())
    for number in rng.choice(len(parameters), min(4, len(parameters)), replace=False):
        names += [
            (f"dE/d{parameters[number]}", 1),
            (f"dE/d{parameters[number]}", None),
            (f"new {parameters[number]}", None),
        ]
    names += [("E", None), ("E", 1), (f"E[{architecture.output_units[0]}]", 1)]
    for name, sample in names:
        value = trace.of_sample(sample)[name] * factor
        if value and 1e-6 < abs(value) < 1e6:
            yield Claim(name, f"{value:.{digits}g}" if "e" not in f"{value:.{digits}g}" else f"{value:.12f}", sample)


@pytest.mark.parametrize("seed", range(12))
def test_true_numbers_are_right(seed):
    graph, rng = random_graph(seed, layers=5, samples=3), np.random.default_rng(seed)
    report = backproof.check(sheet_of(graph, tuple(claims_of(graph, rng, 7))))
    assert {claim.verdict for claim in report.claims} <= {"right"}


@pytest.mark.parametrize("seed", range(12))
def test_wrong_numbers_are_wrong(seed):
    graph, rng = random_graph(seed, layers=4, samples=2), np.random.default_rng(seed)
    wrong = tuple(claims_of(graph, rng, 6, factor=1.2345678))[:12]
    report = backproof.check(sheet_of(graph, wrong))
    assert all(claim.verdict in ("wrong", "carried") for claim in report.claims)


@pytest.mark.parametrize("seed", range(8))
def test_a_slope_left_out_is_named(seed):
    """delta = dE/da, without g'(h), of a layer in the middle."""
    graph = random_graph(seed, layers=5, samples=2)
    trace = graph.trace().of_sample(1)
    for layer in graph.network.architecture.layers[1:]:
        unit = layer.unit(0)
        wrong, right = trace[f"dE/da[{unit}]"], trace[f"dE/dh[{unit}]"]
        if layer.activation.name != "identity" and abs(wrong - right) > 1e-3 * abs(wrong) > 1e-9:
            (claim,) = backproof.check(sheet_of(graph, (Claim(f"delta[{unit}]", f"{wrong:.9f}", 1),))).claims
            assert claim.verdict == "wrong"
            assert "sigma_prime_omitted" in [each.id for each in claim.mistakes]
            return

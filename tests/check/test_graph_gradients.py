"""Gradients of random graphs, as PyTorch computes them: never accused; what is planted in them is always seen."""

import numpy as np
import pytest

from backproof import check_gradient
from graphs import random_graph

torch_graphs = pytest.importorskip("torch_graphs")


def gradients_by_torch(graph):
    theirs = torch_graphs.TorchGraph(graph.network, graph.x, graph.y).differentiate()
    return {
        key: np.zeros(array.shape) if array.grad is None else array.grad.numpy()
        for key, array in theirs.parameters.items()
    }


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("seed", range(40))
def test_right_gradients_are_never_accused(seed, kind):
    graph = random_graph(seed)
    right = {key: array.astype(kind) for key, array in gradients_by_torch(graph).items()}
    for mine in (right, list(right.values()), {key: right[key] for key in list(right)[::2]}):
        report = check_gradient(mine, graph.network, graph.x, graph.y)
        assert report.right, str(report)
        assert not report.mistakes


PLANTED = {
    "a sign": lambda array: -array,
    "a half": lambda array: array / 2,
    "nothing": lambda array: 0 * array,
    "one number": lambda array: np.where(
        np.arange(array.size).reshape(array.shape) == np.abs(array).argmax(), 1.01 * array, array
    ),
    "the samples counted twice": lambda array: 2 * array,
    "a shift": lambda array: array + np.abs(array).max(),
    "a transposition": lambda array: (
        array.swapaxes(0, 1) if array.ndim > 1 and array.shape[0] == array.shape[1] else -array
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("seed", range(12))
def test_what_is_planted_is_seen_in_its_array_alone(seed, planted):
    graph, rng = random_graph(seed), np.random.default_rng(seed)
    right = gradients_by_torch(graph)
    large = [key for key, array in right.items() if np.abs(array).max() > 1e-6]
    for key in rng.permutation(large)[:2]:
        changed = PLANTED[planted](right[key])
        if np.allclose(changed, right[key]):
            continue  # symmetric
        report = check_gradient({**right, key: changed}, graph.network, graph.x, graph.y)
        assert not report.right
        assert [each.name for each in report.parameters if not each.right] == [key]

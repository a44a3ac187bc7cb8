"""What training adds to the equations: weights, penalties, clipping and dropout, against PyTorch and differences."""

from itertools import pairwise

import numpy as np
import pytest

from backproof import Network, propagation
from backproof.data.source import Batch
from backproof.operations.layers.dropout import Dropout, scramble
from backproof.train import fit
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe, State, step
from backproof.worksheet.reader import loads
from networks import sane_case

RANDOM = np.random.default_rng(3)
X, Y = RANDOM.normal(size=(9, 4)), np.eye(3)[RANDOM.integers(0, 3, 9)]
WEIGHTS = RANDOM.uniform(0, 2, 9)


def network(reduction="mean"):
    return Network.dense([4, 6, 3], activation=["tanh", "softmax"], cost="cross_entropy", reduction=reduction, seed=2)


def theirs(start, weights, l1, l2, clip, reduction):
    """PyTorch's parameters after one step of gradient descent with a rate of 1, and the cost before it."""
    torch = pytest.importorskip("torch")
    own = {key: torch.tensor(array, requires_grad=True) for key, array in start.parameters.items()}
    out = torch.tanh(torch.tensor(X) @ own["W1"] + own["b1"]) @ own["W2"] + own["b2"]
    terms = -(torch.tensor(Y) * torch.log_softmax(out, 1)).sum(1) * torch.tensor(weights)
    cost = terms.sum() / (weights.sum() if reduction == "mean" else 1)
    cost = cost + sum(l1 * own[key].abs().sum() + l2 / 2 * (own[key] ** 2).sum() for key in ("W1", "W2"))
    cost.backward()
    if clip:
        torch.nn.utils.clip_grad_norm_(own.values(), clip)
    return {key: (array - array.grad).detach().numpy() for key, array in own.items()}, float(cost.detach())


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize(("l1", "l2", "clip"), [(0, 0, None), (0.3, 0, None), (0, 0.2, None), (0.1, 0.2, 0.5)])
def test_pytorch_takes_the_same_step(reduction, l1, l2, clip):
    start = network(reduction)
    mine = fit(start, X, Y, epochs=1, learning_rate=1.0, l1=l1, l2=l2, clip=clip, sample_weight=WEIGHTS)
    parameters, cost = theirs(start, WEIGHTS, l1, l2, clip, reduction)
    assert mine.costs[0] == pytest.approx(cost, rel=1e-12)
    for key, array in parameters.items():
        np.testing.assert_allclose(mine.network.parameters[key], array, rtol=1e-5 if clip else 1e-11, atol=1e-13)


@pytest.mark.parametrize("seed", range(20))
def test_the_gradient_of_a_penalised_cost_is_its_slope(seed):
    case = sane_case(seed)
    network, arrays = case.network, {key: array.copy() for key, array in case.network.parameters.items()}

    def cost(parameters):
        met = propagation.cost(
            network.architecture, propagation.forward(network.architecture, parameters, case.x), case.y
        )
        return float(met + propagation.penalty(network.architecture, parameters, 0.0, 0.3))

    passed = propagation.forward(network.architecture, arrays, case.x)
    plain = propagation.backward(network.architecture, arrays, passed, case.y).gradients
    found = propagation.penalised(network.architecture, arrays, plain, 0.0, 0.3)
    for name in list(network.wiring.names())[:12]:
        uses, size = network.parameter(name).places, 1e-6
        ends = []
        for sign in (1, -1):
            moved = {key: array.copy() for key, array in arrays.items()}
            for use in uses:
                moved[use.array][use.index] += sign * size
            ends.append(cost(moved))
        slope = (ends[0] - ends[1]) / (2 * size)
        assert found[uses[0].array][uses[0].index] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_a_weight_is_as_many_samples():
    counts = np.array([1, 2, 0, 3, 1, 1, 2, 1, 1])
    for reduction in ("sum", "mean"):
        weighed = fit(network(reduction), X, Y, epochs=5, sample_weight=counts)
        repeated = fit(network(reduction), np.repeat(X, counts, 0), np.repeat(Y, counts, 0), epochs=5)
        np.testing.assert_allclose(weighed.costs, repeated.costs, rtol=1e-12)
        assert weighed.final_cost == pytest.approx(repeated.final_cost, rel=1e-12)


def test_clipped_gradients_have_at_most_that_norm():
    start = network("sum")
    passed = propagation.forward(start.architecture, start.parameters, 100 * X)
    gradients = propagation.backward(start.architecture, start.parameters, passed, Y).gradients
    norm = np.sqrt(sum((array**2).sum() for array in gradients.values()))
    for most in (0.5 * norm, 2 * norm):
        clipped = propagation.clipped(start.architecture, gradients, most)
        found = np.sqrt(sum((array**2).sum() for array in clipped.values()))
        assert found == pytest.approx(min(norm, most), rel=1e-12)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_keeps_as_much_as_it_should(rate):
    like = np.ones(1)
    masks = [Dropout(rate).draw_mask(1, (50, 80), np.uint32(seed), 7, like) for seed in range(50)]
    assert Dropout(0.0).draw_mask(1, (50, 80), np.uint32(0), 7, like) is None
    values = np.concatenate([mask.reshape(-1) for mask in masks])
    assert set(np.unique(values)) == {0.0, 1.0}
    assert values.mean() / (1 - rate) == pytest.approx(1.0, abs=5 * np.sqrt(rate / (1 - rate) / len(values)))
    between = np.corrcoef(np.array([mask.reshape(-1) for mask in masks]))
    assert np.abs(between - np.eye(50)).max() < 0.1


def test_dropout_differs_from_step_to_step_layer_to_layer_and_seed_to_seed():
    like, shape = np.ones(1, np.float32), (20, 30)
    places = [(np.uint32(seed), step) for seed in (0, 1) for step in (0, 1, 2)]
    drawn = [Dropout(0.5, own).draw_mask(layer, shape, *place, like)
             for place in places for layer in (1, 2) for own in (0, 7)]  # fmt: skip
    for one, other in pairwise(drawn):
        assert 0.3 < np.mean(one == other) < 0.7
    again = Dropout(0.5).draw_mask(1, shape, np.uint32(0), 0, like)
    np.testing.assert_array_equal(again, drawn[0])
    assert again.dtype == np.float32


def test_every_bit_moves_every_other_in_the_hash():
    numbers = np.arange(1, 4097, dtype=np.uint32)
    for bit in range(32):
        moved = scramble(numbers) ^ scramble(numbers ^ np.uint32(1 << bit))
        flips = [np.mean((moved >> np.uint32(each)) & 1) for each in range(32)]
        assert min(flips) > 0.4
        assert max(flips) < 0.6


def test_dropout_goes_backward_as_it_went_forward():
    start = network("sum")
    chosen = TrainingOptions(dropout=0.5, learning_rate=1.0)
    recipe = Recipe.of(start.architecture, chosen)
    numbers = {"learning_rate": np.float64(1), "total": np.float64(1), "seed": np.uint32(4)}
    state = State.first(start.parameters, chosen.optimizer, "float64")
    after, _ = step(recipe, state, Batch(X, Y), numbers)
    [mask] = recipe.masks(X, numbers, 0).values()
    assert 0 < (mask == 0).mean() < 1
    mask = 2 * mask

    def cost(key, place, size):
        moved = {name: np.array(array) for name, array in start.parameters.items()}
        moved[key][place] += size
        hidden = np.tanh(X @ moved["W1"] + moved["b1"]) * mask
        out = hidden @ moved["W2"] + moved["b2"]
        return -(Y * (out - np.log(np.exp(out).sum(1, keepdims=True)))).sum()

    for key, place in (("W1", (0, 0)), ("W1", (3, 5)), ("b1", (2,)), ("W2", (4, 1)), ("b2", (0,))):
        slope = (cost(key, place, 1e-6) - cost(key, place, -1e-6)) / 2e-6
        taken = state.parameters[key][place] - after.parameters[key][place]
        assert taken == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_what_is_not_trained_does_not_count_in_the_norm_that_is_clipped():
    sheet = loads(
        """
        [network]
        units = [["x"], ["o"]]
        activations = ["identity"]
        cost = "half_squared_error"
        weights = [{name = "w", from = "x", to = "o", value = 1.0, trained = false}]
        biases = [{name = "b", to = "o", value = 0.0}]
        [data]
        inputs = [[100.0]]
        targets = [[99.0]]
        """
    )
    found = fit(sheet.network, sheet.x, sheet.y, epochs=1, learning_rate=1.0, clip=1.0)
    assert found.network.parameters["b"] == -1.0


@pytest.mark.parametrize("engine", ["numpy", "jax"])
def test_samples_that_weigh_nothing_ask_for_no_penalty_where_it_is_theirs(engine):
    weights = np.r_[np.zeros(3), np.ones(6)]
    asked = {"batch_size": 3, "shuffle": False, "l1": 0.1, "l2": 0.1, "share_penalty": True, "engine": engine}
    found = fit(network(), X, Y, epochs=1, sample_weight=weights, **asked)
    without = fit(network(), X[3:], Y[3:], epochs=1, **asked)
    for key, array in without.network.parameters.items():
        np.testing.assert_allclose(found.network.parameters[key], array, rtol=1e-12)

"""Every registered initialiser: shape, mean, spread, bounds and seed; orthogonal ones are orthogonal."""

from math import sqrt

import numpy as np
import pytest

from backproof import Network
from backproof.errors import NumberError
from backproof.operations.initialiser import initialisers
from variants import built_in, variants, words

INITIALISERS = variants(initialisers)
every = pytest.mark.parametrize("start", INITIALISERS, ids=words)
SIZES = [(400, 100), (100, 400), (200, 200)]
#: The deviation of each weight from `fan_in` to `fan_out` units.
DEVIATIONS = {
    "glorot": lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out)),
    "he": lambda fan_in, fan_out: sqrt(2 / fan_in),
    "lecun": lambda fan_in, fan_out: sqrt(1 / fan_in),
    "orthogonal": lambda fan_in, fan_out: sqrt(1 / max(fan_in, fan_out)),
}


def deviation(start, fan_in, fan_out):
    if start.name in ("uniform", "normal", "constant"):
        return {"uniform": lambda: start.reach / sqrt(3), "normal": lambda: start.deviation,
                "constant": lambda: 0.0}[start.name]()  # fmt: skip
    return DEVIATIONS[start.name.split("_")[0]](fan_in, fan_out) * getattr(start, "gain", 1)


def drawn(start, fan_in, fan_out, seed=0):
    return start.draw_weights(np.random.default_rng(seed), fan_in, fan_out)


def test_the_names_are_those_that_people_look_for():
    families = {f"{family}_{form}" for family in ("glorot", "he", "lecun") for form in ("uniform", "normal")}
    assert set(built_in(initialisers)) == families | {"orthogonal", "uniform", "normal", "constant"}


@every
@pytest.mark.parametrize("size", SIZES)
def test_mean_and_spread(start, size):
    """The mean of n weights strays by deviation / sqrt n, their variance by at most sqrt(2 / n) of itself."""
    weights, expected = drawn(start, *size), deviation(start, *size)
    mean = getattr(start, "value", 0.0)
    assert weights.shape == size
    assert weights.dtype == np.float64
    assert abs(weights.mean() - mean) <= 5 * expected / sqrt(weights.size) + 1e-12
    assert weights.std() == pytest.approx(expected, rel=5 / sqrt(2 * weights.size), abs=1e-12)


@every
def test_uniform_starts_fill_their_bounds_and_normal_ones_have_tails(start):
    weights, spread = drawn(start, 300, 300), deviation(start, 300, 300)
    most = np.abs(weights).max()
    if "uniform" in start.name:
        assert 0.99 * sqrt(3) * spread < most <= sqrt(3) * spread
    elif "normal" in start.name:
        assert 4 * spread < most < 6 * spread
        assert np.mean(np.abs(weights) < spread) == pytest.approx(0.6827, abs=0.01)


@every
def test_the_same_seed_gives_the_same_numbers(start):
    def network(seed):
        return Network.dense([5, 4, 3], initialiser=start, seed=seed).parameters

    mine, again, other = network(3), network(3), network(4)
    assert all(np.array_equal(mine[key], again[key]) for key in mine)
    assert start.name == "constant" or not np.array_equal(mine["W1"], other["W1"])


def test_a_seed_of_before_still_gives_its_numbers():
    """Whatever is drawn by a written seed, such as a worksheet's, must not change in a single bit."""
    for fan_in, fan_out in [(2, 2), (3, 7), (784, 30), (11, 10)]:
        reach = np.sqrt(6 / (fan_in + fan_out))
        right = np.random.default_rng(0).uniform(-reach, reach, (fan_in, fan_out))
        assert np.array_equal(drawn(initialisers.make("glorot_uniform"), fan_in, fan_out), right)


@every
def test_biases_are_0_unless_the_start_says_otherwise(start):
    bias = start.draw_bias(np.random.default_rng(1), 2000)
    assert bias.shape == (2000,)
    if start.name in ("uniform", "normal"):
        assert bias.std() == pytest.approx(deviation(start, 1, 1), rel=0.1)
    else:
        assert (bias == getattr(start, "bias_value", 0)).all()


@pytest.mark.parametrize("gain", [1.0, 0.25, 2.0])
@pytest.mark.parametrize("size", [(7, 4), (4, 7), (5, 5), (1, 3), (3, 1), (1, 1)])
def test_orthogonal_weights_are_orthogonal(gain, size):
    weights = drawn(initialisers.make({"name": "orthogonal", "gain": gain}), *size)
    product = weights.T @ weights if size[0] >= size[1] else weights @ weights.T
    np.testing.assert_allclose(product, gain**2 * np.eye(min(size)), atol=1e-14)
    assert weights.flags.c_contiguous


def test_orthogonal_weights_prefer_no_direction():
    """Without the signs of R the diagonal of Q would be negative in most draws."""
    start = initialisers.make("orthogonal")
    corners = [drawn(start, 3, 3, seed)[0, 0] for seed in range(400)]
    assert abs(np.mean(corners)) < 5 / sqrt(3 * 400)


@pytest.mark.parametrize("kind", ["xavier", "kaiming"])
@pytest.mark.parametrize("form", ["uniform", "normal"])
def test_bounds_and_spreads_are_pytorchs(kind, form):
    torch = pytest.importorskip("torch")
    theirs = torch.empty(100, 400, dtype=torch.float64)  # PyTorch's rows are the receiving units
    torch.manual_seed(0)
    options = {"nonlinearity": "relu"} if kind == "kaiming" else {}
    getattr(torch.nn.init, f"{kind}_{form}_")(theirs, **options)
    start = initialisers.make(f"{ {'xavier': 'glorot', 'kaiming': 'he'}[kind] }_{form}")
    mine = drawn(start, 400, 100)
    assert mine.std() == pytest.approx(theirs.std().item(), rel=0.02)
    if form == "uniform":
        assert np.abs(mine).max() == pytest.approx(theirs.abs().max().item(), rel=1e-3)


@pytest.mark.parametrize("given", [{"name": "uniform", "reach": -1}, {"name": "normal", "deviation": -1},
                                   {"name": "orthogonal", "gain": -1}])  # fmt: skip
def test_numbers_out_of_bounds_are_refused(given):
    with pytest.raises(NumberError, match=given["name"]):
        initialisers.make(given)

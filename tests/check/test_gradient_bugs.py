"""Every bug, planted in code that was written from scratch, is named; right code is never flagged."""

import numpy as np
import pytest

from backproof import Network, check_gradient
from bugs import BUGS
from usercode import Net, draw

NETWORKS = 8


def network_of(sizes, user, parameters):
    return Network.dense(sizes, activation=user.names, cost=user.cost, reduction=user.reduction, parameters=parameters)


def cast(arrays, kind):
    return {key: array.astype(kind) for key, array in arrays.items()}


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_right_code_is_never_flagged(kind):
    for seed in range(500):
        sizes, user, parameters, x, y = draw(np.random.default_rng(seed))
        mine = user.backward(cast(parameters, kind), x.astype(kind), y.astype(kind))
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        assert report.right, (seed, str(report))
        assert not report.mistakes
        assert report.precision == np.dtype(kind).name


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize(("bug", "places", "kinds", "ids"), BUGS, ids=[each[0] for each in BUGS])
def test_a_planted_bug_is_named(bug, places, kinds, ids, kind):
    ids, shown = {*(ids or (bug,))}, 0
    for seed in range(NETWORKS if kind is np.float64 else NETWORKS // 3):
        rng = np.random.default_rng(seed)
        sizes, user, parameters, x, y = draw(rng, **kinds)
        options = places(user)
        at = options[rng.integers(len(options))]
        with np.errstate(all="ignore"):
            mine = user.backward(cast(parameters, kind), x.astype(kind), y.astype(kind), bug, at)
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        if report.right or not any(array.any() for array in mine.values()):
            continue  # here the slip changes nothing, such as g' = 1 of an identity left out, or leaves zeros alone
        shown += 1
        wrong = {each.name for each in report.parameters if not each.right}
        # Ties are listed together, the one most often seen first.
        together = {each.id for each in report.mistakes if set(each.explains) == wrong}
        assert ids <= together, (seed, at, user.names, user.cost, str(report))
    assert shown > 0


def test_the_layer_of_the_bug_is_told():
    for seed in range(16):
        rng = np.random.default_rng(seed)
        sizes, user, parameters, x, y = draw(rng, hidden=("sigmoid", "tanh"), depths=(3, 4))
        layer = int(rng.integers(1, user.depth))
        mine = user.backward(parameters, x, y, "sigma_prime_omitted", [layer])
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        assert (report.mistakes[0].id, report.mistakes[0].where) == ("sigma_prime_omitted", f"layer {layer}")
        below = [f"{letter}{number}" for number in range(1, layer + 1) for letter in "Wb"]
        assert list(report.mistakes[0].explains) == below


def test_some_arrays_alone_are_enough():
    for seed in range(20):
        sizes, user, parameters, x, y = draw(np.random.default_rng(seed), hidden=("sigmoid",))
        mine = user.backward(parameters, x, y, "sigma_prime_omitted", [1])
        report = check_gradient({"W1": mine["W1"]}, network_of(sizes, user, parameters), x, y)
        assert [each.name for each in report.parameters] == ["W1"]
        assert report.mistakes[0].id == "sigma_prime_omitted"


def test_noise_is_not_named():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        sizes, user, parameters, x, y = draw(rng)
        mine = {key: rng.normal(size=array.shape) for key, array in parameters.items()}
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        assert not report.right
        assert not report.mistakes, str(report)


def test_a_nearly_right_gradient_is_not_named_a_mistake_that_does_nothing():
    for seed in range(20):
        sizes, user, parameters, x, y = draw(np.random.default_rng(seed))
        mine = user.backward(parameters, x, y)
        mine["W1"] = mine["W1"] * (1 + 1e-5 * np.random.default_rng(seed).normal(size=mine["W1"].shape))
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        assert report.right == (not mine["W1"].any())
        assert not report.mistakes, str(report)


def test_zeros_are_not_named():
    sizes, user, parameters, x, y = draw(np.random.default_rng(1))
    network = network_of(sizes, user, parameters)
    report = check_gradient({key: 0 * array for key, array in parameters.items()}, network, x, y)
    assert not report.right
    assert not report.mistakes
    mine = user.backward(parameters, x, y)
    forgotten = mine | {key: 0 * mine[key] for key in mine if key[0] == "b"}
    assert check_gradient(forgotten, network, x, y).mistakes[0].id == "bias_gradient_wrong"


class TwoSlips(Net):
    """g' left out in layer 2 and taken at the wrong argument in layer 1."""

    def delta(self, layer, h, a, da, bug, at):
        slips = {2: "sigma_prime_omitted", 1: "derivative_of_wrong_argument"}
        return super().delta(layer, h, a, da, slips.get(layer, ""), [layer])


def test_two_slips_are_named_together():
    for seed in range(4):
        sizes, user, parameters, x, y = draw(np.random.default_rng(seed), hidden=("sigmoid", "tanh"), depths=(3,))
        mine = TwoSlips(user.names, user.cost, user.reduction).backward(parameters, x, y)
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        assert [each.id for each in report.mistakes] == ["sigma_prime_omitted", "derivative_of_wrong_argument"]
        assert {name for each in report.mistakes for name in each.explains} == {"W1", "b1", "W2", "b2"}


def test_a_slip_and_a_factor_are_named_together():
    for seed in range(10):
        sizes, user, parameters, x, y = draw(np.random.default_rng(seed), hidden=("sigmoid", "tanh"), depths=(3,))
        mine = {key: -array for key, array in user.backward(parameters, x, y, "sigma_prime_omitted", [1, 2]).items()}
        report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
        assert {each.id for each in report.mistakes} == {"sigma_prime_omitted", "sign_flipped"}, str(report)


def test_independent_slips_are_listed():
    sizes, user, parameters, x, y = draw(np.random.default_rng(3), hidden=("sigmoid",), depths=(3,))
    mine = user.backward(parameters, x, y, "sigma_prime_omitted", [1])
    mine["W3"] = -mine["W3"]
    report = check_gradient(mine, network_of(sizes, user, parameters), x, y)
    assert [(each.id, each.where) for each in report.mistakes][:2] == [
        ("sigma_prime_omitted", "layer 1"), ("sign_flipped", "layer 3")
    ]  # fmt: skip


def test_the_learning_rate_and_the_penalty_are_told():
    sizes, user, parameters, x, y = draw(np.random.default_rng(5), hidden=("tanh",), depths=(3,))
    network = network_of(sizes, user, parameters)
    updated = check_gradient(user.backward(parameters, x, y, "used_updated_weight", rate=0.025), network, x, y)
    assert "learning rate 0.025" in updated.mistakes[0].says
    decayed = check_gradient(user.backward(parameters, x, y, "regularised_weights", decay=0.003), network, x, y)
    assert "lambda = 0.003" in decayed.mistakes[0].says


def test_depths_and_widths_of_one():
    for size in ([1, 1], [2, 1], [1, 1, 1], [1, 3]):
        network = Network.dense(size, activation="sigmoid", seed=3)
        x, y = np.array([[0.3] * size[0], [0.9] * size[0]]), np.array([[0.2] * size[-1], [0.7] * size[-1]])
        user = Net(["sigmoid"] * (len(size) - 1), "half_squared_error", "sum")
        assert check_gradient(user.backward(network.parameters, x, y), network, x, y).right
        wrong = check_gradient(user.backward(network.parameters, x, y, "sigma_prime_omitted", [1]), network, x, y)
        assert "sigma_prime_omitted" in [each.id for each in wrong.mistakes]

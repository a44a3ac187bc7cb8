"""Every registered optimiser, step by step against PyTorch's of that name; on formulas and JAX it is the same."""

import numpy as np
import pytest

from backproof.derivation import update
from backproof.errors import NumberError
from backproof.evaluation import evaluate
from backproof.expression import Number, wrap
from backproof.operations.optimiser import optimisers
from backproof.propagation import workings
from backproof.quantity import Quantity
from variants import OPTIMISERS, words

every = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=words)
STEPS, RATE = 25, 0.07


def gradients():
    return np.random.default_rng(2).normal(0, 1, (STEPS, 3, 2)) * np.geomspace(1e-3, 10, STEPS)[:, None, None]


def step(optimiser, gradient, slots, t, w, rate=RATE):
    """The slots after a step of one array of parameters, and what the step adds to it."""

    def dot(left, right):
        return sum((left[key] * right[key]).sum() for key in left)

    (made,) = workings(optimiser, {"w": gradient}, {name: {"w": slots[name]} for name in slots}, t, rate, dot).values()
    change, decay = optimiser.change(gradient, made, t, rate), optimiser.weight_decay(w, rate)
    return {name: made[name] for name in optimiser.slots}, change if decay is None else change + decay


def walked(optimiser, wrap_array=lambda array: array):
    """The parameter after each step."""
    w = wrap_array(np.ones((3, 2)))
    slots = dict.fromkeys(optimiser.slots, 0 * w)
    path = []
    for t, gradient in enumerate(map(wrap_array, gradients()), start=1):
        slots, change = step(optimiser, gradient, slots, t, w)
        w = w + change
        path.append(np.asarray(w))
    return np.array(path)


@every
def test_torch_takes_the_same_steps(optimiser):
    torch, truth = pytest.importorskip("torch"), pytest.importorskip("truth")
    w = torch.ones(3, 2, dtype=torch.float64, requires_grad=True)
    theirs = truth.optimiser(optimiser, [w], RATE)
    path = []
    for gradient in gradients():
        w.grad = torch.tensor(gradient)
        truth.take(theirs)
        path.append(w.detach().numpy().copy())
    np.testing.assert_allclose(walked(optimiser), path, rtol=1e-12, atol=1e-13)


@every
def test_jax_takes_the_same_steps(optimiser, x64):
    np.testing.assert_allclose(walked(optimiser, x64.numpy.asarray), walked(optimiser), rtol=1e-13)


@every
def test_jax_takes_the_same_steps_compiled_with_a_counted_step(optimiser, x64):
    taken = x64.jit(lambda gradient, slots, t, w: step(optimiser, gradient, slots, t, w))
    w = x64.numpy.ones((3, 2))
    slots = dict.fromkeys(optimiser.slots, 0 * w)
    for t, gradient in enumerate(gradients(), start=1):
        slots, change = taken(gradient, slots, t, w)
        w = w + change
    np.testing.assert_allclose(w, walked(optimiser)[-1], rtol=1e-12)


@every
def test_jax_keeps_single_precision_with_a_counted_step(optimiser, x64):
    w = np.ones(2, np.float32)
    taken = x64.jit(lambda gradient, slots, t: step(optimiser, gradient, slots, t, w))
    after, change = taken(w, dict.fromkeys(optimiser.slots, 0 * w), np.float32(3))
    assert all(each.dtype == np.float32 for each in (change, *after.values()))


@every
def test_many_networks_at_once_take_each_its_own_steps(optimiser, x64):
    from backproof.train.engines.lanes import Lanes

    @x64.jit
    def taken(gradient, slots, t, w):
        return step(optimiser, gradient, slots, t, w, RATE)

    w = Lanes(x64.numpy.ones((3, 2, 3)))
    slots = dict.fromkeys(optimiser.slots, 0 * w)
    for t, gradient in enumerate(gradients(), start=1):
        slots, change = taken(Lanes(np.stack([gradient, 0.5 * gradient, -gradient], -1)), slots, t, w)
        w = w + change
    np.testing.assert_allclose(w.data[..., 0], walked(optimiser)[-1], rtol=1e-11)
    assert not np.allclose(w.data[..., 1], w.data[..., 2])


@every
@pytest.mark.parametrize("t", [1, 4])
def test_its_formulas_are_worth_the_step(optimiser, t):
    """Shared numbers, running numbers, derived ones and the change, each from those before it."""
    slots = {name: np.full(1, 0.02 * (number + 1)) for number, name in enumerate(optimiser.slots)}
    known = {"dE/dw": 0.3, "eta": RATE, "w": 0.7} | {f"previous {name}": each[0] for name, each in slots.items()}
    after, change = step(optimiser, np.full(1, 0.3), slots, t, np.full(1, 0.7))
    (made,) = workings(optimiser, {"w": np.full(1, 0.3)}, {name: {"w": slots[name]} for name in slots}, t, RATE,
                       lambda left, right: (left["w"] * right["w"]).sum()).values()  # fmt: skip
    known |= {name: float(np.reshape(number, ())) for name, number in made.items()}
    for name, formula in update.write_numbers(optimiser, "w", t).items():
        assert evaluate(formula, lambda quantity: known[quantity.role]) == pytest.approx(known[name], rel=1e-14)
    symbols = {name: Quantity(name, ("w",)) for name in optimiser.made}
    formula = wrap(optimiser.change(Quantity("dE/dw", ("w",)), symbols, Number(t), Quantity("eta")))
    decay = optimiser.weight_decay(Quantity("w", ("w",)), Quantity("eta"))
    formula = formula if decay is None else formula + decay
    assert evaluate(formula, lambda quantity: known[quantity.role]) == pytest.approx(float(change[0]), rel=1e-14)
    assert set(after) <= set(made) <= set(optimiser.made)


def test_a_pair_that_speaks_of_no_minimum_leaves_the_memory_of_lbfgs_as_it_is():
    """PyTorch too keeps the older pairs; here the gradient falls along the step, so the cost is concave there."""
    optimiser = optimisers.make("lbfgs")
    slots = dict.fromkeys(optimiser.slots, np.zeros(1))
    after, change = step(optimiser, np.array([1.0]), slots, 1, np.zeros(1))
    after, _ = step(optimiser, np.array([1.5]), after, 2, change)
    assert after["shift1"] == after["turn1"] == 0
    after, _ = step(optimiser, np.array([0.5]), after, 3, change)
    assert after["shift1"] < 0
    assert after["turn1"] < 0


@pytest.mark.parametrize("options", [
    {"name": "sgd", "momentum": 1}, {"name": "sgd", "momentum": -0.1}, {"name": "sgd", "nesterov": True},
    {"name": "sgd", "nesterov": 1}, {"name": "rmsprop", "alpha": 1}, {"name": "rmsprop", "momentum": 1.5},
    {"name": "rmsprop", "epsilon": -1}, {"name": "adam", "beta1": 1}, {"name": "adamw", "beta2": -1},
    {"name": "adamw", "decay": -0.1}, {"name": "adamw", "epsilon": -1}, {"name": "adagrad", "rate_decay": -1},
    {"name": "adagrad", "epsilon": -1}, {"name": "lbfgs", "history": 0}, {"name": "lbfgs", "history": 2.5},
])  # fmt: skip
def test_numbers_out_of_bounds_are_refused_by_name(options):
    with pytest.raises(NumberError, match=options["name"]):
        optimisers.make(options)

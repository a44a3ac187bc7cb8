"""Every registered optimiser, step by step against PyTorch's of that name; on formulas and JAX it is the same."""

import numpy as np
import pytest

from backproof.evaluation import evaluate
from backproof.expression import Quantity, wrap
from variants import OPTIMISERS, words

every = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=words)
STEPS, RATE = 25, 0.07


def gradients():
    return np.random.default_rng(2).normal(0, 1, (STEPS, 3, 2)) * np.geomspace(1e-3, 10, STEPS)[:, None, None]


def walked(optimiser, wrap_array=lambda array: array):
    """The parameter after each step."""
    w = np.ones((3, 2))
    slots = dict.fromkeys(optimiser.slots, 0 * w)
    path = []
    for t, gradient in enumerate(map(wrap_array, gradients()), start=1):
        slots = optimiser.advance(gradient, slots, t)
        w = w + optimiser.change(gradient, slots, t, RATE)
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
        theirs.step()
        path.append(w.detach().numpy().copy())
    np.testing.assert_allclose(walked(optimiser), path, rtol=1e-12, atol=1e-13)


@every
def test_jax_takes_the_same_steps(optimiser, x64):
    np.testing.assert_allclose(walked(optimiser, x64.numpy.asarray), walked(optimiser), rtol=1e-13)


@every
def test_jax_keeps_single_precision_with_a_counted_step(optimiser, x64):
    w = np.ones(2, np.float32)

    def step(gradient, slots, t):
        after = optimiser.advance(gradient, slots, t)
        return after, optimiser.change(gradient, after, t, 0.1)

    after, change = x64.jit(step)(w, dict.fromkeys(optimiser.slots, 0 * w), np.float32(3))
    assert all(each.dtype == np.float32 for each in (change, *after.values()))


@every
def test_its_formula_is_worth_the_step(optimiser):
    known = {"dE/dw": 0.3, **{slot: 0.02 * (number + 1) for number, slot in enumerate(optimiser.slots)}, "eta": RATE}
    slots = {slot: Quantity(slot, ("w",)) for slot in optimiser.slots}
    formula = wrap(optimiser.change(Quantity("dE/dw", ("w",)), slots, 4, Quantity("eta")))
    numbers = {slot: known[slot] for slot in optimiser.slots}
    right = optimiser.change(known["dE/dw"], numbers, 4, RATE)
    assert evaluate(formula, lambda quantity: known[quantity.role]) == pytest.approx(right, rel=1e-15)
    for slot, line in optimiser.advance(Quantity("dE/dw", ("w",)), slots, 4).items():
        right = optimiser.advance(known["dE/dw"], numbers, 4)[slot]
        assert evaluate(wrap(line), lambda quantity: known[quantity.role]) == pytest.approx(right, rel=1e-15)
    assert set(optimiser.advance(known["dE/dw"], numbers, 4)) == set(optimiser.slots)

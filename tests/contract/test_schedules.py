"""Every registered schedule: PyTorch's factors step by step, and the same on formulas and under JAX."""

from dataclasses import fields

import numpy as np
import pytest

from backproof.errors import NameUnknown, NumberError
from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.operations.registry import write_operation
from backproof.operations.schedule import schedules
from backproof.quantity import Quantity
from variants import built_in, words

PICKED = [
    "constant", "step", {"name": "step", "every": 7, "drop": 0.5}, {"name": "step", "every": 0.25}, "cosine",
    {"name": "cosine", "lowest": 0.1}, "warm_up", {"name": "warm_up", "over": 5}, {"name": "warm_up", "over": 1},
    {"name": "warm_up", "over": 0.25, "then": {"name": "cosine", "lowest": 0.2}},
    {"name": "warm_up", "over": 8, "then": "one_cycle"}, "one_cycle",
    {"name": "one_cycle", "rise": 0.5, "first": 4, "last": 10}, "adaptive",
]  # fmt: skip
SCHEDULES = [schedules.make(each) for each in PICKED]
TOTAL = 40

every = pytest.mark.parametrize("schedule", SCHEDULES, ids=words)
T = np.arange(1.0, TOTAL + 1)


def factors(schedule, total=TOTAL):
    return np.array([float(schedule.factor(t, total)) for t in range(1, total + 1)])


def test_every_schedule_is_picked():
    assert {schedule.name for schedule in SCHEDULES} == set(built_in(schedules))


@every
def test_arrays_formulas_and_jax_agree(schedule, x64):
    expected = factors(schedule)
    np.testing.assert_allclose(schedule.factor(T, TOTAL) + 0 * T, expected, rtol=1e-14)
    formula = wrap(schedule.factor(Quantity("t"), TOTAL))
    np.testing.assert_allclose(evaluate(formula, lambda _: T) + 0 * T, expected, rtol=1e-14)
    counted = x64.jit(lambda t, total: schedule.factor(t, total) + 0 * t)
    np.testing.assert_allclose(counted(T, float(TOTAL)), expected, rtol=1e-13)
    assert counted(T.astype(np.float32), np.float32(TOTAL)).dtype == np.float32
    whole = x64.jit(lambda t, total: 0 * t + schedule.factor(t, total))(np.arange(1, TOTAL + 1), TOTAL)
    np.testing.assert_allclose(whole, expected, rtol=1e-13)


@every
@pytest.mark.parametrize("total", [1, 2, 3, 1000])
def test_factors_are_from_0_to_1_in_runs_of_any_length(schedule, total):
    found = factors(schedule, total)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-15
    assert found.max() > 0


@every
def test_a_table_of_options_leads_back_to_it(schedule):
    assert schedules.make(write_operation(schedule)) == schedule


def theirs(make):
    """The factors of a scheduler of PyTorch."""
    torch = pytest.importorskip("torch")
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(torch.optim.lr_scheduler, optimiser)
    found = []
    for _ in range(TOTAL):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return found


def _cycle(torch, optimiser, **options):
    return torch.OneCycleLR(optimiser, 1.0, TOTAL + 1, cycle_momentum=False, **options)


@pytest.mark.parametrize(("given", "make"), [
    ("constant", lambda t, o: t.ConstantLR(o, 1.0)),
    ("step", lambda t, o: t.StepLR(o, 12, 0.1)),
    ({"name": "step", "every": 7, "drop": 0.5}, lambda t, o: t.StepLR(o, 7, 0.5)),
    ("cosine", lambda t, o: t.CosineAnnealingLR(o, TOTAL)),
    ({"name": "cosine", "lowest": 0.1}, lambda t, o: t.CosineAnnealingLR(o, TOTAL, 0.1)),
    ("warm_up", lambda t, o: t.LinearLR(o, 1 / 4, 1, 3)),
    ({"name": "warm_up", "over": 10}, lambda t, o: t.LinearLR(o, 1 / 10, 1, 9)),
    ({"name": "warm_up", "over": 10, "then": "cosine"}, lambda t, o: t.SequentialLR(
        o, [t.LinearLR(o, 1 / 10, 1, 9), t.CosineAnnealingLR(o, TOTAL - 10)], [10])),
])  # fmt: skip
def test_factors_are_pytorchs(given, make):
    np.testing.assert_allclose(factors(schedules.make(given)), theirs(make), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("own", "options"), [
    ({}, {}), ({"rise": 0.5, "first": 4, "last": 10}, {"pct_start": 0.5, "div_factor": 4, "final_div_factor": 10}),
    ({"rise": 0.1}, {"pct_start": 0.1}),
])  # fmt: skip
def test_one_cycle_is_pytorchs(own, options):
    mine = factors(schedules.make({"name": "one_cycle", **own}), TOTAL + 1)[:-1]
    right = theirs(lambda torch, optimiser: _cycle(torch, optimiser, **options))
    np.testing.assert_allclose(mine, right, rtol=1e-12)


@pytest.mark.parametrize(("given", "make"), [
    ("cosine", lambda optax: optax.cosine_decay_schedule(1.0, TOTAL)),
    ({"name": "cosine", "lowest": 0.3}, lambda optax: optax.cosine_decay_schedule(1.0, TOTAL, 0.3)),
    ({"name": "step", "every": 8}, lambda optax: optax.exponential_decay(1.0, 8, 0.1, staircase=True)),
])  # fmt: skip
def test_factors_are_optaxs(given, make, x64):
    their = make(pytest.importorskip("optax"))
    np.testing.assert_allclose(factors(schedules.make(given)), [float(their(t)) for t in range(TOTAL)], rtol=1e-6)


def adapted(schedule, costs):
    """The factor after each epoch."""
    factor, found = 1.0, []
    for epoch in range(1, len(costs) + 1):
        factor = schedule.adapt(factor, costs[:epoch])
        found.append(factor)
    return found


def test_adaptive_divides_after_two_epochs_without_a_fall():
    schedule = schedules.make("adaptive")
    assert adapted(schedule, [3, 2, 2, 2, 2, 2, 1, 1]) == pytest.approx([1, 1, 1, 1 / 5, 1 / 5, 1 / 25, 1 / 25, 1 / 25])
    assert adapted(schedule, [1, 0.99995, 0.99985, 0.5]) == pytest.approx([1, 1, 1, 1])
    assert adapted(schedule, [1, 2, 1.5, 0.9]) == pytest.approx([1, 1, 1 / 5, 1 / 5])


@pytest.mark.parametrize("seed", range(20))
def test_adaptive_counts_as_scikit_learn_does(seed):
    rng = np.random.default_rng(seed)
    costs = np.exp(-np.linspace(0, 2, 60)) + rng.normal(0, 0.05, 60)
    patience, tolerance = int(rng.integers(1, 5)), float(rng.choice([0, 1e-4, 0.02]))
    factor, count, best, right = 1.0, 0, np.inf, []
    for cost in costs:  # MLPClassifier._update_no_improvement_count and _fit_stochastic, scikit-learn 1.5
        count = count + 1 if cost > best - tolerance else 0
        best = min(best, cost)
        if count > patience - 1:
            factor, count = factor / 5, 0
        right.append(factor)
    schedule = schedules.make({"name": "adaptive", "patience": patience, "tolerance": tolerance})
    assert adapted(schedule, costs.tolist()) == pytest.approx(right, rel=1e-12)


def test_only_what_adapts_says_so():
    assert [each.name for each in SCHEDULES if each.adapts] == ["adaptive"]
    assert schedules.make({"name": "warm_up", "then": "adaptive"}).adapts
    assert schedules.make({"name": "warm_up", "then": "adaptive"}).adapt(1.0, [1, 1, 1]) == 1 / 5
    assert schedules.make("cosine").adapt(0.5, [1, 1, 1]) == 0.5


@pytest.mark.parametrize("given", [
    {"name": "step", "every": 0}, {"name": "step", "drop": 0}, {"name": "step", "drop": 1.5},
    {"name": "cosine", "lowest": -0.1}, {"name": "cosine", "lowest": 1.1}, {"name": "warm_up", "over": 0},
    {"name": "one_cycle", "rise": 0}, {"name": "one_cycle", "rise": 1}, {"name": "one_cycle", "first": 0.5},
    {"name": "one_cycle", "last": 0}, {"name": "adaptive", "patience": 0}, {"name": "adaptive", "patience": 1.5},
    {"name": "adaptive", "tolerance": -1}, {"name": "adaptive", "divisor": 1},
    {"name": "warm_up", "then": {"name": "cosine", "lowest": 2}},
])  # fmt: skip
def test_numbers_out_of_bounds_are_refused(given):
    with pytest.raises(NumberError, match="must be"):
        schedules.make(given)


def test_a_name_that_is_none_is_told_with_the_nearest():
    with pytest.raises(NameUnknown, match="Did you mean 'cosine'"):
        schedules.make("cosin")
    with pytest.raises(NameUnknown, match="Did you mean 'one_cycle'"):
        schedules.make({"name": "warm_up", "then": "onecycle"})


def test_every_parameter_is_a_number_a_truth_or_a_schedule():
    for name in built_in(schedules):
        assert {each.type for each in fields(schedules.type_of(name))} <= {"float", "int", "bool", "Schedule"}

"""Derivations of random networks: every number is PyTorch's, every line is true, every symbol leads further down."""

from itertools import pairwise

import numpy as np
import pytest

from backproof import Network
from backproof.derivation import WHOLE
from backproof.evaluation import evaluate
from backproof.expression import Add, Call, Derivative, Div, Mul, Neg, Pow, Rest, Sum, Where, walk
from backproof.quantity import Quantity
from backproof.render import render_derivation, target_names
from backproof.training import Training
from backproof.wiring import Parameter
from connections import at, explicit
from networks import Case, names_of, sane_case
from variants import OPTIMISERS, words

OF_STEP = {"w", "new", "step", "eta"}
SUMMED = {"E", "dE/dw"}


def size(node, value):
    """The sum of the absolute terms of a formula: its own value where nothing in it can cancel."""
    match node:
        case Add(terms=terms) | Sum(terms=terms):
            return sum(size(term, value) for term in terms)
        case Mul(factors=factors):
            return np.prod([size(factor, value) for factor in factors])
        case Div(top=top, bottom=bottom):
            return size(top, value) / abs(evaluate(bottom, value))
        case Neg(body=body):
            return size(body, value)
        case Where() | Pow() | Call() | Derivative():
            return abs(evaluate(node, value)) + 1
    return abs(evaluate(node, value))


def same(mine, right, tolerance):
    return abs(mine - right) <= tolerance


def checked(trace, name):
    """The derivation of a name, once each line of it has been found true."""
    derivation = trace.explain(name)
    assert derivation.value == trace[name]
    kinds = [line.kind for line in derivation.lines]
    assert [kind for kind in kinds if kind in WHOLE][-1] == "value"
    assert "numbers" in kinds or derivation.notes
    with np.errstate(all="ignore"):
        for line in derivation.lines:
            allowed = 1e-9 * max(size(line.right, trace.value), 1e-6)
            assert same(evaluate(line.right, trace.value), line.value, 0), (name, line)
            if line.kind in WHOLE:
                assert same(line.value, derivation.value, allowed), (name, line)
            if line.left is not None and line.left.step in (None, trace.step):
                assert same(evaluate(line.left, trace.value), line.value, allowed), (name, line)
    return derivation


def some(case, rng, count):
    """A few quantities of each role."""
    by_role = {}
    for quantity in names_of(case.network):
        by_role.setdefault((quantity.role, len(quantity.of)), []).append(quantity)
    for group in by_role.values():
        yield from (group[number] for number in rng.choice(len(group), min(count, len(group)), replace=False))


def seen_by(trace, quantity, rng):
    """The trace by which a quantity has a value: of the batch, or of one of its samples."""
    if quantity.role in OF_STEP:
        return trace
    if quantity.role in SUMMED and len(quantity.of) == (quantity.role == "dE/dw") and rng.random() < 0.5:
        return trace
    return trace.of_sample(trace.numbers[rng.integers(len(trace.numbers))])


def known_to_torch(case, step):
    """PyTorch's own numbers of a step: its pass, the parameters before and the parameters after."""
    truth = pytest.importorskip("truth")
    path = truth.trained(case, step)
    rows = [number - 1 for number in case.training.batch(step, len(case.x))]
    torch = truth.torch
    parameters = {name: torch.tensor(number, dtype=torch.float64, requires_grad=True)
                  for name, number in path[step - 1].items()}  # fmt: skip
    return truth.Pass(case.network, case.x[rows], case.y[rows], parameters), path[step - 1], path[step]


def truth_of(quantity, trace, known):
    theirs, before, after = known
    if quantity.role == "eta":
        return trace.training.rate
    if quantity.role in ("new", "step", "w"):
        name = quantity.of[0]
        return {"w": before[name], "new": after[name], "step": after[name] - before[name]}[quantity.role]
    return theirs.value(quantity, None if trace.sample is None else trace.numbers.index(trace.sample))


def held_against_torch(case, step, quantities, rng):
    known, trace = known_to_torch(case, step), case.trace(step)
    for quantity in quantities:
        seen = seen_by(trace, quantity, rng)
        right = truth_of(quantity, seen, known)
        derivation = checked(seen, quantity.name)
        assert derivation.value == pytest.approx(right, rel=1e-9, abs=1e-10), quantity
        assert (derivation.estimate is not None) == ("/" in quantity.role or quantity.role == "delta")
        if derivation.estimate is not None:
            assert derivation.estimate == pytest.approx(right, rel=1e-5, abs=2e-6), quantity


@pytest.mark.parametrize("seed", range(40))
def test_some_numbers_of_every_kind(seed):
    case = sane_case(1000 + seed, depth=4, width=5, samples=4)
    rng = np.random.default_rng(seed)
    held_against_torch(case, 1 + seed % 3, list(some(case, rng, 2)), rng)


@pytest.mark.parametrize("seed", range(10))
def test_all_numbers_of_small_networks(seed):
    case = sane_case(2000 + seed, depth=2, width=2, samples=2)
    held_against_torch(case, 1, list(names_of(case.network)), np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(12))
def test_products_are_worked_too(seed):
    case = sane_case(3000 + seed, depth=3, width=3)
    rng = np.random.default_rng(seed)
    trace = case.trace().of_sample(case.trace().numbers[0])
    names = [quantity.name for quantity in some(case, rng, 1) if quantity.role not in ("new", "step")]
    for first, second in pairwise(names):
        assert checked(trace, f"{first}*{second}").value == pytest.approx(trace[first] * trace[second], rel=1e-12)
        assert checked(trace, f"-{first}").value == -trace[first]


@pytest.mark.parametrize("seed", range(8))
def test_every_symbol_leads_down_to_inputs_and_parameters_without_a_circle(seed):
    case = sane_case(4000 + seed, depth=3, width=3, samples=3)
    trace, done, given = case.trace(2), set(), set()

    def descend(quantity, sample, above):
        """A symbol without a sample is of the sample, or batch, that its derivation is of."""
        seen = trace.of_sample(None if quantity.role in OF_STEP else quantity.sample or sample)
        key = quantity.role.replace("delta", "dE/dh"), quantity.of, seen.sample
        assert key not in above, f"{quantity.name} goes round in a circle: {above}"
        if key not in done:
            derivation = seen.explain(quantity.name)
            assert derivation.value == seen.value(quantity) == seen[quantity.name]
            done.add(key)
            given.update({quantity.role} if not derivation.uses else ())
            for use in derivation.uses:
                descend(use, seen.sample, (*above, key))

    for name in case.network.wiring.names():
        descend(Quantity("new", (name,)), None, ())
    descend(Quantity("E"), None, ())
    assert "w" in given


@pytest.mark.parametrize("seed", range(40))
def test_samples_shares_sum_to_the_batch(seed):
    case = sane_case(5000 + seed)
    trace = case.trace(1 + seed % 4)
    for name in ("E", *(f"dE/d{name}" for name in case.network.wiring.names())):
        shares = [trace.of_sample(number)[name] for number in trace.numbers]
        assert sum(shares) == pytest.approx(trace[name], rel=1e-10, abs=1e-12 * (1 + sum(map(abs, shares))))


@pytest.mark.parametrize("seed", range(40))
def test_training_goes_where_torch_goes(seed):
    """Every optimiser with its batches: parameters before, steps, and parameters after, for five steps."""
    case = sane_case(6000 + seed, depth=3, width=4)
    path = pytest.importorskip("truth").trained(case, 5)
    for step in range(1, 6):
        trace = case.trace(step)
        assert trace.numbers == case.training.batch(step, len(case.x))
        for name in case.network.wiring.names():
            before, after = path[step - 1][name], path[step][name]
            assert trace[name] == pytest.approx(before, rel=1e-8, abs=1e-9)
            assert trace[f"new {name}"] == pytest.approx(after, rel=1e-8, abs=1e-9)
            assert trace[f"step {name}"] == pytest.approx(after - before, rel=1e-6, abs=1e-9)
            if not case.network.wiring.get(name).trained:
                assert trace[f"step {name}"] == 0


@pytest.mark.parametrize("step", [1, 2, 5])
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=words)
def test_every_optimiser_s_update_is_worked_in_every_format(optimiser, step):
    """One weight used twice, one not trained; every line true, the new value PyTorch's, every running number shown."""
    uses = [(at(1, 0, 0), at(1, 1, 1)), (at(1, 1, 0),), (at(1, 0, 1),), (at(1, None, 0),), (at(2, 0, 0),),
            (at(2, 1, 0),), (at(2, None, 0),)]  # fmt: skip
    wiring = explicit((("i", "j"), ("p", "q"), ("r",)),
                   tuple(Parameter(f"w{number}", each, number != 3) for number, each in enumerate(uses)))  # fmt: skip
    arrays = {"W1": np.array([[0.3, -0.2], [0.1, 0.3]]), "b1": np.array([0.2, 0.0]), "W2": np.array([[0.6], [-0.4]]),
              "b2": np.array([0.1])}  # fmt: skip
    network = Network.build(
        wiring, ["tanh", "sigmoid"], "half_squared_error", arrays, "sum", (("i", "j"), ("p", "q"), ("r",))
    )
    case = Case(network, np.array([[1.0, -2.0], [0.5, 1.5]]), np.array([[1.0], [0.0]]), Training(0.3, optimiser))
    before, after = pytest.importorskip("truth").trained(case, step)[step - 1 : step + 1]
    trace = case.trace(step)
    for name in wiring.names():
        taken, new = checked(trace, f"step {name}"), checked(trace, f"new {name}")
        assert new.value == pytest.approx(after[name], rel=1e-9)
        assert taken.value == pytest.approx(after[name] - before[name], rel=1e-6, abs=1e-12)
        shown = {line.left.role for line in taken.lines if isinstance(line.left, Quantity)}
        pairs = {f"{kind}{number}" for kind in ("shift", "turn") for number in range(1, 11)} | {"gradient"}
        assert set(optimiser.slots) - pairs <= shown or name == "w3"
        for target in target_names():
            assert render_derivation(new, target)


@pytest.mark.parametrize("uses", [
    [at(1, 0, 0), at(1, 1, 0)],  # twice into one unit
    [at(1, 0, 0), at(2, 0, 0)],  # in two layers, the later one fed by the earlier
    [at(1, 0, 0), at(1, 1, 0), at(1, 0, 1), at(2, 1, 0), at(2, 1, 1)],
    [at(1, None, 0), at(1, None, 1), at(2, None, 0)],
])  # fmt: skip
@pytest.mark.parametrize("last", ["sigmoid", "softmax"])
def test_a_shared_parameter_counts_each_use_once(uses, last):
    places = [at(1, r, c) for r in (0, 1, None) for c in (0, 1)] + [at(2, r, c) for r in (0, 1, None) for c in (0, 1)]
    others = [Parameter(f"v{number}", (use,)) for number, use in enumerate(places) if use not in uses]
    wiring = explicit((("i", "j"), ("p", "q"), ("r", "s")), (Parameter("w", tuple(uses)), *others))
    arrays = {"W1": [[0.3, -0.2], [0.1, 0.5]], "b1": [0.2, -0.4], "W2": [[0.6, 0.7], [-0.1, 0.2]], "b2": [0.1, -0.3]}
    arrays = {key: np.array(array) for key, array in arrays.items()}
    for use in uses:
        arrays[use.array][use.index] = 0.3
    network = Network.build(
        wiring, ["tanh", last], "cross_entropy", arrays, "sum", (("i", "j"), ("p", "q"), ("r", "s"))
    )
    case = Case(network, np.array([[1.0, -2.0]]), np.array([[0.3, 0.8]]), Training(0.1))
    held_against_torch(case, 1, list(names_of(network)), np.random.default_rng(0))


def kinds_of(derivation):
    return {line.kind for line in derivation.lines}


def test_kinds_of_line_are_those_the_question_calls_for():
    case = Case(Network.dense([2, 3, 2], seed=3), np.array([[1.0, -0.5], [0.2, 0.7]]), np.eye(2), Training(0.1))
    batch, one = case.trace(), case.trace(sample=2)
    assert kinds_of(one.explain("h[l1.1]")) == {"definition", "numbers", "value"}
    assert {"definition", "chain_rule", "numbers", "value"} <= kinds_of(one.explain("delta[l1.1]"))
    assert {"definition", "chain_rule", "local_derivatives"} <= kinds_of(one.explain("dE/dw[1][x1,l1.1]"))
    assert {"sum_over_samples", "term", "update"} <= kinds_of(batch.explain("dE/dw[1][x1,l1.1]"))
    assert {"sum_over_samples", "term"} <= kinds_of(batch.explain("E"))
    assert "chain_rule" in kinds_of(batch.explain("step b[1][l1.1]"))
    assert "update" in kinds_of(batch.explain("new b[1][l1.1]"))


@pytest.fixture(scope="module")
def digits():
    """A network of the size that reads handwritten digits, on four samples."""
    random = np.random.default_rng(7)
    network = Network.dense([784, 30, 10], activation=["tanh", "softmax"], cost="cross_entropy", seed=7)
    return Case(network, random.uniform(0, 1, (4, 784)), np.eye(10)[[3, 1, 4, 1]], Training(0.1))


@pytest.mark.parametrize("name", ["h[l1.5]", "a[l1.5]", "dE/da[x17]", "dE/dh[l1.5]", "delta[l2.4]", "da[l2.1]/dh[l1.3]",
                                  "dE/dw[1][x17,l1.5]", "dE/db[1][l1.5]", "E", "E[l2.4]", "dh[l2.2]/da[x9]",
                                  "da[l2.1]/dw[1][x1,l1.1]"])  # fmt: skip
def test_long_sums_are_shortened_and_still_worth_the_same(digits, name):
    trace = digits.trace(sample=2)
    derivation = checked(trace, name)
    rests = [node for line in derivation.lines for node in walk(line.right) if isinstance(node, Rest)]
    assert bool(rests) == any("left out" in note for note in derivation.notes)
    assert all(len(node.children) <= 13 for line in derivation.lines for node in walk(line.right))
    if name == "h[l1.5]":
        assert {rest.count for rest in rests} == {774}
        shown = [node for node in walk(derivation.lines[0].right) if isinstance(node, Mul)]
        assert len(shown) == 10


def test_a_long_batch_is_shortened_too():
    random = np.random.default_rng(3)
    case = Case(Network.dense([2, 2, 1], seed=1), random.normal(size=(40, 2)), random.uniform(size=(40, 1)))
    derivation = checked(case.trace(), "dE/dw[1][x1,l1.1]")
    assert any("40 terms" in note for note in derivation.notes)
    assert sum(line.kind == "term" for line in derivation.lines) <= 3 * 10


SATURATED = [("sigmoid", "binary_cross_entropy"), ("softmax", "cross_entropy"), ("sigmoid", "half_squared_error"),
             ("tanh", "squared_error"), ("softplus", "huber"), ("gelu", "absolute_error")]  # fmt: skip


@pytest.mark.parametrize(("activation", "cost"), SATURATED)
@pytest.mark.parametrize("h", [800.0, 40.0, 16.0, 14.0])
def test_saturated_outputs_stay_finite_and_their_lines_true(activation, cost, h):
    """At |h| of 14 an output is within 1e-6 of its end and 1 - a has 10 digits left; at 40 it has none."""
    network = Network.dense([1, 2], activation=activation, cost=cost,
                            parameters={"W1": [[h, -h]], "b1": [0.0, 0.0]})  # fmt: skip
    for target in ([1.0, 0.0], [0.0, 1.0], [0.5, 0.5]):
        trace = Case(network, np.array([[1.0]]), np.array([target]), Training(0.1)).trace()
        for quantity in names_of(network):
            derivation = trace.explain(quantity.name)
            role, alone = quantity.role, len(quantity.of) < 2
            stated = network.identity and role in ("E", "dE/dh", "delta", "dE/dw", "new", "step") and alone
            if stated or np.isfinite(derivation.value):
                for line in derivation.lines:
                    if line.kind in WHOLE:
                        near = 1e-5 * max(1.0, abs(derivation.value))
                        assert same(line.value, derivation.value, near), (quantity.name, line)
            if stated:
                assert np.isfinite(derivation.value)

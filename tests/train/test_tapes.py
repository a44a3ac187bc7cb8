"""Steps from a tape have the bits of the same steps taken one by one, whatever they do."""

import numpy as np
import pytest

from backproof import Network
from backproof.data.source import Batch
from backproof.functions import exp, maximum, where
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.optimiser import optimisers
from backproof.operations.schedule import schedules
from backproof.train import fit
from backproof.train.engines import numpy as engine
from backproof.train.engines import packing, tape
from backproof.train.engines.packing import LARGE
from backproof.train.engines.player import Player
from backproof.train.engines.tape import Count, Tape, Untraceable
from backproof.train.options import TrainingOptions
from backproof.train.step import Recipe, State
from networks import sane_case

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(23, 3))
Y = RANDOM.dirichlet([1, 1], size=23)
ENDS = {
    "binary_cross_entropy": "sigmoid",
    "mean_binary_cross_entropy": "sigmoid",
    "cross_entropy": "softmax",
    "kullback_leibler": "softmax",
    "poisson": "exponential",
}


def network(activation="tanh", cost="half_squared_error", reduction="mean"):
    ends = [activation, activation, ENDS.get(cost, "identity")]
    return Network.dense([3, 5, 4, 2], activation=ends, cost=cost, seed=1, reduction=reduction)


@pytest.fixture
def same_bits(monkeypatch):
    """Compare a fit from tapes with the same fit without, and say whether any step came from a tape."""
    played = []
    play = engine.NumpyEngine._play

    def watch(self, *given):
        state = play(self, *given)
        played.append(state)
        return state

    monkeypatch.setattr(engine.NumpyEngine, "_play", watch)

    def compare(start, x=X, y=Y, **options):
        options = {"epochs": 6, "learning_rate": 1e-3, "batch_size": 5, "engine": "numpy", **options}
        taped = fit(start, x, y, **options)
        found = bool(played)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "FEW", 10**9)
            plain = fit(start, x, y, **options)
        np.testing.assert_array_equal(taped.costs, plain.costs)
        for name, array in plain.state.named.items():
            np.testing.assert_array_equal(taped.state.named[name], array)
        return found

    return compare


dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


@pytest.fixture(params=["computed", "foreseen"])
def every_size(request, monkeypatch):
    """Arrays as small ones, and as large ones, whose results are not computed while they are written down."""
    monkeypatch.setattr(tape, "LARGE_BYTES", -1 if request.param == "foreseen" else tape.LARGE_BYTES)


@dtypes
@pytest.mark.parametrize("activation", activations.names())
def test_every_activation(activation, dtype, same_bits, every_size):
    assert same_bits(network(activation), dtype=dtype)


@dtypes
@pytest.mark.parametrize("cost", [name for name in costs.names() if name != "output"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_every_cost(cost, reduction, dtype, same_bits):
    assert same_bits(network(cost=cost, reduction=reduction), dtype=dtype)


@dtypes
@pytest.mark.parametrize("optimizer", sorted({*optimisers.names()} - {"lbfgs"}))
def test_every_optimiser(optimizer, dtype, same_bits):
    assert same_bits(network(), dtype=dtype, optimizer=optimizer)


@pytest.mark.parametrize("schedule", schedules.names())
def test_every_schedule(schedule, same_bits):
    assert same_bits(network(), schedule=schedule)


@dtypes
@pytest.mark.parametrize("options", [
    {"l1": 0.01, "l2": 0.02}, {"l2": 0.5, "share_penalty": True}, {"clip": 0.05}, {"batch_size": None, "epochs": 30},
    {"sample_weight": RANDOM.uniform(0, 2, 23)}, {"class_weight": "balanced"}, {"batch_size": 1}, {"shuffle": False},
    {"l2": 0.5, "share_penalty": True, "sample_weight": RANDOM.uniform(0.1, 2, 23)},
    {"batches": [[1, 2], [3], [4, 1, 2]], "batch_size": None}, {"optimizer": {"name": "sgd", "momentum": 0.9}},
], ids=lambda options: " ".join(options))  # fmt: skip
def test_everything_that_a_step_may_do(options, dtype, same_bits, every_size):
    assert same_bits(network(cost="cross_entropy"), dtype=dtype, **{"optimizer": "adam", **options})


@dtypes
def test_large_arrays_beside_small_ones(dtype, same_bits):
    start = Network.dense([3, 110, 100, 2], activation=["relu", "relu", "softmax"], cost="cross_entropy", seed=1)
    assert {array.size < LARGE for array in start.parameters.values()} == {True, False}
    assert same_bits(start, dtype=dtype, optimizer="adamw", l2=0.1, clip=0.5)


def test_small_arrays_are_updated_in_one_call(monkeypatch):
    counts = []
    for large in (LARGE, 0):
        monkeypatch.setattr(packing, "LARGE", large)
        options = TrainingOptions(optimizer="adam")
        numbers = {"learning_rate": np.float64(0.1), "total": 9}
        state = State.first(network().parameters, options.optimizer, options.dtype)
        player = Player(Recipe.of(network().architecture, options), numbers, state)
        player.take_step(1, Batch(X, Y), None, numbers)
        counts.append(len(player._tapes.popitem()[1].calls))
        np.testing.assert_equal(player.packing.unpack(player.packing.pack(state.parameters)), state.parameters)
    together, apart = counts
    assert apart - together > 60  # of six arrays five with 14 operations each


@pytest.mark.parametrize("seed", range(8))
def test_networks_that_somebody_drew(seed, same_bits):
    case = sane_case(seed)
    asked = {"learning_rate": case.training.rate, "optimizer": case.training.optimiser, "batch_size": 1, "epochs": 12}
    same_bits(case.network, case.x, case.y, **asked)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float16, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_inputs_of_any_kind(kind, order, same_bits, every_size):
    x = np.array(RANDOM.integers(0, 5, (23, 3)), kind, order=order)
    assert same_bits(network(), x)


def test_dropout_and_batches_of_many_sizes_do_without(same_bits):
    assert not same_bits(network(), dropout=0.4)
    sizes = [list(range(1, count + 1)) for count in range(1, 9)]
    same_bits(network(), batches=sizes, batch_size=None)


def test_a_part_that_no_result_needs_is_not_computed_and_memory_is_taken_again():
    written, x, result = Tape(), np.arange(1000.0), np.empty(1000)
    given = written.take(x)
    given + 17
    calls = written.finish([(((given * 2 + 1) * 3 - given) / (given * 2 + 1), result)])
    assert len(calls) == 5  # multiply, add, multiply, subtract, divide
    written = [id(call.keywords["out"]) for call in calls]
    assert len(set(written)) == 3
    assert written[-1] == id(result)
    for shift in (0.0, 1.5):
        x[:] = np.arange(1000.0) + shift
        for call in calls:
            call()
        np.testing.assert_array_equal(result, ((x * 2 + 1) * 3 - x) / (x * 2 + 1))


@pytest.mark.parametrize(
    "late",
    [
        lambda new, x: new + x,
        lambda new, x: new * x[::-1],
        lambda new, x: x[:, ::-1] - new,
        lambda new, x: x @ new,
        lambda new, x: new.sum() * x,
        lambda new, x: (x * 2) @ new.T,
        lambda new, x: new - x.sum(axis=0),
    ],
)
@pytest.mark.parametrize("size", [3, 40])
def test_a_result_is_put_where_an_argument_is_only_when_nothing_reads_that_any_more(late, size):
    written, x, other = Tape(), RANDOM.normal(size=(size, size)), np.empty((size, size))
    given = written.take(x)
    new = given * 0.5 + 1
    calls = written.finish([(new, x), (late(new, given), other)])
    for _ in range(3):
        was = x.copy()
        for call in calls:
            call()
        np.testing.assert_array_equal(x, was * 0.5 + 1)
        np.testing.assert_array_equal(other, late(was * 0.5 + 1, was))


@pytest.mark.parametrize("first", [True, False])
def test_a_given_array_that_is_a_result_is_copied_before_another_result_takes_its_place(first):
    written, x, before = Tape(), np.arange(600.0), np.empty(600)
    given = written.take(x)
    results = [(given, before), (given - 1, x)]
    calls = written.finish(results if first else results[::-1])
    for step in range(3):
        for call in calls:
            call()
        np.testing.assert_array_equal(before, np.arange(600.0) - step)
        np.testing.assert_array_equal(x, before - 1)


def test_one_result_can_be_put_in_several_places():
    written, x, places = Tape(), np.arange(600.0), [np.empty(600), np.empty(600), np.empty((20, 30))]
    doubled = written.take(x) * 2
    calls = written.finish([(doubled, places[0]), (doubled, places[1]), (doubled.reshape(20, 30), places[2])])
    x += 1
    for call in calls:
        call()
    for place in places:
        np.testing.assert_array_equal(place.ravel(), x * 2)


@dtypes
@pytest.mark.parametrize("width", [1, 2, 3, 5, 7, 8, 9, 31, 32, 40])
@pytest.mark.parametrize("reduce", [np.sum, np.max, np.min])
def test_rows_that_are_reduced_have_the_same_bits(reduce, width, dtype):
    x = np.exp(RANDOM.normal(0, 9, (300, width))).astype(dtype) * RANDOM.choice([-1, 1], (300, width)).astype(dtype)
    x[:40], x[20:60, 0], x[50:70, -1] = -0.0, np.nan, np.inf
    written, result = Tape(), np.empty((300, 1), dtype)
    for call in written.finish([(written.call(reduce, written.take(x), axis=-1, keepdims=True), result)]):
        call()
    assert result.tobytes() == reduce(x, axis=-1, keepdims=True).tobytes()


FUNCTIONS = {
    "add": lambda x, y: x + y,
    "subtract a row": lambda x, y: x - y[0],
    "exp": lambda x, y: exp(x),
    "greater": lambda x, y: x > y,
    "matmul": lambda x, y: x.T @ y,
    "power": lambda x, y: x**2.5,
    "times a number": lambda x, y: 3 * x,
    "by a number of NumPy's": lambda x, y: x / np.float64(2),
    "transposed": lambda x, y: x.T * y,
    "sum": lambda x, y: x.sum(),
    "sum of columns": lambda x, y: x.sum(0),
    "sum of rows": lambda x, y: x.sum(-1, keepdims=True),
    "of all, as a matrix": lambda x, y: x.sum(keepdims=True),
    "of both axes": lambda x, y: x.sum((0, 1)),
    "of truths": lambda x, y: (x > y).sum(0),
    "an axis by its place": lambda x, y: x.tape.call(np.max, x, -1, keepdims=True),
    "a sum in double precision": lambda x, y: x.tape.call(np.sum, x, dtype=np.float64),
    "times a truth": lambda x, y: x.tape.call(np.multiply, x, True),
    "where": lambda x, y: where(x > y, x, 0.0),
    "of columns": lambda x, y: (x.T + y.T).sum(0),
}


@dtypes
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_result_that_is_foreseen_is_like_the_one_that_is_computed(name, dtype, monkeypatch):
    found = []
    x, y = (RANDOM.normal(size=(4, 4)).astype(dtype) for _ in range(2))
    for large in (-1, 10**9):
        monkeypatch.setattr(tape, "LARGE_BYTES", large)
        written = Tape()
        with np.errstate(all="ignore"):
            array = FUNCTIONS[name](written.take(x), written.take(y)).array
        found.append((array.shape, array.dtype, array.strides))
    assert found[0] == found[1]


@dtypes
def test_products_of_matrices_have_the_same_bits(dtype):
    """Those of vectors, outer ones, of transposed matrices and of slices too; zeros have their sign."""
    sizes = [1, 2, 3, 8, 10, 33, 100]
    for _ in range(600):
        count, inner, width = RANDOM.choice(sizes, 3)
        x = _draw_matrix(count, inner, dtype) * RANDOM.choice([-1, 0, 1], (count, 1)).astype(dtype)
        y = _draw_matrix(inner, width, dtype)
        written, result = Tape(), np.empty((count, width), dtype)
        for call in written.finish([(written.take(x) @ written.take(y), result)]):
            call()
        assert result.tobytes() == (x @ y).tobytes()


def _draw_matrix(rows, columns, dtype):
    """A matrix in memory as it may be: by rows, by columns, or a part of a larger one."""
    x = RANDOM.normal(size=(2 * rows, columns + 3)).astype(dtype)
    parts = [np.array(x[:rows, :columns]), np.array(x[:rows, :columns], order="F"), x[::2, :columns], x[:rows, 3:]]
    return parts[RANDOM.integers(4)]


@dtypes
@pytest.mark.parametrize("shape", [(), (3,), (40, 5)])
def test_the_greater_of_numbers_that_change_and_one_that_does_not(shape, dtype):
    written, x, result = Tape(), np.zeros(shape, dtype), np.empty(shape, dtype)
    calls = written.finish([(maximum(written.take(x) * 2, 0.5), result)])
    for value in (0.1, 0.4, -3.0, 7.0):
        x[...] = value
        for call in calls:
            call()
        np.testing.assert_array_equal(result, np.maximum(x * 2, np.asarray(0.5, dtype)))


@pytest.mark.parametrize("look", [bool, float, np.asarray, lambda x: x if x > 1 else -x])
def test_what_looks_at_numbers_is_no_tape(look):
    with pytest.raises(Untraceable):
        look(Tape().take(np.ones(1)))


@pytest.mark.parametrize("look", [bool, float, lambda t: t == 1, lambda t: t < 3])
def test_what_looks_at_the_number_of_the_step_is_no_tape(look):
    with pytest.raises(Untraceable):
        look(Count())

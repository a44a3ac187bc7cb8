"""Every kind of layer: arrays against formula, backward against calculus, both against PyTorch, on NumPy and JAX."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backproof.calculus import differentiate
from backproof.derivation import WHOLE
from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.network import Network
from backproof.operations.layer import kinds
from backproof.quantity import OF_BATCH, Quantity
from kinds import KINDS

#: Options of each kind, and the shapes that it receives.
CASES = {name: each.CASES for name, each in KINDS.items()}
SAMPLES = 3
EVERY = [pytest.param(name, *case, id=f"{name}-{number}") for name, cases in CASES.items()
         for number, case in enumerate(cases)]  # fmt: skip
every = pytest.mark.parametrize(("name", "options", "shapes"), EVERY)


@dataclass(frozen=True)
class Numbers:
    """The numbers of one sample as quantities: a[sender:position], w[role:entry], a statistic by its position."""

    drawn: "Drawn"
    sample: int
    samples: int = SAMPLES

    def activation(self, sender, position):
        return Quantity("a", (f"{sender}:{position}",), self.sample)

    def parameter(self, role, entry):
        return Quantity("w", (f"{role}:{entry}",))

    def value(self, formula):
        return evaluate(formula, self.drawn.value)

    def statistic(self, name, position):
        return Quantity(name, (str(position),), None if name in OF_BATCH else self.sample)


class Drawn:
    """A kind with random activations, parameters and a random delta."""

    def __init__(self, name, options, shapes, seed=0):
        rng = np.random.default_rng(seed)
        self.kind, self.shapes = kinds.make({"name": name, **options}), shapes
        self.shape = self.kind.infer_shape(shapes)
        draw = getattr(KINDS.get(name), "draw_received", lambda rng, shape: rng.normal(size=shape))
        self.received = [draw(rng, (SAMPLES, *shape)) for shape in shapes]
        self.parameters = {role: rng.normal(size=shape) for role, shape in self.kind.parameter_shapes(shapes).items()}
        if "running_var" in self.parameters:
            self.parameters["running_var"] **= 2
        mask = self.kind.draw_mask(1, (SAMPLES, *self.shape), np.uint32(seed % 2**32), 0, np.ones(1))
        self.given = self.parameters if mask is None else {**self.parameters, "mask": mask}
        self.delta = rng.normal(size=(SAMPLES, *self.shape))
        self.h = self.kind.forward(self.received, self.given)

    def value(self, quantity):
        if quantity.role == "a":
            sender, position = map(int, quantity.of[0].split(":"))
            return float(self.received[sender][quantity.sample].reshape(-1)[position])
        if quantity.role == "w":
            role, entry = quantity.of[0].split(":")
            return float(self.parameters[role].reshape(-1)[int(entry)])
        if quantity.role == "mask":
            return float(self.given["mask"][quantity.sample].reshape(-1)[int(quantity.of[0])])
        found = np.asarray(self.kind.measure(quantity.role, self.received))[quantity.sample or 0]
        return float(found.reshape(-1)[int(quantity.of[0])])

    def numbers(self, sample):
        return Numbers(self, sample)

    def whole(self, position, sample):
        """The formula of one h with its statistics written out over the batch."""
        formula = self.kind.formula(position, self.numbers(sample), self.shapes)
        if not self.kind.statistics or self.kind.statistics == ("mask",):
            return formula
        from backproof.expression import substitute

        places = self.kind.members(position, self.shapes)
        samples = range(SAMPLES) if self.kind.couples_samples else [sample]
        others = [self.numbers(n).activation(0, int(place)) for n in samples for place in places]
        mean = self.kind.statistic_formula(self.kind.statistics[0], others, wrap(0))
        made = {name: self.kind.statistic_formula(name, others, mean) for name in self.kind.statistics}
        return substitute(formula, lambda node: made.get(node.role) if isinstance(node, Quantity) else None)

    def everything(self):
        """Every sample and position of h."""
        return product(range(SAMPLES), range(int(np.prod(self.shape))))


def test_every_kind_is_swept():
    assert set(CASES) == set(kinds.names())


@every
def test_the_formula_is_the_array(name, options, shapes):
    drawn = Drawn(name, options, shapes)
    assert drawn.h.shape == (SAMPLES, *drawn.shape)
    for sample, position in drawn.everything():
        formula = drawn.kind.formula(position, drawn.numbers(sample), shapes)
        assert evaluate(formula, drawn.value) == pytest.approx(drawn.h[sample].reshape(-1)[position], rel=1e-12)
        assert evaluate(drawn.whole(position, sample), drawn.value) == pytest.approx(
            drawn.h[sample].reshape(-1)[position], rel=1e-12
        )


@every
def test_every_slope_is_what_calculus_makes_of_the_formula(name, options, shapes):
    drawn = Drawn(name, options, shapes)
    for sample, position in list(drawn.everything())[::5]:
        whole, own = drawn.whole(position, sample), drawn.numbers(sample)
        for sender, shape in enumerate(shapes):
            for sent in range(int(np.prod(shape))):
                for other in range(SAMPLES) if drawn.kind.couples_samples else [sample]:
                    hears = position in drawn.kind.receivers(sender, sent, shapes)
                    by = drawn.numbers(other).activation(sender, sent)
                    right = evaluate(differentiate(whole, by), drawn.value)
                    if not hears:
                        assert right == 0
                        continue
                    beside = None if other == sample else drawn.numbers(other)
                    slope = drawn.kind.activation_slope(position, sender, sent, own, shapes, beside)
                    assert evaluate(slope, drawn.value) == pytest.approx(right, rel=1e-9, abs=1e-12)
        for role, array in drawn.parameters.items():
            for entry in range(array.size):
                right = evaluate(differentiate(whole, own.parameter(role, entry)), drawn.value)
                used = position in drawn.kind.uses(role, entry, shapes)
                slope = drawn.kind.parameter_slope(position, role, entry, own, shapes) if used else wrap(0)
                assert evaluate(slope, drawn.value) == pytest.approx(right, rel=1e-9, abs=1e-12)


@every
def test_backward_is_the_sum_of_the_slopes(name, options, shapes):
    drawn = Drawn(name, options, shapes)
    sent = drawn.kind.backward(drawn.delta, drawn.received, drawn.given)
    made = drawn.kind.gradients(drawn.delta, drawn.received, drawn.given)
    gradients = dict(zip(drawn.parameters, made, strict=True))
    assert [each.shape for each in sent] == [each.shape for each in drawn.received]
    totals = {role: np.zeros(array.size) for role, array in drawn.parameters.items()}
    backs = [np.zeros((SAMPLES, int(np.prod(shape)))) for shape in shapes]
    for sample, position in drawn.everything():
        delta, own = drawn.delta[sample].reshape(-1)[position], drawn.numbers(sample)
        for role, array in drawn.parameters.items():
            for entry in range(array.size):
                if position in drawn.kind.uses(role, entry, shapes):
                    slope = drawn.kind.parameter_slope(position, role, entry, own, shapes)
                    totals[role][entry] += delta * evaluate(slope, drawn.value)
        for sender, shape in enumerate(shapes):
            for at in range(int(np.prod(shape))):
                if position in drawn.kind.receivers(sender, at, shapes):
                    for other in range(SAMPLES) if drawn.kind.couples_samples else [sample]:
                        beside = None if other == sample else drawn.numbers(other)
                        slope = drawn.kind.activation_slope(position, sender, at, own, shapes, beside)
                        backs[sender][other, at] += delta * evaluate(slope, drawn.value)
    for mine, right in zip(sent, backs, strict=True):
        assert np.allclose(mine.reshape(SAMPLES, -1), right, rtol=1e-9, atol=1e-10)
    for role, gradient in gradients.items():
        assert gradient.shape == drawn.parameters[role].shape
        assert np.allclose(gradient.reshape(-1), totals[role], rtol=1e-9, atol=1e-10)


@every
def test_pytorch_computes_the_same(name, options, shapes):
    torch_graphs = pytest.importorskip("torch_graphs")
    torch = torch_graphs.torch
    drawn = Drawn(name, options, shapes, seed=1)
    received = [torch.tensor(each, requires_grad=True) for each in drawn.received]
    parameters = {role: torch.tensor(array, requires_grad=True) for role, array in drawn.parameters.items()}
    theirs = torch_graphs.KINDS[name](drawn.kind, received, {**drawn.given, **parameters})
    (theirs * torch.tensor(drawn.delta)).sum().backward()
    assert np.allclose(drawn.h, theirs.detach().numpy(), rtol=1e-11, atol=1e-12)
    for mine, leaf in zip(drawn.kind.backward(drawn.delta, drawn.received, drawn.given), received, strict=True):
        assert np.allclose(mine, leaf.grad.numpy(), rtol=1e-10, atol=1e-11)
    gradients = drawn.kind.gradients(drawn.delta, drawn.received, drawn.given)
    for mine, leaf in zip(gradients, parameters.values(), strict=True):
        assert np.allclose(mine, leaf.grad.numpy(), rtol=1e-10, atol=1e-11)


@every
def test_jax_computes_the_same(name, options, shapes):
    jax = pytest.importorskip("jax")
    drawn = Drawn(name, options, shapes, seed=2)

    def run(received, parameters, delta):
        return (
            drawn.kind.forward(received, parameters),
            drawn.kind.backward(delta, received, parameters),
            drawn.kind.gradients(delta, received, parameters),
        )

    with jax.enable_x64(True):
        theirs = jax.jit(run)(drawn.received, drawn.given, drawn.delta)
    mine = run(drawn.received, drawn.given, drawn.delta)
    for one, other in zip(jax.tree.leaves(mine), jax.tree.leaves(theirs), strict=True):
        assert np.allclose(one, np.asarray(other), rtol=1e-10, atol=1e-11)


@every
def test_a_parameter_multiplies_what_it_says(name, options, shapes):
    drawn = Drawn(name, options, shapes)
    for role, array in drawn.parameters.items():
        for entry in range(array.size):
            for position in drawn.kind.uses(role, entry, shapes).tolist():
                found = drawn.kind.multiplies(position, role, entry, shapes)
                if found is not None:
                    slope = drawn.kind.parameter_slope(position, role, entry, drawn.numbers(0), shapes)
                    assert slope == drawn.numbers(0).activation(*found)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_shapes_and_options_agree_with_pytorch_and_with_the_formula(name, seed):
    rng = np.random.default_rng(seed)
    options, shapes = KINDS[name].draw_case(rng)
    test_pytorch_computes_the_same(name, options, shapes)
    drawn = Drawn(name, options, shapes, seed)
    size = int(np.prod(drawn.shape))
    for position in rng.choice(size, min(3, size), replace=False).tolist():
        sample = int(rng.integers(SAMPLES))
        formula = drawn.kind.formula(position, drawn.numbers(sample), shapes)
        assert evaluate(formula, drawn.value) == pytest.approx(
            drawn.h[sample].reshape(-1)[position], rel=1e-11, abs=1e-12
        )
        alone = np.zeros_like(drawn.delta)
        alone[sample].reshape(-1)[position] = 1.0
        backs = drawn.kind.backward(alone, drawn.received, drawn.given)
        for sender, shape in enumerate(shapes):
            for sent in rng.choice(int(np.prod(shape)), min(6, int(np.prod(shape))), replace=False).tolist():
                found = 0.0
                if position in drawn.kind.receivers(sender, sent, shapes):
                    slope = drawn.kind.activation_slope(position, sender, sent, drawn.numbers(sample), shapes)
                    found = evaluate(slope, drawn.value)
                assert found == pytest.approx(backs[sender][sample].reshape(-1)[sent], rel=1e-10, abs=1e-11)
        made = drawn.kind.gradients(alone, drawn.received, drawn.given)
        for role, gradient in zip(drawn.parameters, made, strict=True):
            for entry in rng.choice(gradient.size, min(4, gradient.size), replace=False).tolist():
                used = position in drawn.kind.uses(role, entry, shapes)
                slope = (
                    drawn.kind.parameter_slope(position, role, entry, drawn.numbers(sample), shapes)
                    if used
                    else wrap(0)
                )
                assert evaluate(slope, drawn.value) == pytest.approx(gradient.reshape(-1)[entry], rel=1e-10, abs=1e-11)


@pytest.mark.parametrize(("name", "options", "shapes"), [
    *((name, *case) for name, each in KINDS.items() for case in each.BAD_SHAPES),
])  # fmt: skip
def test_shapes_that_do_not_fit_are_refused(name, options, shapes):
    from backproof.errors import ShapeError

    with pytest.raises(ShapeError, match=r"expects|does not fit|leaves no|nothing but"):
        kinds.make({"name": name, **options}).infer_shape(shapes)


@pytest.mark.parametrize(("name", "options"), [
    *((name, options) for name, each in KINDS.items() for options in each.BAD_OPTIONS),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(name, options):
    from backproof.errors import BackproofError

    with pytest.raises(BackproofError):
        kinds.make({"name": name, **options})


@pytest.mark.parametrize(("options", "a", "chosen"), [
    ({"size": 2}, [[3, 3], [1, 3]], (0, 0)), ({"size": 2}, [[1, 3], [3, 3]], (0, 1)),
    ({"size": 2}, [[0, 0], [0, 0]], (0, 0)),
    ({"size": 3, "padding": 1, "stride": 3}, [[-1, -1], [-1, -1]], (0, 0)),
])  # fmt: skip
def test_of_equal_numbers_the_first_is_the_largest(options, a, chosen):
    drawn = Drawn("max_pool2d", options, [(1, 2, 2)])
    drawn.received = [np.array(a, dtype=float).reshape(1, 1, 2, 2).repeat(SAMPLES, 0)]
    sent = drawn.kind.backward(np.ones((SAMPLES, 1, 1, 1)), drawn.received, {})[0][0, 0]
    assert sent.tolist() == [[float((row, column) == chosen) for column in range(2)] for row in range(2)]
    slopes = [drawn.kind.activation_slope(0, 0, place, drawn.numbers(0), drawn.shapes).value for place in range(4)]
    assert slopes == sent.reshape(-1).tolist()


def test_a_product_of_a_layer_with_itself_counts_both_factors():
    drawn = Drawn("multiply", {}, [(2,), (2,)])
    drawn.received[1] = drawn.received[0]
    network = Network.graph(2, [{"name": "p", "kind": "multiply", "from": ["x", "x"]}], cost="half_squared_error")
    trace = network.trace([[3.0, -2.0]], [[0.0, 0.0]])
    assert trace.explain("dh[p[0]]/da[x[0]]").value == trace["dh[p[0]]/da[x[0]]"] == 6.0
    assert all(abs(line.value - 54.0) < 1e-12 for line in trace.explain("dE/da[x[0]]").lines if line.kind in WHOLE)

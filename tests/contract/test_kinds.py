"""Every kind of layer: arrays against formula, backward against calculus, both against PyTorch, on NumPy and JAX."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from backproof.calculus import differentiate
from backproof.evaluation import evaluate
from backproof.expression import wrap
from backproof.operations.layer import kinds
from backproof.quantity import Quantity

#: Options of each kind, and the shapes that it receives.
CASES = {
    "dense": [
        ({"units": 3}, [(4,)]),
        ({"units": 2, "bias": False}, [(3,)]),
        ({"units": 1}, [(1,)]),
        ({"units": 3, "transposed": True}, [(2,)]),
        ({"units": 2, "bias": False, "transposed": True}, [(3,)]),
    ],
    "conv2d": [
        ({"channels": 2, "kernel": 3}, [(1, 5, 5)]),
        ({"channels": 3, "kernel": [2, 3], "stride": 2, "padding": 1}, [(2, 4, 5)]),
        ({"channels": 1, "kernel": 1, "stride": [2, 1], "bias": False}, [(3, 3, 2)]),
        ({"channels": 2, "kernel": [3, 1], "padding": [2, 0]}, [(1, 2, 3)]),
        ({"channels": 4, "kernel": 2, "groups": 2, "dilation": [2, 1], "padding": [1, 0]}, [(2, 3, 3)]),
    ],
    "conv1d": [
        ({"channels": 2, "kernel": 3}, [(2, 5)]),
        ({"channels": 3, "kernel": 2, "stride": 3, "padding": 4, "dilation": 2, "groups": 3}, [(3, 2)]),
    ],
    "conv_transpose1d": [
        ({"channels": 2, "kernel": 3}, [(2, 3)]),
        ({"channels": 2, "kernel": 2, "stride": 3, "output_padding": 2, "groups": 2, "bias": False}, [(4, 2)]),
    ],
    "conv_transpose2d": [
        ({"channels": 1, "kernel": [2, 3], "stride": 2, "padding": 1}, [(2, 2, 2)]),
        ({"channels": 2, "kernel": 2, "dilation": [1, 3], "output_padding": [0, 2], "groups": 2}, [(2, 2, 1)]),
    ],
    "affine": [
        ({"shape": 3}, [(3,)]),
        ({"shape": [2, 1]}, [(2, 2)]),
        ({"shape": [1, 2, 1, 2], "weight": False}, [(2, 3, 2)]),
        ({"shape": 1, "bias": False}, [(2, 2)]),
    ],
    "add": [({}, [(3,), (3,)]), ({}, [(2, 2, 3)] * 3)],
    "concatenate": [({}, [(2,), (3,)]), ({}, [(1, 2, 2), (3, 2, 2), (1, 2, 2)]), ({"axis": 1}, [(2, 1, 2), (2, 3, 2)])],
    "flatten": [({}, [(2, 2, 3)]), ({}, [(4,)]), ({"start": 1}, [(2, 2, 3)])],
    "reshape": [({"shape": [3, -1]}, [(2, 2, 3)]), ({"shape": [6]}, [(2, 3)]), ({"shape": [1, 2, 1]}, [(2,)])],
    "transpose": [({"axes": [1, 0]}, [(2, 3)]), ({"axes": [2, 0, 1]}, [(2, 1, 3)]), ({"axes": [0]}, [(3,)])],
    "slice": [({}, [(3,)]), ({"axis": 1, "start": 1, "step": 2}, [(2, 5)]), ({"start": -3, "stop": -1}, [(4, 2)])],
    "pad": [({"padding": [1, 0]}, [(3,)]), ({"padding": [1, 2, 0, 1]}, [(1, 2, 2)])],
    "upsample": [({"factor": 2}, [(2, 3)]), ({"factor": [2, 3]}, [(1, 2, 2)]), ({"factor": 2}, [(1, 1, 2)])],
    "constant": [({"shape": 2}, [(3,)]), ({"shape": [2, 2], "value": 0.5}, [(1, 2)])],
    "identity": [({}, [(2, 3)])],
    "select": [({"index": 1}, [(3, 2)]), ({"index": 0, "axis": 2}, [(2, 3, 2)])],
    "stack": [({}, [(3,), (3,)]), ({"axis": 1}, [(2, 2)] * 3), ({}, [(2,)])],
    "avg_pool1d": [({"size": 2}, [(2, 5)]), ({"size": 3, "stride": 4, "padding": 1}, [(1, 4)])],
    "avg_pool2d": [
        ({"size": [2, 1]}, [(2, 3, 2)]),
        ({"size": 3, "stride": [1, 2], "padding": 1, "count_include_pad": False}, [(1, 2, 3)]),
    ],
    "adaptive_avg_pool1d": [({"size": 3}, [(2, 5)]), ({"size": 4}, [(1, 3)])],
    "adaptive_avg_pool2d": [({"size": 1}, [(2, 3, 2)]), ({"size": [3, 2]}, [(1, 4, 3)])],
    "subtract": [({}, [(3,), (3,)]), ({}, [(2, 1, 3)] * 2)],
    "scale": [({"factor": -0.5}, [(3,)]), ({"factor": 2}, [(2, 2)]), ({"factor": 0}, [(2,)])],
    "sum": [({"axis": 0}, [(2, 3)]), ({"axis": [0, 2], "keepdims": True}, [(2, 2, 3)])],
    "mean": [({"axis": 1}, [(2, 3)]), ({"axis": [2, 1]}, [(2, 2, 3)]), ({"axis": 0, "keepdims": True}, [(3,)])],
    "batch_norm": [({}, [(3,)]), ({"epsilon": 0.1}, [(2, 2, 2)])],
}
SAMPLES = 3
EVERY = [pytest.param(name, *case, id=f"{name}-{number}") for name, cases in CASES.items()
         for number, case in enumerate(cases)]  # fmt: skip
every = pytest.mark.parametrize(("name", "options", "shapes"), EVERY)


@dataclass(frozen=True)
class Numbers:
    """The numbers of one sample as quantities: a[sender:position], w[role:entry], a statistic by its position."""

    sample: int
    samples: int = SAMPLES

    def activation(self, sender, position):
        return Quantity("a", (f"{sender}:{position}",), self.sample)

    def parameter(self, role, entry):
        return Quantity("w", (f"{role}:{entry}",))

    def statistic(self, name, position):
        return Quantity(name, (str(position),))


class Drawn:
    """A kind with random activations, parameters and a random delta."""

    def __init__(self, name, options, shapes, seed=0):
        rng = np.random.default_rng(seed)
        self.kind, self.shapes = kinds.make({"name": name, **options}), shapes
        self.shape = self.kind.infer_shape(shapes)
        self.received = [rng.normal(size=(SAMPLES, *shape)) for shape in shapes]
        self.parameters = {role: rng.normal(size=shape) for role, shape in self.kind.parameter_shapes(shapes).items()}
        self.delta = rng.normal(size=(SAMPLES, *self.shape))
        self.h = self.kind.forward(self.received, self.parameters)

    def value(self, quantity):
        if quantity.role == "a":
            sender, position = map(int, quantity.of[0].split(":"))
            return float(self.received[sender][quantity.sample].reshape(-1)[position])
        if quantity.role == "w":
            role, entry = quantity.of[0].split(":")
            return float(self.parameters[role].reshape(-1)[int(entry)])
        size = int(np.prod(self.shapes[0][1:]))
        return float(self.kind.measure(quantity.role, self.received)[int(quantity.of[0]) // size])

    def whole(self, position, sample):
        """The formula of one h with its statistics written out over the batch."""
        formula = self.kind.formula(position, Numbers(sample), self.shapes)
        if not self.kind.statistics:
            return formula
        from backproof.expression import substitute

        places = self.kind.receivers(0, position, self.shapes)
        others = [Numbers(n).activation(0, int(place)) for n in range(SAMPLES) for place in places]
        mean = self.kind.statistic_formula("batch_mean", others, wrap(0))
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
        formula = drawn.kind.formula(position, Numbers(sample), shapes)
        assert evaluate(formula, drawn.value) == pytest.approx(drawn.h[sample].reshape(-1)[position], rel=1e-12)
        assert evaluate(drawn.whole(position, sample), drawn.value) == pytest.approx(
            drawn.h[sample].reshape(-1)[position], rel=1e-12
        )


@every
def test_every_slope_is_what_calculus_makes_of_the_formula(name, options, shapes):
    drawn = Drawn(name, options, shapes)
    for sample, position in list(drawn.everything())[::5]:
        whole, own = drawn.whole(position, sample), Numbers(sample)
        for sender, shape in enumerate(shapes):
            for sent in range(int(np.prod(shape))):
                for other in range(SAMPLES) if drawn.kind.couples_samples else [sample]:
                    hears = position in drawn.kind.receivers(sender, sent, shapes)
                    by = Numbers(other).activation(sender, sent)
                    right = evaluate(differentiate(whole, by), drawn.value)
                    if not hears:
                        assert right == 0
                        continue
                    beside = None if other == sample else Numbers(other)
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
    sent = drawn.kind.backward(drawn.delta, drawn.received, drawn.parameters)
    made = drawn.kind.gradients(drawn.delta, drawn.received, drawn.parameters)
    gradients = dict(zip(drawn.parameters, made, strict=True))
    assert [each.shape for each in sent] == [each.shape for each in drawn.received]
    totals = {role: np.zeros(array.size) for role, array in drawn.parameters.items()}
    backs = [np.zeros((SAMPLES, int(np.prod(shape)))) for shape in shapes]
    for sample, position in drawn.everything():
        delta, own = drawn.delta[sample].reshape(-1)[position], Numbers(sample)
        for role, array in drawn.parameters.items():
            for entry in range(array.size):
                if position in drawn.kind.uses(role, entry, shapes):
                    slope = drawn.kind.parameter_slope(position, role, entry, own, shapes)
                    totals[role][entry] += delta * evaluate(slope, drawn.value)
        for sender, shape in enumerate(shapes):
            for at in range(int(np.prod(shape))):
                if position in drawn.kind.receivers(sender, at, shapes):
                    for other in range(SAMPLES) if drawn.kind.couples_samples else [sample]:
                        beside = None if other == sample else Numbers(other)
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
    theirs = torch_graphs.KINDS[name](drawn.kind, received, parameters)
    (theirs * torch.tensor(drawn.delta)).sum().backward()
    assert np.allclose(drawn.h, theirs.detach().numpy(), rtol=1e-11, atol=1e-12)
    for mine, leaf in zip(drawn.kind.backward(drawn.delta, drawn.received, drawn.parameters), received, strict=True):
        assert np.allclose(mine, leaf.grad.numpy(), rtol=1e-10, atol=1e-11)
    gradients = drawn.kind.gradients(drawn.delta, drawn.received, drawn.parameters)
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
        theirs = jax.jit(run)(drawn.received, drawn.parameters, drawn.delta)
    mine = run(drawn.received, drawn.parameters, drawn.delta)
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
                    slope = drawn.kind.parameter_slope(position, role, entry, Numbers(0), shapes)
                    assert slope == Numbers(0).activation(*found)


@pytest.mark.parametrize(("name", "options", "shapes"), [
    ("dense", {"units": 2}, [(1, 2, 2)]), ("conv2d", {"channels": 1, "kernel": 3}, [(4,)]),
    ("conv2d", {"channels": 1, "kernel": 3}, [(1, 2, 2)]), ("add", {}, [(2,), (3,)]),
    ("affine", {"shape": 2}, [(3,)]), ("affine", {"shape": [2, 3]}, [(3,)]),
    ("concatenate", {}, [(1, 2, 2), (1, 2, 3)]), ("select", {"index": 3}, [(3, 2)]), ("select", {"index": 0}, [(3,)]),
    ("select", {"index": 0, "axis": 2}, [(3, 2)]), ("stack", {}, [(3,), (2,)]), ("stack", {"axis": 2}, [(3,), (3,)]),
    ("conv1d", {"channels": 1, "kernel": 3}, [(4,)]), ("conv1d", {"channels": 1, "kernel": 2, "dilation": 4}, [(1, 4)]),
    ("conv2d", {"channels": 2, "kernel": 1, "groups": 2}, [(3, 2, 2)]),
    ("conv_transpose1d", {"channels": 1, "kernel": 1, "padding": 1}, [(1, 2)]),
    ("conv_transpose2d", {"channels": 1, "kernel": 1}, [(1, 2)]),
    ("avg_pool2d", {"size": 3}, [(1, 2, 3)]), ("avg_pool1d", {"size": 2}, [(4,)]),
    ("adaptive_avg_pool2d", {"size": 1}, [(1, 2)]),
    ("adaptive_avg_pool1d", {"size": 10_000_000}, [(1, 1000)]),
    ("flatten", {"start": 2}, [(2, 3)]), ("reshape", {"shape": [4]}, [(3,)]), ("reshape", {"shape": [2, -1]}, [(3,)]),
    ("transpose", {"axes": [1, 0]}, [(3,)]), ("slice", {"axis": 1}, [(3,)]), ("slice", {"start": 3}, [(3,)]),
    ("slice", {"start": 2, "stop": 1}, [(3,)]), ("pad", {"padding": [1, 1, 1, 1]}, [(3,)]),
    ("upsample", {"factor": 2}, [(3,)]), ("upsample", {"factor": [2, 3]}, [(1, 3)]),
    ("pad", {"padding": [10**7, 0] * 2}, [(3, 3)]), ("upsample", {"factor": 10**7}, [(1, 3, 200)]),
    ("concatenate", {"axis": 1}, [(2,), (2,)]), ("concatenate", {"axis": 1}, [(2, 2), (3, 2)]),
    ("subtract", {}, [(2,), (3,)]), ("sum", {"axis": 2}, [(2, 3)]), ("mean", {"axis": 0}, [(3,)]),
    ("mean", {"axis": [0, 1]}, [(3, 2)]),
])  # fmt: skip
def test_shapes_that_do_not_fit_are_refused(name, options, shapes):
    from backproof.errors import ShapeError

    with pytest.raises(ShapeError, match=r"expects|does not fit|leaves no"):
        kinds.make({"name": name, **options}).infer_shape(shapes)


@pytest.mark.parametrize(("name", "options"), [
    ("dense", {}), ("dense", {"units": 0}), ("dense", {"units": 2.5}), ("dense", {"units": True}),
    ("dense", {"units": 2, "bias": 1}), ("dense", {"units": 2, "size": 3}), ("conv2d", {"channels": 2}),
    ("conv2d", {"channels": 1, "kernel": [1, 2, 3]}), ("conv2d", {"channels": 1, "kernel": 0}),
    ("conv2d", {"channels": 1, "kernel": 3, "stride": 0}), ("conv2d", {"channels": 1, "kernel": 3, "padding": -1}),
    ("conv2d", {"channels": 1, "kernel": "3"}), ("batch_norm", {"epsilon": 0}), ("batch_norm", {"epsilon": -1.0}),
    ("batch_norm", {"epsilon": "x"}), ("batch_norm", {"epsilon": None}), ("add", {"units": 1}),
    ("constant", {}), ("constant", {"shape": 0}),
    ("constant", {"shape": []}), ("constant", {"shape": 2, "value": "x"}), ("select", {}),
    ("select", {"index": -1}), ("select", {"index": 0, "axis": True}), ("stack", {"axis": "rows"}),
    ("conv1d", {"channels": 1, "kernel": [1, 2]}), ("conv1d", {"channels": 3, "kernel": 1, "groups": 2}),
    ("conv2d", {"channels": 1, "kernel": 1, "dilation": 0}), ("conv2d", {"channels": 1, "kernel": 1, "groups": 0}),
    ("conv_transpose1d", {"channels": 1, "kernel": 3, "output_padding": 1}),
    ("conv_transpose2d", {"channels": 1, "kernel": 3, "stride": [3, 1], "output_padding": [2, 1]}),
    ("avg_pool2d", {}), ("avg_pool2d", {"size": [2, 3], "padding": [0, 2]}), ("avg_pool1d", {"size": 2, "stride": 0}),
    ("avg_pool1d", {"size": 1, "count_include_pad": 0}), ("adaptive_avg_pool1d", {"size": 0}),
    ("flatten", {"start": -1}), ("reshape", {}), ("reshape", {"shape": []}), ("reshape", {"shape": [-1, -1]}),
    ("reshape", {"shape": [0]}), ("reshape", {"shape": "3"}), ("transpose", {}), ("transpose", {"axes": 1}),
    ("transpose", {"axes": [0, 2]}), ("transpose", {"axes": [0, 0]}), ("slice", {"step": 0}), ("slice", {"stop": 1.5}),
    ("slice", {"axis": -1}), ("pad", {}), ("pad", {"padding": 1}), ("pad", {"padding": [1]}), ("pad", {"padding": []}),
    ("pad", {"padding": [-1, 0]}), ("upsample", {"factor": 0}), ("upsample", {"factor": []}), ("upsample", {}),
    ("concatenate", {"axis": "x"}), ("reshape", {"shape": [1] * 33}), ("reshape", {"shape": [True]}),
    ("scale", {}), ("scale", {"factor": "2"}), ("scale", {"factor": float("inf")}), ("scale", {"factor": True}),
    ("sum", {}), ("sum", {"axis": []}), ("mean", {"axis": [1, 1]}), ("mean", {"axis": 0, "keepdims": 1}),
    ("mean", {"axis": -1}),
    ("affine", {}), ("affine", {"shape": "3"}), ("affine", {"shape": [0]}), ("affine", {"shape": []}),
    ("affine", {"shape": 2, "weight": 1}),
])  # fmt: skip
def test_options_that_make_no_sense_are_refused(name, options):
    from backproof.errors import BackproofError

    with pytest.raises(BackproofError):
        kinds.make({"name": name, **options})

"""Kernels and poolings over pictures of any size, with any options: the same as PyTorch, or refused as there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backproof.errors import BackproofError
from backproof.evaluation import evaluate
from backproof.expression import Number
from backproof.operations.layer import kinds

torch_graphs = pytest.importorskip("torch_graphs")
torch = torch_graphs.torch
SAMPLES = 2
CONVOLUTIONS = ("conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d")


class Drawn:
    """A kind with random activations and parameters, whose formulas have the numbers of the first sample."""

    def __init__(self, name, options, shapes):
        rng = np.random.default_rng(1)
        self.kind = kinds.make({"name": name, **options})
        self.shape = self.kind.infer_shape(shapes)
        self.received = [rng.normal(size=(SAMPLES, *shape)) for shape in shapes]
        self.parameters = {role: rng.normal(size=shape) for role, shape in self.kind.parameter_shapes(shapes).items()}
        self.delta = rng.normal(size=(SAMPLES, *self.shape))
        self.h = self.kind.forward(self.received, self.parameters)

    def activation(self, sender, position):
        return Number(float(self.received[sender][0].reshape(-1)[position]))

    def parameter(self, role, entry):
        return Number(float(self.parameters[role].reshape(-1)[entry]))


def sizes(axes, least, most):
    """A number for each axis, or one for all."""
    return st.integers(least, most) | st.tuples(*[st.integers(least, most)] * axes)


@st.composite
def convolutions(draw):
    name = draw(st.sampled_from(CONVOLUTIONS))
    axes, groups = int(name[-2]), draw(st.integers(1, 3))
    options = {
        "channels": groups * draw(st.integers(1, 2)), "kernel": draw(sizes(axes, 1, 4)),
        "stride": draw(sizes(axes, 1, 5)), "padding": draw(sizes(axes, 0, 5)), "dilation": draw(sizes(axes, 1, 3)),
        "groups": groups, "bias": draw(st.booleans()),
    }  # fmt: skip
    if "transpose" in name:
        options["output_padding"] = draw(sizes(axes, 0, 3))
    return name, options, [(groups * draw(st.integers(1, 2)), *draw(st.tuples(*[st.integers(1, 6)] * axes)))]


@st.composite
def poolings(draw):
    axes = draw(st.integers(1, 2))
    shapes = [(draw(st.integers(1, 2)), *draw(st.tuples(*[st.integers(1, 7)] * axes)))]
    if draw(st.booleans()):
        return f"adaptive_avg_pool{axes}d", {"size": draw(sizes(axes, 1, 9))}, shapes
    options = {"size": draw(sizes(axes, 1, 4)), "padding": draw(sizes(axes, 0, 2)),
               "count_include_pad": draw(st.booleans())}  # fmt: skip
    return f"avg_pool{axes}d", options | draw(st.just({}) | st.builds(dict, stride=sizes(axes, 1, 5))), shapes


@settings(max_examples=150, deadline=None)
@given(poolings())
def test_every_pooling_is_pytorchs_or_refused_by_both(case):
    name, options, shapes = case
    leaf = torch.tensor(np.random.default_rng(1).normal(size=(SAMPLES, *shapes[0])), requires_grad=True)
    kind = type("Options", (), {"stride": None, **options})
    try:
        theirs = torch_graphs.KINDS[name](kind, [leaf], {})
    except RuntimeError:
        with pytest.raises(BackproofError):
            Drawn(name, options, shapes)
        return
    drawn = Drawn(name, options, shapes)
    (theirs * torch.tensor(drawn.delta)).sum().backward()
    assert np.allclose(drawn.h, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)
    assert np.allclose(drawn.kind.backward(drawn.delta, drawn.received, {})[0], leaf.grad.numpy(), atol=1e-12)


def run_theirs(name, options, shapes, received):
    """What PyTorch makes of the same, None where it refuses to; parameters are drawn by shape."""
    kind = type("Options", (), {"axes": int(name[-2]), **options})
    channels, inner = options["channels"], shapes[0][0]
    outer, under = (inner, channels) if "transpose" in name else (channels, inner)
    size = options["kernel"] if isinstance(options["kernel"], tuple) else (options["kernel"],) * kind.axes
    rng = np.random.default_rng(0)
    arrays = {"weight": rng.normal(size=(outer, under // options["groups"], *size))}
    arrays |= {"bias": rng.normal(size=channels)} if options["bias"] else {}
    leaves = {role: torch.tensor(array, requires_grad=True) for role, array in arrays.items()}
    try:
        return torch_graphs.KINDS[name](kind, received, leaves), leaves
    except (RuntimeError, ValueError):
        return None, leaves


@settings(max_examples=150, deadline=None)
@given(convolutions())
def test_every_convolution_is_pytorchs_or_refused_by_both(case):
    name, options, shapes = case
    rng = np.random.default_rng(1)
    a = rng.normal(size=(SAMPLES, *shapes[0]))
    leaf = torch.tensor(a, requires_grad=True)
    theirs, leaves = run_theirs(name, options, shapes, [leaf])
    try:
        kind = kinds.make({"name": name, **options})
        shape = kind.infer_shape(shapes)
    except BackproofError:
        assert theirs is None
        return
    assert theirs is not None
    assert tuple(theirs.shape) == (SAMPLES, *shape)
    arrays = {role: leaf.detach().numpy() for role, leaf in leaves.items()}
    delta = rng.normal(size=theirs.shape)
    (theirs * torch.tensor(delta)).sum().backward()
    assert kind.parameter_shapes(shapes) == {role: array.shape for role, array in arrays.items()}
    assert np.allclose(kind.forward([a], arrays), theirs.detach().numpy(), rtol=1e-10, atol=1e-12)
    assert np.allclose(kind.backward(delta, [a], arrays)[0], leaf.grad.numpy(), rtol=1e-10, atol=1e-12)
    for made, right in zip(kind.gradients(delta, [a], arrays), leaves.values(), strict=True):
        assert np.allclose(made, right.grad.numpy(), rtol=1e-10, atol=1e-12)


def make_relation(name, options, shapes):
    """The kind with its relation by brute force: which sent, entry and received positions stand in one product."""
    drawn = Drawn(name, options, shapes)
    terms = set()
    for position in range(int(np.prod(drawn.shape))):
        for block in drawn.kind.products(position, shapes):
            entries = [None] * len(block.positions) if block.entries is None else block.entries.tolist()
            terms |= {(position, int(sent), entry) for sent, entry in zip(block.positions, entries, strict=True)}
    return drawn, terms


@settings(max_examples=60, deadline=None)
@given(convolutions() | poolings(), st.integers(0, 2**30))
def test_products_receivers_and_uses_are_one_relation(case, seed):
    name, options, shapes = case
    try:
        drawn, terms = make_relation(name, options, shapes)
    except BackproofError:
        return
    rng = np.random.default_rng(seed)
    position = int(rng.integers(np.prod(drawn.shape)))
    formula = drawn.kind.formula(position, drawn, shapes)
    assert evaluate(formula, float) == pytest.approx(drawn.h[0].reshape(-1)[position], rel=1e-10, abs=1e-12)
    sent = int(rng.integers(np.prod(shapes[0])))
    assert drawn.kind.receivers(0, sent, shapes).tolist() == sorted({h for h, a, _ in terms if a == sent})
    if "weight" not in drawn.parameters:
        return
    entry = int(rng.integers(drawn.parameters["weight"].size))
    assert drawn.kind.uses("weight", entry, shapes).tolist() == sorted(h for h, _, w in terms if w == entry)


def test_a_large_picture_is_cut_out_in_parts(monkeypatch):
    from backproof.operations import windows

    case = ("conv2d", {"channels": 2, "kernel": 3, "padding": 1}, [(2, 5, 4)])
    whole = Drawn(*case)
    backs = whole.kind.backward(whole.delta, whole.received, whole.parameters)
    made = whole.kind.gradients(whole.delta, whole.received, whole.parameters)
    monkeypatch.setattr(windows, "MOST_AT_ONCE", 500)
    parts = Drawn(*case)
    assert np.allclose(parts.h, whole.h, rtol=1e-13)
    assert np.allclose(parts.kind.backward(whole.delta, whole.received, whole.parameters), backs, rtol=1e-13)
    for one, other in zip(parts.kind.gradients(whole.delta, whole.received, whole.parameters), made, strict=True):
        assert np.allclose(one, other, rtol=1e-13)

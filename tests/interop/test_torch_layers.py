"""`check_layer` of PyTorch: modules, and autograd functions whose backward pass somebody wrote."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from backproof import check_layer  # noqa: E402
from backproof.errors import BackproofError  # noqa: E402

X = np.random.default_rng(3).normal(size=(4, 3))
W = np.random.default_rng(4).normal(size=(3, 2))


class Scaled(torch.autograd.Function):
    """tanh(x w) / 2"""

    @staticmethod
    def forward(ctx, x, w):
        a = torch.tanh(x @ w)
        ctx.save_for_backward(x, w, a)
        return a / 2

    @staticmethod
    def backward(ctx, upstream):
        x, w, a = ctx.saved_tensors
        delta = upstream * (1 - a**2) / 2
        return delta @ w.T, x.T @ delta


class Flipped(Scaled):
    """The same with a wrong sign."""

    @staticmethod
    def backward(ctx, upstream):
        dx, dw = Scaled.backward(ctx, upstream)
        return dx, -dw


class Forgetful(Scaled):
    """The same without a gradient for its parameter."""

    @staticmethod
    def backward(ctx, upstream):
        return Scaled.backward(ctx, upstream)[0], None


class Holder(nn.Module):
    """A module around such a function."""

    def __init__(self, function):
        super().__init__()
        self.w, self.function = nn.Parameter(torch.tensor(W).float()), function

    def forward(self, x):
        return self.function.apply(x, self.w)


@pytest.mark.parametrize("module", [
    nn.Linear(3, 2), nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4)), nn.LayerNorm(3), nn.Dropout(0.5),
    Holder(Scaled), nn.Softmax(1), nn.Bilinear(3, 3, 1) and nn.PReLU(),
])  # fmt: skip
def test_a_right_module_is_right(module):
    report = check_layer(module, X)
    assert report.right, str(report)
    names = {name for name, _ in module.named_parameters()}
    assert {name for name, _, _ in report.verdicts} == {"x", *names}


def test_a_module_is_left_as_it_is():
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = {name: each.clone() for name, each in module.state_dict().items()}
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    check_layer(module, X)
    assert torch.equal(torch.rand(2), expected)
    assert all(torch.equal(before[name], each) for name, each in module.state_dict().items())
    assert all(each.grad is None and each.dtype == torch.float32 for each in module.parameters())


def test_a_function_is_held_against_its_own_forward_pass():
    assert check_layer(Scaled, X, parameters={"w": W}).right
    report = check_layer(Flipped, X, parameters={"w": W})
    assert (report.right, report.mistakes[0].says, report.mistakes[0].explains) == (False, "the sign is wrong", ("w",))
    assert not check_layer(Holder(Flipped), X).right


def test_a_gradient_that_is_missing_counts_as_0():
    report = check_layer(Forgetful, X, parameters=[W])
    assert [name for name, right, _ in report.verdicts if not right] == ["parameter 1"]


def test_tokens_have_no_derivative():
    report = check_layer(nn.Embedding(5, 2), np.array([[0, 2], [2, 4]]))
    assert report.right
    assert [name for name, _, _ in report.verdicts] == ["weight"]


def test_some_parameters_can_be_named():
    report = check_layer(nn.Linear(3, 2), torch.tensor(X).float(), parameters=["bias"])
    assert [name for name, _, _ in report.verdicts] == ["x", "bias"]


def _refuse(function, *, backward=None):
    return type("Refuse", (torch.autograd.Function,), {
        "forward": staticmethod(lambda ctx, x: function(x)),
        "backward": staticmethod(backward or (lambda ctx, upstream: upstream)),
    })  # fmt: skip


@pytest.mark.parametrize(("layer", "options", "says"), [
    (nn.Linear(4, 2), {}, "forward raised RuntimeError"),
    (nn.Linear, {}, "expected an instance of torch.nn.Module"), (torch.tensor([1.0]), {}, "expected an instance"),
    (nn.Linear(3, 2), {"parameters": ["wieght"]}, "no parameter 'wieght'. Did you mean 'weight'"),
    (nn.LSTM(3, 2), {}, "it returned tuple, expected one tensor"),
    (nn.Linear(3, 2, device="meta"), {}, "parameter weight has no numbers"),
    (_refuse(lambda x: x / 0), {}, "not a finite number"),
    (_refuse(lambda x: 2 * x, backward=lambda ctx, upstream: upstream[:1]), {}, "backward raised RuntimeError"),
])  # fmt: skip
def test_what_cannot_be_checked_is_one_message(layer, options, says):
    with pytest.raises(BackproofError, match=says):
        check_layer(layer, X, **options)

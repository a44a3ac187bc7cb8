"""What a module's owner gets wrong around a right autograd is named; what is right is not accused."""

import json

import pytest

torch = pytest.importorskip("torch")
torch_modules = pytest.importorskip("torch_modules")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from backproof.errors import BackproofError  # noqa: E402
from backproof.torch import check  # noqa: E402

# The modules below are made at import: with weights where no slip happens to leave every gradient as it was.
torch.manual_seed(0)
CLASSES = torch.tensor([0, 2, 1, 0])


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


class Own(nn.Module):
    """Three layers and a way through them."""

    def __init__(self, function):
        super().__init__()
        self.fc1, self.fc2, self.fc3, self.function = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 3), function

    def forward(self, x):
        return self.function(self, x)


class Threefold(torch.autograd.Function):
    """Twice its argument, with a backward pass that says three times."""

    @staticmethod
    def forward(ctx, a):
        return 2 * a

    @staticmethod
    def backward(ctx, upstream):
        return 3 * upstream


def send_threefold(tensor):
    tensor.register_hook(lambda gradient: 3 * gradient)
    return tensor


def fail_backward(tensor):
    tensor.register_hook(lambda gradient: gradient["none"])
    return tensor


def head(*more, sizes=(3, 4, 3)):
    return nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.Tanh(), nn.Linear(sizes[1], sizes[2]), *more)


def _no_grad(m, x):
    with torch.no_grad():
        h = m.fc1(x).tanh()
    return m.fc3(m.fc2(h).tanh())


UNIT = torch.tensor([[0.0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]])
#: Each mistake: the module, its loss, targets, the name, and the parameters that it explains.
PLANTED = {
    "two softmaxes": (head(nn.Softmax(1)), nn.CrossEntropyLoss(), CLASSES, "activation_applied_twice", None),
    "two softmaxes by functions": (
        Own(lambda m, x: functional.softmax(m.fc3(m.fc2(m.fc1(x).relu()).relu()), -1)), functional.cross_entropy,
        CLASSES, "activation_applied_twice", None,
    ),
    "a sigmoid before logits": (head(nn.Sigmoid()), nn.BCEWithLogitsLoss(), UNIT, "activation_applied_twice", None),
    "relu on logits": (head(nn.ReLU()), nn.CrossEntropyLoss(), CLASSES, "activation_on_logits", None),
    "relu on logits of yes or no": (head(nn.ReLU()), nn.BCEWithLogitsLoss(), UNIT, "activation_on_logits", None),
    "a sigmoid before classes": (head(nn.Sigmoid()), nn.CrossEntropyLoss(), CLASSES, "activation_on_logits", None),
    "no logarithm": (head(nn.Softmax(1)), nn.NLLLoss(), CLASSES, "log_omitted", None),
    "no softmax at all": (head(), nn.NLLLoss(), CLASSES, "log_omitted", None),
    "a softmax over the samples": (head(nn.LogSoftmax(0)), nn.NLLLoss(), CLASSES, "softmax_wrong_axis", None),
    "targets that are broadcast": (
        head(sizes=(3, 4, 1)), nn.MSELoss(), torch.randn(4), "broadcast_target", ("0.weight", "2.weight"),
    ),
    "outputs that are broadcast": (
        nn.Sequential(head(sizes=(3, 4, 1)), nn.Flatten(0)), nn.L1Loss(), torch.randn(4, 1), "broadcast_target",
        ("0.0.weight",),
    ),
    "a detach": (
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x).tanh().detach()).tanh())), nn.CrossEntropyLoss(), CLASSES,
        "gradient_detached", ("fc1.weight", "fc1.bias"),
    ),
    "no_grad": (
        Own(_no_grad), nn.CrossEntropyLoss(), CLASSES, "gradient_detached", ("fc1.weight", "fc1.bias"),
    ),
    "a detach of everything": (
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x)).relu()).detach()), nn.CrossEntropyLoss(), CLASSES, "gradient_detached",
        ("fc1.weight", "fc3.bias"),
    ),
    "a layer that is not used": (
        Own(lambda m, x: m.fc3(m.fc1(x).relu())), nn.CrossEntropyLoss(), CLASSES, "layer_unused",
        ("fc2.weight", "fc2.bias"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_named_first(name):
    module, loss, y, id, explains = PLANTED[name]
    if "everything" in name:  # PyTorch itself refuses to go backward
        y = y.clone()
    report = check(module, loss, torch.randn(4, 3), y)
    assert [each.id for each in report.mistakes] == [id], str(report)
    assert report.right is False
    assert set(explains or ("0.weight", "fc1.weight")) & {*report.mistakes[0].explains}
    assert set(explains or ()) <= {*report.mistakes[0].explains}
    wrong = {each.name for each in report.parameters if not each.right}
    assert {*report.mistakes[0].explains} <= wrong
    assert json.loads(report.to_json())["mistakes"][0]["id"] == id


@pytest.mark.parametrize("times", [2, 3, 7])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_gradients_that_were_not_set_to_zero_are_found(times, kind):
    module, x = head(nn.BatchNorm1d(3)).to(kind), torch.randn(4, 3, dtype=kind)
    for _ in range(times):
        nn.CrossEntropyLoss()(module(x), CLASSES).backward()
    report = check(module, nn.CrossEntropyLoss(), x, CLASSES)
    assert [each.id for each in report.mistakes] == ["gradient_accumulated"]
    assert f"it is {times} times that of this step" in report.mistakes[0].says
    assert "0.weight" in report.mistakes[0].explains


def test_two_mistakes_are_both_named():
    report = check(
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x).detach()).tanh()).softmax(1)),
        nn.CrossEntropyLoss(),
        torch.randn(4, 3),
        CLASSES,
    )
    assert {each.id for each in report.mistakes} == {"activation_applied_twice", "gradient_detached"}


RIGHT = {
    "classes": (head(), nn.CrossEntropyLoss(), CLASSES), "logits": (head(), nn.BCEWithLogitsLoss(), UNIT),
    "log_softmax": (head(nn.LogSoftmax(1)), nn.NLLLoss(), CLASSES),
    "log_softmax twice, which changes nothing": (head(nn.LogSoftmax(1)), nn.CrossEntropyLoss(), CLASSES),
    "the log of a softmax": (Own(lambda m, x: m.fc3(m.fc2(m.fc1(x))).softmax(1).log()), nn.NLLLoss(), CLASSES),
    "softmax and squares": (head(nn.Softmax(1)), nn.MSELoss(), UNIT),
    "relu and squares": (head(nn.ReLU()), nn.MSELoss(), UNIT),
    "sigmoid and its entropy": (head(nn.Sigmoid()), nn.BCELoss(), UNIT),
    "relu inside": (nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3)), nn.CrossEntropyLoss(), CLASSES),
    "softmax inside": (nn.Sequential(nn.Linear(3, 4), nn.Softmax(1), nn.Linear(4, 3)), nn.CrossEntropyLoss(), CLASSES),
    "one column": (head(sizes=(3, 4, 1)), nn.MSELoss(), torch.randn(4, 1)),
    "a detach that leaves a way": (
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x)) + m.fc1(x).detach())), nn.CrossEntropyLoss(), CLASSES,
    ),
    "a detach of the inputs": (Own(lambda m, x: m.fc3(m.fc2(m.fc1(x.detach())))), nn.CrossEntropyLoss(), CLASSES),
    "dropout": (head(nn.Dropout(0.5)), nn.CrossEntropyLoss(), CLASSES),
    "a loss of one's own": (head(nn.Softmax(1)), lambda outputs, y: (outputs**2).sum(), CLASSES),
    "an operation that is not known": (
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x)).sort(1)[0])), nn.CrossEntropyLoss(), CLASSES,
    ),
    "control flow": (
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x) if x.sum() > 0 else -m.fc1(x)))), nn.CrossEntropyLoss(), CLASSES,
    ),
    "one sample without an axis": (
        Own(lambda m, x: m.fc3(m.fc2(m.fc1(x[0]))).log_softmax(0)), nn.NLLLoss(), torch.tensor(1),
    ),
    "shares": (head(), nn.CrossEntropyLoss(label_smoothing=0.1), UNIT.softmax(1)),
}  # fmt: skip


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_not_accused(name, backward):
    module, loss, y = RIGHT[name]
    x = torch.randn(4, 3)
    if backward:
        module.zero_grad()
        loss(module(x), y).backward()
    report = check(module, loss, x, y)
    module.zero_grad()
    assert report.right, str(report)
    assert not report.mistakes


@pytest.mark.parametrize("seed", range(20))
def test_no_random_module_with_a_loss_that_fits_is_accused(seed):
    torch.manual_seed(seed)
    draw = lambda *options: options[int(torch.randint(len(options), ()))]  # noqa: E731
    size, parts = 3, []
    for _ in range(draw(1, 2, 3)):
        wide = draw(2, 4)
        parts += [nn.Linear(size, wide), draw(nn.ReLU(), nn.Tanh(), nn.Sigmoid(), nn.Softmax(1), nn.BatchNorm1d(wide))]
        parts, size = [*parts, draw(nn.Dropout(0.5), nn.LayerNorm(wide), nn.Identity())], wide
    more, loss, y = draw(
        (nn.Identity(), nn.CrossEntropyLoss(), CLASSES), (nn.LogSoftmax(1), nn.NLLLoss(), CLASSES),
        (nn.Identity(), functional.binary_cross_entropy_with_logits, UNIT), (nn.Sigmoid(), nn.BCELoss(), UNIT),
        (draw(nn.ReLU(), nn.Softmax(1), nn.Tanh()), nn.MSELoss(), UNIT), (nn.Identity(), nn.SmoothL1Loss(), UNIT),
    )  # fmt: skip
    module, x = nn.Sequential(*parts, nn.Linear(size, 3), more), torch.randn(4, 3)
    if draw(True, False):
        loss(module(x), y).backward()
    report = check(module, loss, x, y)
    assert report.right, str(report)
    assert not report.mistakes


@pytest.mark.parametrize("name", torch_modules.MODULES)
def test_modules_as_people_write_them_are_right(name):
    make, shape = torch_modules.MODULES[name]
    module, x = make(), torch.randn(4, *shape)
    assert check(module, nn.MSELoss(), x, torch.randn_like(module(x))).right


def test_a_frozen_layer_is_not_accused():
    module = head()
    module[0].requires_grad_(False)
    report = check(module, nn.CrossEntropyLoss(), torch.randn(4, 3), CLASSES)
    assert report.right
    assert [each.name for each in report.parameters] == ["2.weight", "2.bias"]


@pytest.mark.parametrize("send", [Threefold.apply, send_threefold], ids=["a function", "a hook"])
def test_a_backward_pass_of_its_own_that_is_no_derivative_is_told(send):
    report = check(Own(lambda m, x: m.fc3(m.fc2(send(m.fc1(x))))), nn.MSELoss(), torch.randn(4, 3), UNIT)
    assert not report.mistakes
    assert any("fc1.weight is not the derivative" in note for note in report.notes)


def test_numbers_that_are_not_finite_are_told():
    report = check(head(), nn.MSELoss(), torch.full((4, 3), torch.inf), UNIT)
    assert any("is not a finite number" in note for note in report.notes)


def test_gradients_of_another_batch_are_a_note_and_no_mistake():
    module = head()
    nn.CrossEntropyLoss()(module(torch.randn(4, 3)), CLASSES).backward()
    report = check(module, nn.CrossEntropyLoss(), torch.randn(4, 3), CLASSES)
    assert report.right
    assert "call zero_grad()" in report.notes[0]


def test_the_module_is_left_as_it_is():
    module = head(nn.BatchNorm1d(3), nn.Softmax(1))
    before = {name: each.clone() for name, each in module.state_dict().items()}
    check(module, nn.CrossEntropyLoss(), torch.randn(4, 3), CLASSES)
    assert all(torch.equal(each, before[name]) for name, each in module.state_dict().items())
    assert all(each.grad is None for each in module.parameters())


@pytest.mark.parametrize(("module", "loss", "x", "y", "says"), [
    (3, nn.MSELoss(), torch.zeros(2, 3), UNIT[:2], "expected a torch.nn.Module"),
    (head(), "mse", torch.zeros(2, 3), UNIT[:2], "expected one of PyTorch"),
    (head(), nn.MSELoss(), "x", UNIT[:2], "expected a tensor"),
    (head(), nn.MSELoss(), torch.zeros(2, 3), "y", "y: expected"),
    (head(), nn.MSELoss(), torch.zeros(2, 4), UNIT[:2], "the module raised RuntimeError"),
    (head(), nn.CrossEntropyLoss(), torch.zeros(2, 3), torch.tensor([5, 1]), "the loss raised IndexError"),
    (head(), nn.BCELoss(), torch.randn(4, 3), UNIT, "the loss raised RuntimeError"),
    (head(), nn.MSELoss(reduction="none"), torch.zeros(4, 3), UNIT, "expected one number"),
    (nn.LSTM(3, 2), nn.MSELoss(), torch.zeros(4, 2, 3), UNIT, "returned tuple"),
    (head(), nn.MSELoss, torch.zeros(4, 3), UNIT, r"such as nn.MSELoss\(\)"),
    (Own(lambda m, x: fail_backward(m.fc3(m.fc2(m.fc1(x))))), nn.MSELoss(), torch.zeros(4, 3), UNIT,
     "the backward pass raised"),
])  # fmt: skip
def test_what_cannot_be_checked_is_one_message(module, loss, x, y, says):
    with pytest.raises(BackproofError, match=says):
        check(module, loss, x, y)

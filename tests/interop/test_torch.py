"""Modules of PyTorch as networks: the same outputs, cost and gradients as autograd's, under the module's own names."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
torch_modules = pytest.importorskip("torch_modules")

from torch import nn  # noqa: E402

from backproof.errors import BackproofError, ModuleError, NameUnknown, OptionError  # noqa: E402
from backproof.interop.torch.losses import read_loss  # noqa: E402
from backproof.network import Network  # noqa: E402
from backproof.torch import explain, from_torch  # noqa: E402


@pytest.fixture(autouse=True)
def _double():
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def compare(module, x, y, loss):
    """Outputs, cost and every gradient of a module, against those of its network; the trace."""
    network = from_torch(module, x, cost=loss)
    judged, outputs = read_loss(loss), module(x)
    shape = tuple(outputs.shape[1:]) or (1,)
    trace = network.trace(x.numpy(), judged.encode(y, shape).numpy())
    expected = outputs.detach().numpy().reshape(len(x), -1)
    assert np.allclose(network.architecture.collect_outputs(trace.forward.a), expected, rtol=1e-10, atol=1e-12)
    module.zero_grad()
    found = loss(outputs, y)
    found.backward()
    assert trace["E"] == pytest.approx(found.item(), rel=1e-10)
    for name, parameter in module.named_parameters():
        right = np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.numpy()
        assert network.parameters[name].shape == (tuple(parameter.shape) or (1,))
        mine = trace.gradients[name].reshape(right.shape)
        assert np.allclose(mine, right, rtol=1e-10, atol=1e-10 * max(1.0, np.abs(right).max())), name
    return trace


@pytest.mark.parametrize("name", torch_modules.MODULES)
def test_a_module_gives_the_numbers_that_autograd_gives(name):
    make, shape = torch_modules.MODULES[name]
    module, x = make(), torch.randn(4, *shape)
    trace = compare(module, x, torch.randn_like(module(x)), nn.MSELoss())
    for parameter, array in module.named_parameters():
        if parameter.endswith("weight") and array.numel() > 1:
            entry = f"dE/d{trace.network.architecture.name_at(parameter, 1)}"
            derivation = trace.explain(entry)
            assert derivation.value == pytest.approx(derivation.estimate, rel=1e-4, abs=1e-7)
            assert derivation.name == entry


@pytest.mark.parametrize("name", torch_modules.READERS)
def test_a_module_that_reads_tokens_gives_the_numbers_that_autograd_gives(name):
    make, tokens = torch_modules.READERS[name]
    module, x = make(), torch.randint(0, 6, (3, tokens))
    x[0, 1] = x[0, 0]  # one token twice
    trace = compare(module, x, torch.randn_like(module(x)), nn.MSELoss())
    parameter = next(name for name in module.state_dict() if name.endswith(("embedding.weight", "wte.weight")))
    derivation = trace.explain(f"dE/d{parameter}[{int(x[0, 0])},1]")
    assert derivation.value == pytest.approx(derivation.estimate, rel=1e-4, abs=1e-7)


LOSSES = {
    "mean squares": (nn.MSELoss(), None), "squares": (nn.MSELoss(reduction="sum"), None),
    "absolute": (nn.L1Loss(reduction="sum"), None), "classes": (nn.CrossEntropyLoss(), "classes"),
    "classes, summed": (nn.CrossEntropyLoss(reduction="sum"), "classes"),
    "smoothed": (nn.CrossEntropyLoss(label_smoothing=0.1), "classes"), "shares": (nn.CrossEntropyLoss(), "shares"),
    "logits": (nn.BCEWithLogitsLoss(), "unit"), "logits, summed": (nn.BCEWithLogitsLoss(reduction="sum"), "unit"),
    "huber": (nn.HuberLoss(reduction="sum", delta=0.5), None), "smooth": (nn.SmoothL1Loss(), None),
    "mean absolute": (nn.L1Loss(), None), "mean huber": (nn.HuberLoss(delta=0.5), None),
    "weighted classes": (nn.CrossEntropyLoss(torch.tensor([0.5, 2.0]).double(), reduction="sum"), "classes"),
    "a weight of the yes": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0).double()), "unit"),
    "likelihoods": (nn.NLLLoss(), "classes"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_gives_the_same_cost_and_gradients(name):
    (loss, targets), module, x = LOSSES[name], torch_modules.mlp(), torch.randn(5, 3)
    y = {"classes": torch.tensor([0, 1, 1, 0, 1]), "shares": torch.rand(5, 2).softmax(1), "unit": torch.rand(5, 2)}
    compare(module, x, y.get(targets, torch.randn(5, 2)), loss)


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_random_dense_modules_agree(data):
    torch.set_default_dtype(torch.float64)
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    kinds = [nn.ReLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.SELU, nn.GELU, nn.SiLU, nn.Softplus, nn.LeakyReLU, nn.Identity]
    parts = []
    for before, after in pairwise(sizes):
        parts += [nn.Linear(before, after, bias=data.draw(st.booleans())), data.draw(st.sampled_from(kinds))()]
    torch.manual_seed(data.draw(st.integers(0, 99)))
    samples = data.draw(st.integers(1, 4))
    compare(nn.Sequential(*parts), torch.randn(samples, sizes[0]), torch.randn(samples, sizes[-1]), nn.MSELoss())


@given(st.data())
@settings(max_examples=10, deadline=None)
def test_random_convolutions_agree(data):
    torch.set_default_dtype(torch.float64)
    small = st.integers(1, 3)
    channels = data.draw(st.lists(small, min_size=2, max_size=3))
    parts = []
    for before, after in pairwise(channels):
        kernel, stride, padding = data.draw(st.tuples(small, small)), data.draw(small), data.draw(st.integers(0, 2))
        parts += [nn.Conv2d(before, after, kernel, stride, padding, bias=data.draw(st.booleans())), nn.Tanh()]
        parts += [nn.BatchNorm2d(after)] if data.draw(st.booleans()) else []
    torch.manual_seed(data.draw(st.integers(0, 99)))
    module, x = nn.Sequential(*parts, nn.Flatten()), torch.randn(3, channels[0], 7, 8)
    try:
        outputs = module(x)
    except (RuntimeError, ValueError):
        return  # a kernel larger than what is left of the picture
    compare(module, x, torch.randn_like(outputs), nn.MSELoss())


def test_the_mode_of_the_module_counts():
    module = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5), nn.Linear(4, 1)).eval()
    compare(module, torch.randn(4, 3), torch.randn(4, 1), nn.MSELoss())


@pytest.mark.parametrize("name", ["resnet", "vgg", "norms"])
def test_running_statistics_are_those_of_the_module_in_evaluation_mode(name):
    make, shape = torch_modules.MODULES[name]
    module = make()
    for _ in range(3):
        module(torch.randn(4, *shape) + 1)
    module, x = module.eval(), torch.randn(4, *shape)
    compare(module, x, torch.randn_like(module(x)), nn.MSELoss())


@pytest.mark.parametrize("name", [*torch_modules.MODULES, *torch_modules.READERS])
def test_the_network_takes_another_number_of_samples_than_the_example(name):
    make, shape = (torch_modules.MODULES | torch_modules.READERS)[name]
    module = make().eval()
    draw = lambda count: torch.randn(count, *shape) if isinstance(shape, tuple) else torch.randint(0, 6, (count, shape))  # noqa: E731
    network = from_torch(module, draw(1), cost="squared_error")
    for count in (1, 5):
        x = draw(count)
        expected = module(x).detach().numpy().reshape(count, -1)
        assert np.allclose(network.predict(x.numpy()), expected, rtol=1e-10, atol=1e-12)


def test_a_tied_parameter_stands_once_and_its_gradient_is_the_sum_over_its_uses():
    network = from_torch(torch_modules.Tied(), torch.zeros(2, 4), cost="squared_error")
    assert list(network.parameters) == ["encode.weight", "encode.bias", "again.bias", "back"]
    layers = {use.layer for use in network.architecture.uses("encode.weight[0,1]")}
    assert len(layers) == 3


def test_what_requires_no_gradient_is_not_trained():
    module = torch_modules.Residual()
    module.fc1.weight.requires_grad_(False)
    network = from_torch(module, torch.zeros(1, 4), cost="squared_error")
    trained = {name: network.parameter(f"{name}[{','.join('0' * array.ndim)}]").trained
               for name, array in network.parameters.items()}  # fmt: skip
    assert {name for name, each in trained.items() if not each} == {"fc1.weight", "spread", "fixed"}


def test_a_network_of_a_module_is_saved_and_trained(tmp_path):
    network = from_torch(torch_modules.cnn(), torch.zeros(1, 2, 4, 5), cost=nn.CrossEntropyLoss())
    network.save(tmp_path / "n.safetensors")
    assert Network.load(tmp_path / "n.safetensors").architecture == network.architecture
    x, y = np.random.default_rng(0).normal(size=(6, 2, 4, 5)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    history = network.fit(x, y, epochs=2, learning_rate=0.1)
    assert history.network.trace(x, y)["E"] < network.trace(x, y)["E"]


def test_an_example_of_one_sample_in_another_type_is_taken():
    module = nn.Linear(3, 2).float()
    network = from_torch(module, [[1, 2, 3]], cost="squared_error")
    assert np.allclose(network.predict([1, 2, 3]), module(torch.tensor([[1.0, 2, 3]]).float()).detach(), atol=1e-6)
    assert list(network.parameters) == ["weight", "bias"]


class Returns(nn.Module):
    """A module whose forward is a function of its own."""

    def __init__(self, function):
        super().__init__()
        self.inner = nn.Module()
        self.fc, self.function = nn.Linear(4, 4), function

    def forward(self, x):
        return self.function(self, x)


def _branch(module, x):
    return module.fc(x) if x.sum() > 0 else x


def _loop(module, x):
    while x.norm() > 1:
        x = x / 2
    return x


def _frozen(module, x):
    with torch.no_grad():
        h = module.fc(x)
    return module.fc(h)


def _overwrite(module, x):
    h = module.fc(x)
    torch.relu_(h.view(-1, 2, 2))
    return h


REFUSED = {
    "an unknown operation": (lambda m, x: m.fc(x).topk(2)[0], r"aten.topk.default is not known; write that place"),
    "another one": (lambda m, x: torch.fft.rfft(m.fc(x)).real, "is not known"),
    "a branch on data": (_branch, "control flow depends on its data"),
    "a loop on data": (_loop, "control flow depends on its data"),
    "a number of data": (lambda m, x: m.fc(x) * x.sum().item(), "control flow depends on its data"),
    "a detach": (lambda m, x: m.fc(m.fc(x).detach()), "no gradient passes a detach"),
    "no_grad": (_frozen, r"no gradient passes torch.no_grad\(\)"),
    "several outputs": (lambda m, x: (m.fc(x), x), "returns 2 tensors, expected one"),
    "samples mixed by a softmax": (lambda m, x: m.fc(x).softmax(0), "axis 0 holds the samples"),
    "samples mixed by a mean": (lambda m, x: m.fc(x) - m.fc(x).mean(0), "axis 0 holds the samples"),
    "samples mixed by a view": (lambda m, x: m.fc(x).reshape(2, 6), "what is one sample cannot be told"),
    "samples last": (lambda m, x: m.fc(x).t(), "first axis of the output must be the samples"),
    "a parameter changed": (lambda m, x: x @ torch.exp(m.fc.weight), "changes the parameter fc.weight before"),
    "a constant output": (lambda m, x: torch.ones(3, 4), "does not depend on the inputs"),
    "shapes that do not fit": (lambda m, x: m.fc(x[:, :3]), "torch.export found no graph"),
    "a view that is written over": (_overwrite, "seen in two shapes"),
    "a row for each sample": (lambda m, x: m.fc(x) + torch.randn(3, 4), "does not stand beside every sample alike"),
    "a power": (lambda m, x: m.fc(x) ** 3, "the power 3 is not known"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_said_in_one_message(name):
    function, says = REFUSED[name]
    with pytest.raises(ModuleError, match=says) as caught:
        from_torch(Returns(function), torch.randn(3, 4), cost="squared_error")
    assert "\n" not in str(caught.value)


def test_an_unknown_operation_is_named_with_its_place():
    module = nn.Sequential(nn.Linear(4, 4), nn.Sequential(Returns(lambda m, x: m.fc(x).topk(2)[0])))
    with pytest.raises(ModuleError, match=r"^1\.0: aten\.topk\.default is not known") as caught:
        from_torch(module, torch.randn(2, 4), cost="squared_error")
    assert caught.value.place == "1.0"


@pytest.mark.parametrize(("example", "says"), [
    ((torch.zeros(2, 3), torch.zeros(2, 3)), "a network has one input"), ({"x": 1}, "a network has one input"),
    ([torch.zeros(2), torch.zeros(2)], "a network has one input"), ("abc", "expected a tensor"),
    (torch.zeros(()), "at least one sample"), (torch.zeros(0, 3), "at least one sample"), (None, "expected a tensor"),
])  # fmt: skip
def test_an_example_that_is_no_batch_is_refused(example, says):
    with pytest.raises(ModuleError, match=says):
        from_torch(nn.Linear(3, 2), example, cost="squared_error")


@pytest.mark.parametrize("module", [None, "x", nn.Linear, lambda x: x])
def test_what_is_no_module_is_refused(module):
    with pytest.raises(ModuleError, match=r"expected a torch\.nn\.Module"):
        from_torch(module, torch.zeros(2, 3), cost="squared_error")


def test_parameters_that_have_no_numbers_are_refused():
    with torch.device("meta"):
        module = nn.Linear(3, 2)
    with pytest.raises(BackproofError, match="meta"):
        from_torch(module, torch.zeros(2, 3), cost="squared_error")
    broken = nn.Linear(3, 2)
    broken.weight.data[0, 1] = float("nan")
    with pytest.raises(BackproofError, match="weight: not a finite number"):
        from_torch(broken, torch.zeros(2, 3), cost="squared_error")


@pytest.mark.parametrize(("loss", "error", "says"), [
    (nn.CTCLoss(), OptionError, "the loss CTCLoss is not known"),
    (nn.MSELoss(reduction="none"), OptionError, "gives no single number"),
    (nn.CrossEntropyLoss(weight=torch.ones(2)), OptionError, "with weight divides by the weights"),
    (nn.CrossEntropyLoss(ignore_index=1), OptionError, "with ignore_index is not known"),
    ("nothing", NameUnknown, "unknown cost 'nothing'"), (3, OptionError, "expected a name"),
])  # fmt: skip
def test_a_loss_that_has_no_cost_is_refused(loss, error, says):
    with pytest.raises(error, match=says):
        from_torch(nn.Linear(3, 2), torch.zeros(2, 3), cost=loss)


def test_a_recurrence_that_takes_samples_for_steps_is_refused():
    with pytest.raises(ModuleError, match="is taken for the steps"):
        from_torch(nn.LSTM(4, 2), torch.randn(3, 4), cost="half_squared_error")


def test_a_module_on_data_writes_no_log(capfd):
    with pytest.raises(ModuleError, match="control flow"):
        from_torch(Returns(_branch), torch.randn(3, 4), cost="half_squared_error")
    assert capfd.readouterr().err == ""


def test_one_number_is_explained_from_inputs_of_few_bits():
    module = nn.Linear(2, 1).bfloat16()
    found = explain(module, nn.MSELoss(), torch.ones(2, 2).bfloat16(), torch.zeros(2, 1), "weight[0,0]")
    assert np.isfinite(found.value)


def test_without_pytorch_the_message_says_how_to_install_it(tmp_path):
    code = "import sys; sys.modules['torch'] = None\ntry: import backproof.torch\nexcept ImportError as e: print(e)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert ran.stdout == "backproof.torch needs PyTorch, which is not installed: pip install 'backproof[torch]'.\n"


def test_one_number_is_explained_in_one_call():
    module, x, y = torch_modules.cnn(), torch.randn(3, 2, 4, 5), torch.tensor([0, 2, 1])
    derivation = explain(module, nn.CrossEntropyLoss(), x, y, "0.weight[0,1,1,2]")
    module.zero_grad()
    nn.CrossEntropyLoss()(module(x), y).backward()
    assert derivation.name == "dE/d0.weight[0,1,1,2]"
    assert derivation.value == pytest.approx(module[0].weight.grad[0, 1, 1, 2].item(), rel=1e-10)
    assert derivation.value == pytest.approx(derivation.estimate, rel=1e-5)
    assert explain(nn.Linear(2, 1), "half_squared_error", [[1, 2]], [[3]], " bias[0]").name == "dE/dbias[0]"


@pytest.mark.parametrize(("name", "says"), [
    ("0.wieght[0,0]", "0.wieght"), ("0.weight[9,9]", "0.weight"), (3, "a string"), ("", "not the name of a number"),
])  # fmt: skip
def test_a_number_that_does_not_exist_is_told(name, says):
    module = nn.Sequential(nn.Linear(2, 2))
    with pytest.raises(NameUnknown, match=says):
        explain(module, nn.MSELoss(), torch.zeros(1, 2), torch.zeros(1, 2), name)


@pytest.mark.parametrize(("loss", "y", "says"), [
    (nn.CrossEntropyLoss(), torch.tensor([5]), "number of a class from 0 to 1"),
    (nn.CrossEntropyLoss(), torch.tensor([[1]]), "number of a class from 0 to 1"),
    (nn.MSELoss(), torch.zeros(1, 3), r"targets have shape \(1, 3\)"),
    (nn.MSELoss(), torch.zeros(2, 2), "samples|1 inputs"),
    (nn.MSELoss(), "abc", "y: expected numbers"), (nn.MSELoss(), None, "y: expected numbers"),
])  # fmt: skip
def test_targets_that_do_not_fit_are_told(loss, y, says):
    with pytest.raises(BackproofError, match=says):
        explain(nn.Linear(2, 2), loss, torch.zeros(1, 2), y, "bias[0]")

"""Files that PyTorch's own exporters write are read: names, shapes and every number."""

import logging
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

from torch import nn  # noqa: E402

import backproof.onnx  # noqa: E402


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norm, self.pool, self.fc = nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.Linear(64, 3)

    def forward(self, x):
        a = torch.relu(self.norm(self.conv1(x)))
        return self.fc(torch.flatten(self.pool(torch.relu(a + self.conv2(a))), 1))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(6, 6), nn.Linear(6, 6, bias=False), nn.Linear(6, 6)
        self.norm, self.out = nn.LayerNorm(6), nn.Linear(6, 2)

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-1, -2) / 6**0.5
        hidden = torch.ones(5, 5, dtype=torch.bool).triu(1)
        weights = torch.softmax(scores.masked_fill(hidden, -torch.inf), -1)
        return self.out(self.norm(x + weights @ self.v(x)).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.i, self.h, self.o = nn.Linear(3, 4), nn.Linear(4, 4, bias=False), nn.Linear(4, 1)

    def forward(self, x):
        h = torch.zeros(x.shape[0], 4)
        for step in range(3):
            h = torch.tanh(self.i(x[:, step]) + self.h(h))
        return self.o(h)


class Sequences(nn.Module):
    """Two layers of a recurrent module of PyTorch's own, and what is made of its states."""

    def __init__(self, kind, take, **options):
        super().__init__()
        self.cells, self.take = kind(3, 4, batch_first=True, **options), take
        self.out = nn.Linear(8 if options.get("bidirectional") else 4, 2)

    def forward(self, x):
        return self.out(self.take(*self.cells(x)))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.out = nn.Embedding(10, 4), nn.Linear(12, 2)

    def forward(self, x):
        return self.out(self.words(x).reshape(x.shape[0], -1))


MODULES = {
    "perceptron": (lambda: nn.Sequential(nn.Linear(3, 8), nn.GELU(), nn.Linear(8, 6), nn.SiLU(), nn.Linear(6, 4),
                                         nn.Hardswish(), nn.Linear(4, 2), nn.Softmax(-1)), (3,)),
    "norms": (lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.ELU(), nn.ConvTranspose2d(4, 1, 2, 2),
                                    nn.AvgPool2d(2), nn.Upsample(scale_factor=2), nn.PReLU(1), nn.Mish()), (1, 5, 5)),
    "residual": (Residual, (1, 8, 8)),
    "attention": (Attention, (5, 6)),
    "recurrent": (Recurrent, (3, 3)),
    "words": (Words, (3,)),
    "lstm": (lambda: Sequences(nn.LSTM, lambda y, _: y), (5, 3)),
    "lstm, both ways": (lambda: Sequences(nn.LSTM, lambda y, _: y, bidirectional=True), (5, 3)),
    "lstm, two layers": (lambda: Sequences(nn.LSTM, lambda y, _: y[:, -1], num_layers=2, bidirectional=True), (5, 3)),
    "gru": (lambda: Sequences(nn.GRU, lambda y, _: y[:, -1]), (5, 3)),
    "gru, its last states": (lambda: Sequences(nn.GRU, lambda _, h: torch.cat([h[-2], h[-1]], 1), bidirectional=True),
                             (5, 3)),
    "lstm, its last state": (lambda: Sequences(nn.LSTM, lambda _, h: h[0][-1]), (5, 3)),
}  # fmt: skip


def export(module, x, path, dynamo):
    """Export with any number of samples; what the exporter has to say is of no interest here."""
    free = {"dynamic_shapes": ({0: torch.export.Dim("samples")},)} if dynamo else {
        "dynamic_axes": {"x": {0: "samples"}}, "input_names": ["x"]}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            torch.onnx.export(module, (x,), path, dynamo=dynamo, opset_version=20, verbose=False, **free)
        finally:
            logging.disable(logging.NOTSET)


@pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "script"])
@pytest.mark.parametrize("name", MODULES)
def test_what_pytorch_exports_is_read_and_computes_the_same(tmp_path, capsys, name, dynamo):
    torch.manual_seed(0)
    make, shape = MODULES[name]
    module = make().eval()
    x = torch.randint(0, 10, (4, *shape)) if name == "words" else torch.randn(4, *shape)
    export(module, x, tmp_path / "a.onnx", dynamo)
    network = backproof.onnx.load(tmp_path / "a.onnx")
    expected = module(x).detach().numpy().reshape(4, -1)
    np.testing.assert_allclose(network.predict(x.numpy()), expected, atol=1e-6)


def test_names_and_shapes_of_parameters_are_the_modules(tmp_path, capsys):
    module = MODULES["perceptron"][0]().eval()
    export(module, torch.randn(4, 3), tmp_path / "a.onnx", True)
    network = backproof.onnx.load(tmp_path / "a.onnx")
    theirs = {name: tuple(each.shape) for name, each in module.named_parameters()}
    assert {name: array.shape for name, array in network.parameters.items()} == theirs
    names = [layer.activation.name for layer in network.architecture.layers[1:]]
    assert names[:2] == ["gelu", "silu"]
    assert names[3] == "softmax"
    network.trace(np.ones((1, 3)), np.ones((1, 2))).explain("dE/d0.weight[0,1]")

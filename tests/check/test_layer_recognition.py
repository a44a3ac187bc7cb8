"""The layers that outputs are recognised as have PyTorch's gradients, with every option of theirs."""

import numpy as np
import pytest

from backproof import check_layer
from backproof.checking.code.recognise import recognise_layer

torch = pytest.importorskip("torch")
functional = torch.nn.functional


def draw_convolution(rng):
    groups, size = int(rng.integers(1, 3)), int(rng.integers(2, 4))
    options = {"stride": int(rng.integers(1, 3)), "padding": int(rng.integers(0, 2)),
               "dilation": int(rng.integers(1, 3)), "groups": groups}  # fmt: skip
    arrays = {"w": rng.normal(size=(2 * groups, 2, size, size)), "b": rng.normal(size=2 * groups)}
    return rng.normal(size=(2, 2 * groups, 7, 8)), arrays, lambda x, w, b: functional.conv2d(x, w, b, **options)


def draw_pooling(rng):
    size, pool = int(rng.integers(2, 4)), [functional.max_pool2d, functional.avg_pool2d][rng.integers(2)]
    stride, padding = int(rng.integers(1, size + 1)), int(rng.integers(0, 2))
    return rng.normal(size=(2, 2, 6, 7)), {}, lambda x: pool(x, size, stride, padding)


def draw_group_norm(rng):
    groups = int(rng.integers(1, 4))
    arrays = {"gamma": rng.normal(size=2 * groups), "beta": rng.normal(size=2 * groups)}
    return rng.normal(size=(2, 2 * groups, 3, 2)), arrays, lambda x, w, b: functional.group_norm(x, groups, w, b)


def draw_lstm(rng):
    """Four weights of each sort, all of one sort after the other or all of one gate after the other."""
    units, size = 3, int(rng.integers(2, 4))
    by_gate = bool(rng.integers(2))
    order = "ifgo" if rng.random() < 0.5 else "fiog"
    shapes = {"W": (size, units), "U": (units, units), "b": (units,)}
    names = [f"{sort}{gate}" for gate in order for sort in shapes] if by_gate else [
        f"{sort}{gate}" for sort in shapes for gate in order]  # fmt: skip
    arrays = {"h0": rng.normal(size=(2, units)), **{name: rng.normal(size=shapes[name[0]]) for name in names}}

    def forward(x, h, *given):
        p, c, states = dict(zip(names, given, strict=True)), torch.zeros_like(h), []
        for now in x.unbind(1):
            i, f, g, o = (now @ p[f"W{gate}"] + h @ p[f"U{gate}"] + p[f"b{gate}"] for gate in "ifgo")
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states, 1)

    return rng.normal(size=(2, 3, size)), arrays, forward


def draw_attention(rng):
    heads, size, causal = int(rng.integers(1, 3)), 4, bool(rng.integers(2))
    arrays = {f"W{part}": rng.normal(size=(size, size)) for part in "qkvo"}
    arrays |= {f"b{part}": rng.normal(size=size) for part in "qkvo"}

    def forward(x, wq, wk, wv, wo, bq, bk, bv, bo):
        q, k, v = ((x @ w + b).reshape(2, -1, heads, size // heads).transpose(1, 2)
                   for w, b in ((wq, bq), (wk, bk), (wv, bv)))  # fmt: skip
        made = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return made.transpose(1, 2).reshape(2, -1, size) @ wo + bo

    return rng.normal(size=(2, 3, size)), arrays, forward


DRAWS = {"conv2d": draw_convolution, "pooling": draw_pooling, "norm": draw_group_norm, "LSTM": draw_lstm,
         "attention": draw_attention}  # fmt: skip


def differentiate(forward, x, arrays, upstream):
    given = [torch.tensor(each, requires_grad=True) for each in (x, *arrays.values())]
    forward(*given).backward(torch.tensor(upstream))
    return dict(zip(("x", *arrays), (each.grad.numpy() for each in given), strict=True))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("what", DRAWS)
def test_a_recognised_layer_has_the_gradients_of_pytorch(what, seed):
    rng = np.random.default_rng([seed, len(what)])
    x, arrays, forward = DRAWS[what](rng)
    outputs = forward(*(torch.tensor(each) for each in (x, *arrays.values()))).numpy()
    tape = recognise_layer(x, arrays, [outputs])
    assert tape is not None
    assert what in tape.kind
    upstream = rng.normal(size=outputs.shape)
    truth = differentiate(forward, x, arrays, upstream)
    for name, array in tape.backward([upstream]).items():
        np.testing.assert_allclose(array, truth[name], rtol=1e-9, atol=1e-11, err_msg=name)


@pytest.mark.parametrize(
    ("what", "name", "change", "id"),
    [
        ("conv2d", "w", lambda g: g[..., ::-1, ::-1], "kernel_flipped"),
        ("conv2d", "b", lambda g: g / 2, "bias_gradient_wrong"),
        ("norm", "beta", lambda g: g / 2, "bias_gradient_wrong"),
        ("LSTM", "Uf", lambda g: g.T, "transposed_weights"),
        ("LSTM", "bo", lambda g: g / 2, "bias_gradient_wrong"),
        ("attention", "bv", lambda g: g / 2, "bias_gradient_wrong"),
        ("attention", "Wq", lambda g: 0.5 * g, "mean_vs_sum"),
    ],
)
def test_a_slip_in_a_layer_with_such_options_is_named(what, name, change, id):
    x, arrays, forward = DRAWS[what](np.random.default_rng(7))

    def run(*given):
        return forward(*(torch.tensor(each) for each in given)).numpy(), given

    def backward(upstream, given):
        made = differentiate(forward, given[0], dict(zip(arrays, given[1:], strict=True)), upstream)
        return tuple(change(each) if key == name else each for key, each in made.items())

    report = check_layer((run, backward), x, parameters=arrays)
    assert not report.right
    assert what in report.layer
    assert report.mistakes[0].id == id, report.mistakes
    assert report.mistakes[0].explains == (name,)

"""The slips that people make with layers on paper: planted by arithmetic of our own, named in a claim."""

import time
from typing import ClassVar

import numpy as np
import pytest

import backproof
from backproof import examples, worksheet


def check(text, of, number, sample=None, step=""):
    """The report on one claim, printed with four significant digits."""
    digits = f"{number:#.4g}" if abs(number) >= 1e-4 else f"{number:.8f}"
    chosen = f"sample = {sample}\n" if sample else ""
    claim = f'\n[[claims]]\nof = "{of}"\nvalue = "{digits}"\n{chosen}'
    return backproof.check(worksheet.loads(text + claim)).claims[0]


def assert_named(text, of, sample, right, wrong, id):
    """The right number is right, the wrong one is wrong by that mistake: first, or beside others of the same number."""
    assert check(text, of, right, sample).verdict == "right"
    claim = check(text, of, wrong, sample)
    assert claim.verdict == "wrong", (of, right, wrong)
    assert id in [each.id for each in claim.mistakes[:3]], [(each.id, each.says) for each in claim.mistakes]


def sigmoid(h):
    return 1 / (1 + np.exp(-h))


# A convolution: of the shipped picture, and one with stride 2, padding 1 and a kernel that is symmetric in nothing.

CONV = """
title = "A convolution with stride and padding"
[network]
inputs = [1, 4, 4]
cost = "half_squared_error"
layers = [
  {name = "c", kind = "conv2d", channels = 1, kernel = 3, stride = 2, padding = 1, activation = "tanh"},
  {name = "f", kind = "flatten"},
  {name = "o", kind = "dense", units = 1},
]
[network.parameters]
"c.weight" = [[[[0.3, -0.2, 0.5], [0.7, 0.1, -0.4], [-0.6, 0.2, 0.9]]]]
"c.bias" = [0.1]
"o.weight" = [[0.8], [-0.5], [0.3], [1.1]]
"o.bias" = [-0.4]
[data]
inputs = [[[[0.2, 0.5, -0.3, 0.8], [0.9, -0.7, 0.4, 0.1], [-0.2, 0.6, 0.35, -0.5], [0.45, 0.15, -0.85, 0.75]]]]
targets = [[1]]
"""


def run_conv():
    """h, the errors of c, the picture, the kernel, all worked out place by place."""
    x = np.array([[0.2, 0.5, -0.3, 0.8], [0.9, -0.7, 0.4, 0.1], [-0.2, 0.6, 0.35, -0.5], [0.45, 0.15, -0.85, 0.75]])
    k = np.array([[0.3, -0.2, 0.5], [0.7, 0.1, -0.4], [-0.6, 0.2, 0.9]])
    h = np.array([[gather(x, k, i, j) for j in range(2)] for i in range(2)]) + 0.1
    v = np.array([[0.8, -0.5], [0.3, 1.1]])
    return h, ((np.tanh(h) * v).sum() - 0.4 - 1) * v * (1 - np.tanh(h) ** 2), x, k


def at(picture, i, j):
    return picture[i, j] if 0 <= i < len(picture) and 0 <= j < len(picture) else 0.0


def gather(x, k, i, j, stride=2, padding=1):
    return sum(k[u, v] * at(x, i * stride + u - padding, j * stride + v - padding) for u in range(3) for v in range(3))


def send_back(delta, k, row, column, stride=2, padding=1):
    found = 0.0
    for (i, j), error in np.ndenumerate(delta):
        found += error * at(k, row - i * stride + padding, column - j * stride + padding)
    return found


def differentiate(delta, x, u, v, stride=2, padding=1):
    return sum(
        error * at(x, i * stride + u - padding, j * stride + v - padding) for (i, j), error in np.ndenumerate(delta)
    )


@pytest.mark.parametrize(
    ("id", "turn"),
    [
        ("kernel_flipped", lambda k: k[::-1, ::-1]),
        ("transposed_weights", lambda k: k.T),
    ],
)
def test_a_kernel_that_is_turned_is_named(id, turn):
    h, delta, x, k = run_conv()
    for row, column in ((1, 1), (3, 1), (1, 3)):
        right, wrong = send_back(delta, k, row, column), send_back(delta, turn(k), row, column)
        assert_named(CONV, f"dE/da[x[0,{row},{column}]]", None, right, wrong, id)
    assert_named(CONV, "h[c[0,1,1]]", None, h[1, 1], gather(x, turn(k), 1, 1) + 0.1, id)
    gradient = np.array([[differentiate(delta, x, u, v) for v in range(3)] for u in range(3)])
    assert_named(CONV, "dE/dc.weight[0,0,0,1]", None, gradient[0, 1], turn(gradient)[0, 1], id)


@pytest.mark.parametrize(("id", "moved"), [("stride_forgotten", {"stride": 1}), ("padding_forgotten", {"padding": 0})])
def test_windows_at_the_wrong_places_are_named(id, moved):
    h, delta, x, k = run_conv()
    for row, column in ((1, 1), (2, 1)):
        right, wrong = send_back(delta, k, row, column), send_back(delta, k, row, column, **moved)
        assert_named(CONV, f"dE/da[x[0,{row},{column}]]", None, right, wrong, id)
    assert_named(CONV, "h[c[0,1,1]]", None, h[1, 1], gather(x, k, 1, 1, **moved) + 0.1, id)
    for u, v in ((0, 1), (1, 1), (2, 0)):
        right, wrong = differentiate(delta, x, u, v), differentiate(delta, x, u, v, **moved)
        assert_named(CONV, f"dE/dc.weight[0,0,{u},{v}]", None, right, wrong, id)


def test_places_of_a_kernel_are_added_up():
    h, delta, x, k = run_conv()
    right = send_back(delta, k, 1, 1)
    assert_named(CONV, "dE/da[x[0,1,1]]", None, right, right - delta[0, 0] * k[2, 2], "hidden_contribution_missing")
    assert_named(CONV, "dE/da[x[0,1,1]]", None, right, delta[1, 1] * k[0, 0], "repeated_index_once")
    right = differentiate(delta, x, 1, 1)
    assert_named(CONV, "dE/dc.weight[0,0,1,1]", None, right, right - delta[0, 1] * x[0, 2], "shared_use_omitted")
    assert_named(CONV, "dE/dc.weight[0,0,1,1]", None, right, right / 4, "mean_vs_sum")
    assert_named(CONV, "dE/dc.bias[0]", None, delta.sum(), delta.mean(), "bias_gradient_wrong")
    assert_named(CONV, "h[c[0,1,1]]", None, h[1, 1], h[1, 1] - k[2, 0] * x[3, 1], "bias_omitted")


def run_shipped_conv():
    """The errors of c in the first picture of the shipped example, and its picture."""
    k = np.array([[-0.5, 0.0, 0.5]] * 3)
    x = np.zeros((5, 5))
    x[:, 2] = [0.5, 1, 1, 1, 0.5]
    h = np.array([[gather(x, k, i, j, 1, 0) for j in range(3)] for i in range(3)]) + 0.1
    c = np.maximum(h, 0)
    error = (sigmoid(0.8 * c.max() - 0.4) - 1) / 2 * 0.8  # dE/dh of the maximum, of two samples the mean
    return c, error, x, k


def test_the_maximum_of_the_shipped_picture_passes_its_error_to_one_place():
    text = examples.text("conv")
    c, error, *_ = run_shipped_conv()
    assert np.unravel_index(c.argmax(), c.shape) == (1, 0)
    assert check(text, "dE/da[c[0,1,0]]", error, 1).verdict == "right"
    for place in ("0,2,0", "0,0,1"):
        for wrong in (error, error / 9):
            claim = check(text, f"dE/da[c[{place}]]", wrong, 1)
            assert claim.verdict == "wrong"
            assert "mask_omitted" in [each.id for each in claim.mistakes[:3]]
    assert_named(text, "dE/da[c[0,1,0]]", 1, error, error / 9, "mask_omitted")


def test_a_slip_in_the_shipped_picture_is_named_behind_the_error_too():
    text = examples.text("conv")
    c, error, x, k = run_shipped_conv()
    right = error * k[1 - 1 + 1, 2]  # x[1,2] lies at place (0, 2) of the window at (1, 0); k[0,2] = k[1,2]
    assert_named(text, "dE/da[x[0,1,2]]", 1, right, error * k[2, 0], "kernel_flipped")
    shared = np.full((3, 3), error / 9) * (c > 0)
    wrong = differentiate(shared, x, 1, 2, 1, 0)
    assert_named(text, "dE/dc.weight[0,0,1,2]", 1, error * x[2, 2], wrong, "mask_omitted")


# Batch normalisation: the shipped samples with a gamma that shows.

NORM = examples.text("batchnorm").replace('"n.weight" = [1.0]', '"n.weight" = [1.4]')


class Norm:
    def __init__(self):
        self.a, self.y = 0.5 * np.array([1.0, 2, 6]), np.array([0, 0.5, 1])
        self.s = np.sqrt(self.a.var() + 0.01)
        self.u = (self.a - self.a.mean()) / self.s
        self.delta = self.errors(1.4 * self.u + 0.2)

    def errors(self, h):
        out = 0.6 * np.tanh(h) + 0.1
        return (out - self.y) / 3 * 0.6 * (1 - np.tanh(h) ** 2)

    def back(self, gamma=1.4, mean=1.0, deviation=1.0):
        d, u = self.delta, self.u
        return gamma / self.s * (d - mean * d.mean() - deviation * u * (d * u).mean())


@pytest.mark.parametrize(
    ("id", "changed"),
    [
        ("statistic_taken_constant", {"mean": 0.0}),
        ("statistic_taken_constant", {"deviation": 0.0}),
        ("statistic_taken_constant", {"mean": 0.0, "deviation": 0.0}),
        ("variance_unbiased", {"deviation": 1.5}),
        ("variance_unbiased", {"mean": 1.5, "deviation": 1.5}),
        ("gain_omitted", {"gamma": 1.0}),
    ],
)
def test_a_way_through_a_batch_norm_left_out_is_named(id, changed):
    norm = Norm()
    for sample in (1, 2, 3):
        right, wrong = norm.back()[sample - 1], norm.back(**changed)[sample - 1]
        assert_named(NORM, "dE/da[l[0]]", sample, right, wrong, id)
    x = np.array([1.0, 2, 6])
    assert_named(NORM, "dE/dl.weight[0,0]", None, norm.back() @ x, norm.back(**changed) @ x, id)


def test_an_unbiased_deviation_is_named():
    norm = Norm()
    s = np.sqrt(norm.a.var(ddof=1) + 0.01)
    h = 1.4 * (norm.a - norm.a.mean()) / s + 0.2
    assert_named(NORM, "h[n[0]]", 2, 1.4 * norm.u[1] + 0.2, h[1], "variance_unbiased")
    assert_named(NORM, "h[n[0]]", 3, 1.4 * norm.u[2] + 0.2, h[2], "variance_unbiased")


def test_the_gradient_of_gamma_made_with_other_numbers_is_named():
    norm = Norm()
    right = norm.delta @ norm.u
    for instead in (norm.a, norm.a - norm.a.mean(), np.ones(3)):
        assert_named(NORM, "dE/dn.weight[0]", None, right, norm.delta @ instead, "gain_omitted")


# A recurrence: the shipped one, and one that hands on every state.


class Rnn:
    def __init__(self, every=False):
        self.x, self.h = [1, 0.5, -0.5], [0.0]
        for x in self.x:
            self.h.append(np.tanh(0.6 * x + 0.1 + 0.8 * self.h[-1]))
        self.every = every
        self.out = 1.5 * self.h[3] - 1

    def errors(self, path=True, upstream=(0.0, 0.0)):
        """delta of each step."""
        found, da = [], self.out * 1.5
        for step in (3, 2, 1):
            found.append(da * (1 - self.h[step] ** 2))
            da = (0.8 * found[-1] if path else 0.0) + (upstream[step - 2] if step > 1 else 0.0)
        return np.array(found[::-1])


def test_a_recurrence_sums_over_time():
    text, rnn = examples.text("rnn"), Rnn()
    d, before = rnn.errors(), np.array(rnn.h[:3])
    for of, terms in (
        ("dE/dr.input.weight[0,0]", d * rnn.x),
        ("dE/dr.input.bias[0]", d),
        ("dE/dr.state.weight[0,0]", d * before),
    ):
        right = terms.sum()
        assert_named(text, of, None, right, terms[2], "not_summed_over_time")
        if terms[0]:
            assert_named(text, of, None, right, terms[0], "not_summed_over_time")
            assert_named(text, of, None, right, right - terms[0], "time_step_short")
        assert_named(text, of, None, right, right - terms[2], "time_step_short")
        assert_named(text, of, None, right, right - terms[1], "shared_use_omitted")
    later = d @ np.array(rnn.h[1:])
    assert_named(text, "dE/dr.state.weight[0,0]", None, d @ before, later, "wrong_layer_activation")


def test_the_path_of_the_state_left_out_is_named():
    text, rnn = examples.text("rnn"), Rnn()
    d, alone = rnn.errors(), rnn.errors(path=False)
    assert_named(text, "dE/dr.input.weight[0,0]", None, d @ rnn.x, alone @ rnn.x, "state_path_omitted")
    every = text.replace('returns = "last"', 'returns = "all"').replace(
        '{name = "o"', '{name = "m", kind = "mean", axis = 0},\n  {name = "o"'
    )
    out = 1.5 * np.mean(rnn.h[1:]) - 1
    up = out * 1.5 / 3
    d3 = up * (1 - rnn.h[3] ** 2)
    assert_named(every, "dE/da[r.h2[0]]", None, up + 0.8 * d3, up, "state_path_omitted")
    assert_named(every, "dE/da[r.h2[0]]", None, up + 0.8 * d3, 0.8 * d3, "state_path_omitted")


class Lstm:
    """The shipped memory, forward and backward by hand; `changed` gives slips."""

    W: ClassVar = {"i": (0.5, 0.0, 0.2), "f": (-0.3, 1.0, 0.4), "g": (0.9, 0.1, -0.6), "o": (0.7, 0.2, 0.1)}

    def __init__(self, **changed):
        h, c, self.steps = 0.0, 0.0, []
        for x in (1.0, -0.5):
            n = {"x": x, "h0": h, "c0": c}
            for gate, (w, b, u) in self.W.items():
                n[gate] = (np.tanh if gate == "g" else sigmoid)(w * x + b + u * h)
            c = n["f"] * c + n["i"] * n["g"]
            n["c"], n["r"] = c, np.tanh(c)
            h = n["o"] * n["r"]
            self.steps.append(n)
        dh, dc, self.gradients = (1.2 * h - 0.5) * 1.2, 0.0, {}
        self.dh = {2: dh}
        for number, n in ((2, self.steps[1]), (1, self.steps[0])):
            dc = dc * changed.get("cell", 1) + dh * n["o"] * (1 - n["r"] ** 2) * changed.get("through", 1)
            into = {"o": dh * n["r"], "f": dc * n["c0"], "i": dc * n["g"], "g": dc * n["i"]}
            self.__dict__[f"dc{number}"], self.__dict__[f"into{number}"] = dc, into
            dh_before = 0.0
            for gate, (_, _, u) in self.W.items():
                a = n[gate]
                is_tanh = (gate == "g") != (gate in changed.get("swapped", ""))
                delta = into[gate] * (1 - a**2 if is_tanh else a * (1 - a))
                for role, factor in (("input_{}.weight[0,0]", n["x"]), ("state_{}.weight[0,0]", n["h0"])):
                    name = f"dE/dr.{role.format(gate)}"
                    self.gradients[name] = self.gradients.get(name, 0) + delta * factor
                dh_before += u * delta
            dh, dc = changed.get("hidden", 1) * dh_before, dc * n["f"]
            self.dh[number - 1] = dh


@pytest.mark.parametrize("gate", "ifgo")
def test_the_slope_of_a_gate_swapped_is_named(gate):
    right, wrong = Lstm(), Lstm(swapped=gate)
    for role in ("input", "state"):
        of = f"dE/dr.{role}_{gate}.weight[0,0]"
        assert_named(examples.text("lstm"), of, None, right.gradients[of], wrong.gradients[of], "gate_slopes_swapped")


def test_the_paths_of_a_memory_left_out_are_named():
    text, right = examples.text("lstm"), Lstm()
    assert_named(text, "dE/da[r.c1[0]]", None, right.dc1, Lstm(cell=0).dc1, "state_path_omitted")
    only_cell = right.dc2 * right.steps[1]["f"]
    assert_named(text, "dE/da[r.c1[0]]", None, right.dc1, only_cell, "state_path_omitted")
    for gate in "ifgo":
        of = f"dE/dr.input_{gate}.weight[0,0]"
        for slip in ({"hidden": 0}, {"cell": 0}):
            wrong = Lstm(**slip).gradients[of]
            if abs(wrong - right.gradients[of]) > 1e-3 * abs(wrong):
                assert_named(text, of, None, right.gradients[of], wrong, "state_path_omitted")


def test_the_factors_of_a_gate_swapped_are_named():
    right = Lstm()
    n, text = right.steps[1], examples.text("lstm")
    assert_named(text, "dE/da[r.f2[0]]", None, right.into2["f"], right.dc2 * n["f"], "weight_and_input_swapped")
    assert_named(text, "dE/da[r.f2[0]]", None, right.into2["f"], right.dc2, "path_weight_omitted")


# Attention: the shipped tokens.


class Attention:
    def __init__(self, scale=2**-0.5, scale_back=2**-0.5, diagonal=False, softmax=True, other=False):
        x = np.array([[1.0, 0], [0, 1], [1, 1]])
        self.x, self.q = x, x
        self.k, self.v = x @ [[0.5, 0.5], [-0.5, 0.5]], x @ [[1.0, 0.5], [0.0, -1.0]]
        self.scores = scale * self.q @ self.k.T
        e = np.exp(self.scores)
        self.p = e / e.sum(1, keepdims=True)
        self.context = self.p @ self.v
        o = np.array([0.7, -0.4])
        self.dcontext = np.tile((self.context.mean(0) @ o + 0.1 - 1) * o / 3, (3, 1))
        self.dv = self.p.T @ self.dcontext
        self.dp = self.dcontext @ self.v.T
        self.ds = self.p * (self.dp if diagonal else self.dp - (self.dp * self.p).sum(1, keepdims=True))
        if diagonal:
            self.ds = self.dp * self.p * (1 - self.p)
        self.dproducts = scale_back * self.ds
        self.dq, self.dk = self.dproducts @ self.k, self.dproducts.T @ self.q


ATTENTION = examples.text("attention")


def test_the_scale_of_attention_left_out_is_named():
    right, there, back = Attention(), Attention(scale=1), Attention(scale_back=1)
    id = "attention_scale_omitted"
    assert_named(ATTENTION, "h[t.scores[0,1]]", None, right.scores[0, 1], there.scores[0, 1], id)
    assert_named(ATTENTION, "a[t.scores[2,1]]", None, right.p[2, 1], there.p[2, 1], id)
    assert_named(ATTENTION, "dE/da[t.products[2,1]]", None, right.dproducts[2, 1], back.dproducts[2, 1], id)
    assert_named(ATTENTION, "dE/da[t.query[2,1]]", None, right.dq[2, 1], back.dq[2, 1], id)
    assert_named(
        ATTENTION, "dE/dt.query.weight[0,1]", None, (right.x.T @ right.dq)[0, 1], (back.x.T @ back.dq)[0, 1], id
    )
    assert_named(ATTENTION, "dE/dt.key.weight[1,0]", None, (right.x.T @ right.dk)[1, 0], (back.x.T @ back.dk)[1, 0], id)


def test_the_diagonal_of_the_softmax_of_attention_is_named():
    right, wrong = Attention(), Attention(diagonal=True)
    id = "softmax_derivative_diagonal"
    assert_named(ATTENTION, "dE/dh[t.scores[0,1]]", None, right.ds[0, 1], wrong.ds[0, 1], id)
    assert_named(ATTENTION, "dE/da[t.query[2,1]]", None, right.dq[2, 1], wrong.dq[2, 1], id)
    assert_named(
        ATTENTION, "dE/dt.query.weight[0,1]", None, (right.x.T @ right.dq)[0, 1], (wrong.x.T @ wrong.dq)[0, 1], id
    )


def test_a_value_taken_for_its_share_is_named():
    right = Attention()
    swapped = (right.dcontext[:, 1] * right.v[0, 1]).sum()
    assert_named(ATTENTION, "dE/da[t.value[0,1]]", None, right.dv[0, 1], swapped, "weight_and_input_swapped")
    bare = right.dcontext[:, 1].sum()
    assert_named(ATTENTION, "dE/da[t.value[0,1]]", None, right.dv[0, 1], bare, "path_weight_omitted")
    unshared = (right.dcontext[0] * right.p[0, 1]).sum()
    assert_named(ATTENTION, "dE/da[t.scores[0,1]]", None, right.dp[0, 1], unshared, "weight_and_input_swapped")


# A residual block, dropout and an embedding.


def run_residual(x, y):
    """dE/da of x[0] by the branch that goes on as it is, and by the two layers."""
    first, second = np.array([[0.5, -0.4], [0.3, 0.8]]), np.array([[0.2, -0.1], [-0.3, 0.4]])
    h1 = x @ first + [0.1, 0.0]
    a1 = np.maximum(h1, 0)
    h = a1 @ second + [0, 0.1] + x
    a = np.maximum(h, 0)
    delta = (a @ [0.6, -0.5] + 0.2 - y) / 2 * np.array([0.6, -0.5]) * (h > 0)
    return delta[0], (first @ (second @ delta * (h1 > 0)))[0]


def test_a_branch_of_a_residual_block_left_out_is_named():
    text = examples.text("residual")
    straight, around = run_residual(np.array([1.0, 2.0]), 0.0)
    assert_named(text, "dE/da[x[0]]", 1, straight + around, around, "hidden_contribution_missing")
    assert_named(text, "dE/da[x[0]]", 1, straight + around, straight, "hidden_contribution_missing")


DROPOUT = """
title = "Dropout"
[network]
inputs = 3
cost = "half_squared_error"
layers = [{name = "d", kind = "dropout", rate = 0.4, seed = 1}, {name = "o", kind = "dense", units = 1}]
[network.parameters]
"o.weight" = [[0.8], [-0.5], [0.3]]
"o.bias" = [0.2]
[data]
inputs = [[0.7, -0.9, 0.4], [1.1, 0.6, -0.8], [0.35, 0.25, 0.9]]
targets = [[1], [0], [-1]]
reduction = "sum"
"""


def test_the_mask_and_the_fraction_of_a_dropout_are_named():
    sheet = worksheet.loads(DROPOUT)
    x, w = np.array(sheet.x), np.array([0.8, -0.5, 0.3])
    trace = backproof.trace.trace_of(sheet.network, sheet.x, sheet.y, sheet.training)
    mask = np.array([[trace.of_sample(n)[f"mask[d[{i}]]"] for i in range(3)] for n in (1, 2, 3)])
    assert 0 < mask.sum() < 9
    delta = (x * mask / 0.6) @ w + 0.2 - [1, 0, -1]
    for (n, i), kept in np.ndenumerate(mask):
        of, full = f"dE/da[x[{i}]]", delta[n] * w[i]
        if not kept:
            claim = check(DROPOUT, of, full / 0.6, n + 1)
            assert claim.verdict == "wrong"
            assert "mask_omitted" in [each.id for each in claim.mistakes]
            continue
        for factor in (1, 0.6, 1 / 0.36, 1 / 0.4):
            assert_named(DROPOUT, of, n + 1, full / 0.6, full * factor, "kept_fraction_omitted")


@pytest.mark.parametrize("rate", ["0.0", "1e-320", "1e-17"])
def test_a_dropout_too_small_to_leave_anything_out_has_no_fraction_to_forget(rate):
    text = DROPOUT.replace("rate = 0.4", f"rate = {rate}")
    truth = worksheet.loads(text).trace(sample=1)["dE/da[x[0]]"]
    assert check(text, "dE/da[x[0]]", truth, 1).verdict == "right"
    assert "kept_fraction_omitted" not in {each.id for each in check(text, "dE/da[x[0]]", 2 * truth, 1).mistakes}


EMBEDDING = """
title = "An embedding in which a token comes twice"
[network]
inputs = [3]
cost = "half_squared_error"
layers = [
  {name = "e", kind = "embedding", count = 3, size = 2},
  {name = "f", kind = "flatten"},
  {name = "o", kind = "dense", units = 1},
]
[network.parameters]
"e.weight" = [[0.2, -0.4], [0.6, 0.9], [-0.7, 0.3]]
"o.weight" = [[0.8], [-0.5], [0.3], [1.1], [-0.9], [0.65]]
"o.bias" = [0.2]
[data]
inputs = [[2, 0, 2]]
targets = [[1]]
"""


def test_a_token_that_comes_twice_counts_twice():
    e, w = np.array([[0.2, -0.4], [0.6, 0.9], [-0.7, 0.3]]), np.array([0.8, -0.5, 0.3, 1.1, -0.9, 0.65])
    error = e[[2, 0, 2]].reshape(-1) @ w + 0.2 - 1
    for column in (0, 1):
        first, last = error * w[column], error * w[4 + column]
        for wrong in (first, last, (first + last) / 2):
            of = f"dE/de.weight[2,{column}]"
            assert_named(EMBEDDING, of, None, first + last, wrong, "repeated_index_once")


# All examples: what is right stays right, and nobody waits.


@pytest.mark.parametrize("name", ["conv", "batchnorm", "rnn", "lstm", "attention", "residual"])
def test_twenty_claims_of_a_shipped_example_are_judged_quickly(name):
    text = examples.text(name)
    sheet = worksheet.loads(text)
    trace = backproof.trace.trace_of(sheet.network, sheet.x, sheet.y, sheet.training, sample=1)
    sample = "sample = 1\n" if len(sheet.x) > 1 else ""
    layers = sheet.network.architecture.layers
    names = [f"{role}[{layer.unit(layer.size // 2)}]" for layer in layers[1:] for role in ("h", "dE/da", "delta")]
    names = [*(f"dE/d{each}" for each in sheet.network.wiring.names() if "running" not in each), *names][:20]
    for number, verdicts in ((0.0, {"right"}), (0.0123, {"wrong", "carried"})):
        claims = "".join(
            f'\n[[claims]]\nof = "{each}"\nvalue = "{trace[each] * (1 + number) + number:.12f}"\n{sample}'
            for each in names
        )
        start = time.process_time()
        report = backproof.check(worksheet.loads(text + claims))
        assert {claim.verdict for claim in report.claims} <= verdicts
        assert time.process_time() - start < 10

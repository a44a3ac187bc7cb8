"""Examples of mistakes that no rewriting of a formula makes: slips of the pen, and what only a module can do."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from html import escape

import numpy as np

from backproof.trace import Trace
from backproof.worksheet import Claim, Worksheet, loads
from backproof_site.networks import small_networks
from backproof_site.writing import raw


def _sheet() -> Worksheet:
    return small_networks()[0]


def _shift() -> tuple[Worksheet, tuple[Claim, ...]]:
    trace = _sheet().trace()
    return _sheet(), tuple(Claim(of=f"dE/dh[h{n}]", value=f"{trace[f'dE/dh[h{n + 1}]']:.6g}") for n in (1, 2))


def _arithmetic() -> tuple[Worksheet, tuple[Claim, ...]]:
    true = _sheet().trace()["h[h1]"]
    return _sheet(), (Claim(of="h[h1]", value=f"{true + (0.1 if true > 0 else -0.1):.4f}"),)


def _digits() -> tuple[Worksheet, tuple[Claim, ...]]:
    true = f"{_sheet().trace()['a[h2]']:.5f}"
    place = next(n for n in range(3, 6) if true[n] != true[n + 1])
    return _sheet(), (Claim(of="a[h2]", value=true[:place] + true[place + 1] + true[place] + true[place + 2 :]),)


def _copy() -> tuple[Worksheet, tuple[Claim, ...]]:
    true = f"{_sheet().trace()['a[h1]']:.5f}"
    return _sheet(), (Claim(of="a[h1]", value=true), Claim(of="a[o2]", value=true))


def _label() -> tuple[Worksheet, tuple[Claim, ...]]:
    return _sheet(), (Claim(of="dE/da[h1]", value=f"{_sheet().trace()['dE/dh[h1]']:.6g}"),)


TRAINED = """
title = "Adam with a penalty, clipping and a schedule"
[network]
units = [["i", "j"], ["p", "q"], ["o"]]
activations = ["tanh", "sigmoid"]
cost = "half_squared_error"
weights = [
  {name = "w1", from = "i", to = "p", value = -0.65}, {name = "w2", from = "j", to = "p", value = 0.39},
  {name = "w3", from = "i", to = "q", value = 0.23}, {name = "w4", from = "j", to = "q", value = -0.21},
  {name = "w5", from = "p", to = "o", value = 0.77}, {name = "w6", from = "q", to = "o", value = -0.84},
]
biases = [{name = "b1", to = "o", value = 0.62}, {name = "b2", to = "p", value = -0.71}]
[data]
inputs = [[1, -2], [0.5, 1.5], [0.3, 0.9]]
targets = [[1], [0], [1]]
reduction = "mean"
[training]
learning_rate = 0.3174
optimizer = {name = "adam", epsilon = 0.0123}
l1 = 0.013
l2 = 0.17
clip = 0.02135
schedule = {name = "step", every = 1, drop = 0.7}
"""
#: For each slip of an update the number that is claimed, and what it becomes, from the numbers of a step and its options.
UPDATES: dict[str, tuple[str, Callable[[Trace], float]]] = {
    "penalty_omitted": ("dJ/dw1", lambda t: t["dE/dw1"]),
    "penalty_factor_wrong": ("dR/dw1", lambda t: 0.013 * np.sign(t["w1"]) + 2 * 0.17 * t["w1"]),
    "penalty_sign_omitted": ("dR/dw1", lambda t: 0.013 + 0.17 * t["w1"]),
    "regularised_bias": ("dJ/db1", lambda t: t["dE/db1"] + 0.17 * t["b1"]),
    "clip_omitted": ("clipped[w1]", lambda t: t["dJ/dw1"]),
    "clipped_one_by_one": (
        "clipped[w6]", lambda t: float(np.sign(t["dJ/dw6"])) * 0.02135,
    ),
    "running_shares_swapped": ("m[w1]", lambda t: 0.1 * t["previous m[w1]"] + 0.9 * t["clipped[w1]"]),
    "square_omitted": ("v[w1]", lambda t: 0.999 * t["previous v[w1]"] + 0.001 * t["clipped[w1]"]),
    "bias_correction_omitted": ("m_hat[w1]", lambda t: t["m[w1]"]),
    "epsilon_in_root": ("step w1", lambda t: -t["eta"] * t["m_hat[w1]"] / np.sqrt(t["v_hat[w1]"] + 0.0123)),
    "schedule_omitted": ("eta", lambda t: t["eta0"]),
}  # fmt: skip


def _update(of: str, slip: Callable[[Trace], float]) -> tuple[Worksheet, tuple[Claim, ...]]:
    """The claim in the third step, where optimiser and schedule have something behind them."""
    sheet = loads(TRAINED)
    return sheet, (Claim(of=of, value=f"{slip(sheet.trace(step=3)):.8g}", step=3),)


#: The claims that show a mistake; the last one has it.
CLAIMS = {
    **{name: partial(_update, *slip) for name, slip in UPDATES.items()},
    "shifted_columns": _shift,
    "arithmetic_slip": _arithmetic,
    "digit_transposition": _digits,
    "copy_paste": _copy,
    "label_mixup": _label,
}

UNUSED = """
import torch
from backproof.torch import check

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(3, 3), torch.nn.Linear(3, 1)

    def forward(self, x):
        h = torch.tanh(self.first(x))
        return self.second(x)  # h was meant

torch.manual_seed(0)
print(check(Net(), torch.nn.MSELoss(), torch.randn(4, 3), torch.randn(4, 1)))
"""
ACCUMULATED = """
import numpy as np
import backproof

sheet = backproof.load("or")
total = {name: np.zeros(array.shape) for name, array in sheet.network.parameters.items()}

def backward(parameters, x, y):
    hidden = 1 / (1 + np.exp(-(x @ parameters["W1"] + parameters["b1"])))
    output = 1 / (1 + np.exp(-(hidden @ parameters["W2"] + parameters["b2"])))
    delta = (output - y) * output * (1 - output)
    sent = delta @ parameters["W2"].T * hidden * (1 - hidden)
    total["W1"] += x.T @ sent  # total is never set to 0
    total["b1"] += sent.sum(axis=0)
    total["W2"] += hidden.T @ delta
    total["b2"] += delta.sum(axis=0)
    return {name: array.copy() for name, array in total.items()}

backward(sheet.network.parameters, sheet.x, sheet.y)
print(backproof.check_gradient(backward, sheet.network, sheet.x, sheet.y))
"""
PROGRAMS = {"layer_unused": UNUSED, "gradient_accumulated": ACCUMULATED}
#: In words, who makes each.
WHERE = {
    "layer_unused": "A module of PyTorch makes it, and `backproof.torch.check` names it:",
    "gradient_accumulated": "Code makes it, and `backproof.check_gradient` names it:",
}


def find_example(name: str):
    """What a module with a mistake gives, as HTML; without PyTorch the program alone."""
    from backproof_site.mistake_pages import Example

    if name not in PROGRAMS:
        return None
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            exec(PROGRAMS[name], {"__name__": "example"})
    except ModuleNotFoundError:
        said.write("(this page was built without PyTorch)")
    code = f"<pre>{escape(PROGRAMS[name].strip())}</pre><pre>{escape(said.getvalue().strip())}</pre>"
    return Example(WHERE[name], raw(f'<div class="report">{code}</div>'))

"""Examples of mistakes that no rewriting of a formula makes: slips of the pen, and what only a module can do."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from html import escape

from backproof.worksheet import Claim, Worksheet
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


#: The claims that show a mistake; the last one has it.
CLAIMS = {
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

"""Networks that are no chain: their claims are judged, and bugs that any kind of layer can have are named."""

from dataclasses import replace

import numpy as np
import pytest

import backproof
from backproof import check_gradient
from backproof.checking.backward_pass import BackwardPass
from backproof.checking.equations import InLayers
from backproof.checking.rules import AlteredError
from backproof.checking.submitted import SubmittedGradients
from backproof.worksheet import Claim

SHEET = """
[network]
inputs = [1, 4, 4]
cost = "half_squared_error"
layers = [
  {name = "c", kind = "conv2d", channels = 2, kernel = [2, 2], activation = "tanh"},
  {name = "f", kind = "flatten"},
  {name = "r", kind = "dense", units = 3, activation = "tanh"},
  {name = "s", kind = "dense", units = 3},
  {name = "t", kind = "add", from = ["r", "s"], activation = "sigmoid"},
  {name = "o", kind = "dense", units = 2, activation = "sigmoid"},
]
initialiser = "glorot_uniform"
seed = 0
[data]
inputs = [[[[1, 0, 1, 0.5], [0, 1, -1, 1], [1, 0.2, 0, 0], [0.3, 0, 1, 1]]]]
targets = [[0, 1]]
[training]
learning_rate = 0.1
"""


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "graph.toml"
    path.write_text(SHEET)
    return backproof.load(path)


@pytest.fixture(scope="module")
def code(sheet):
    return BackwardPass(sheet.network, sheet.x, sheet.y, SubmittedGradients({}, {}, "float64"))


def judge(sheet, *claims):
    return backproof.check(replace(sheet, claims=tuple(Claim(of, f"{value:.7g}") for of, value in claims))).claims


def test_claims_are_judged_and_slips_in_them_named(sheet):
    trace = sheet.trace()
    names = ("h[c[0,1,1]]", "a[t[2]]", "delta[r[1]]", "dE/da[c[1,0,2]]", "dE/dc.weight[0,0,1,1]", "new o.bias[1]")
    assert {each.verdict for each in judge(sheet, *((name, trace[name]) for name in names))} == {"right"}
    for name, factor, id in (
        ("dE/dc.weight[0,0,1,1]", -1, "sign_flipped"),
        ("delta[o[1]]", 1 / trace["da/dh[o[1]]"], "sigma_prime_omitted"),
        ("delta[t[2]]", 1 / trace["da/dh[t[2]]"], "sigma_prime_omitted"),
    ):
        (claim,) = judge(sheet, (name, factor * trace[name]))
        assert (claim.verdict, claim.mistakes[0].id) == ("wrong", id)


def test_right_gradients_of_a_graph_are_right(sheet, code):
    assert check_gradient(code.gradients, sheet.network, sheet.x, sheet.y).right


@pytest.mark.parametrize(("number", "name"), [(1, "c"), (3, "r"), (5, "t")])
def test_a_slope_that_was_left_out_is_named_with_its_layer(sheet, code, number, name):
    mine = code.run(InLayers(AlteredError(("dE/da",), ""), [number]))
    report = check_gradient(mine, sheet.network, sheet.x, sheet.y)
    assert not report.right
    assert (report.mistakes[0].id, report.mistakes[0].where) == ("sigma_prime_omitted", f"layer {name}")


def test_a_flipped_sign_is_named_with_its_array(sheet, code):
    mine = {**code.gradients, "c.weight": -np.asarray(code.gradients["c.weight"])}
    (named,) = check_gradient(mine, sheet.network, sheet.x, sheet.y).mistakes
    assert (named.id, named.where, named.explains) == ("sign_flipped", "layer c", ("c.weight",))

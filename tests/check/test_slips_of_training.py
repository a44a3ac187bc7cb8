"""Slips in penalties, clipping, schedules and the optimiser's own numbers: each is named where it shows."""

from math import sqrt

import numpy as np
import pytest

from backproof import check
from backproof.worksheet import loads

OPTIONS = {
    "l1": 0.013, "l2": 0.17, "clip": 0.0213571, "epsilon": 0.0123, "rate": 0.3174263,
}  # fmt: skip


def sheet(seed, claims=""):
    weights = np.random.default_rng(seed).uniform(0.2, 0.9, 8) * [-1, 1, 1, -1, 1, -1, 1, -1]
    names = [("w1", "i", "p"), ("w2", "j", "p"), ("w3", "i", "q"), ("w4", "j", "q"), ("w5", "p", "o"), ("w6", "q", "o")]
    written = "\n".join(
        f'{{name = "{name}", from = "{sender}", to = "{receiver}", value = {value:.6f}}},'
        for (name, sender, receiver), value in zip(names, weights, strict=False)
    )
    return loads(
        f"""
[network]
units = [["i", "j"], ["p", "q"], ["o"]]
activations = ["tanh", "sigmoid"]
cost = "half_squared_error"
weights = [
{written}
]
biases = [{{name = "b1", to = "o", value = {weights[6]:.6f}}}, {{name = "b2", to = "p", value = {weights[7]:.6f}}}]
[data]
inputs = [[1, -2], [0.5, 1.5], [0.3, 0.9]]
targets = [[1], [0], [1]]
reduction = "mean"
[training]
learning_rate = {OPTIONS["rate"]}
optimizer = {{name = "adam", epsilon = {OPTIONS["epsilon"]}}}
l1 = {OPTIONS["l1"]}
l2 = {OPTIONS["l2"]}
clip = {OPTIONS["clip"]}
schedule = {{name = "step", every = 1, drop = 0.7}}
{claims}
"""
    )


def slips(t):
    """Each slip: its name, the number that is claimed, and what it makes of it in a trace."""
    l1, l2, clip, epsilon = (OPTIONS[key] for key in ("l1", "l2", "clip", "epsilon"))
    m, v, m_hat, v_hat = (t[f"{letter}[w1]"] for letter in ("m", "v", "m_hat", "v_hat"))
    norm = sqrt(sum(t[f"dE/d{name}"] ** 2 for name in t.network.wiring.names()))
    yield "penalty_omitted", "dJ/dw1", t["dE/dw1"]
    yield "penalty_omitted", "J", t["E"]
    yield "penalty_omitted", "clipped[w2]", t["dE/dw2"] * clip / max(clip, norm)
    yield "penalty_omitted", "dR/dw2", l2 * t["w2"]
    yield "penalty_factor_wrong", "dR/dw1", l1 * np.sign(t["w1"]) + 2 * l2 * t["w1"]
    yield "penalty_factor_wrong", "R", sum(l1 * abs(t[f"w{n}"]) + l2 * t[f"w{n}"] ** 2 for n in range(1, 7))
    yield "penalty_sign_omitted", "dR/dw1", l1 + l2 * t["w1"]
    yield "regularised_bias", "dJ/db1", t["dE/db1"] + l2 * t["b1"]
    yield "sign_flipped", "dJ/dw2", t["dE/dw2"] - t["dR/dw2"]
    yield "clip_omitted", "clipped[w1]", t["dJ/dw1"]
    largest = max(t.network.wiring.names(), key=lambda name: abs(t[f"dJ/d{name}"]))
    if abs(t[f"dJ/d{largest}"]) > clip:
        yield "clipped_one_by_one", f"clipped[{largest}]", np.sign(t[f"dJ/d{largest}"]) * clip
    yield "running_shares_swapped", "m[w1]", 0.1 * t["previous m[w1]"] + 0.9 * t["clipped[w1]"]
    yield "square_omitted", "v[w1]", 0.999 * t["previous v[w1]"] + 0.001 * t["clipped[w1]"]
    yield "bias_correction_omitted", "m_hat[w1]", m
    yield "bias_correction_omitted", "step w1", -t["eta"] * m / (sqrt(v) + epsilon)
    yield "bias_correction_omitted", "new w1", t["w1"] - t["eta"] * m / (sqrt(v_hat) + epsilon)
    yield "epsilon_in_root", "step w1", -t["eta"] * m_hat / sqrt(v_hat + epsilon)
    yield "schedule_omitted", "eta", t["eta0"]
    yield "schedule_omitted", "step w1", t["step w1"] * t["eta0"] / t["eta"]
    yield "update_sign_flipped", "new w1", t["w1"] - t["step w1"]
    yield "mean_vs_sum", "dE_2/dw1", t["dE_2/dw1"] / 3


@pytest.mark.parametrize("seed", range(2))
def test_each_slip_is_named(seed):
    truth = sheet(seed).trace(step=3)
    wrong = list(slips(truth))
    assert truth["norm"] > OPTIONS["clip"]
    for mistake, name, value in wrong:
        written = f'[[claims]]\nof = "{name}"\nvalue = "{value:.8g}"\nstep = 3\n'
        [claim] = check(sheet(seed, written)).claims
        assert claim.verdict == "wrong"
        assert claim.mistakes, (mistake, name)
        assert claim.mistakes[0].id == mistake, (name, claim.mistakes)


def test_a_claim_that_follows_from_a_slip_carries_it():
    truth = sheet(0).trace(step=2)
    gradient = truth["dE/dw1"]
    norm = sqrt(truth["norm"] ** 2 - truth["dJ/dw1"] ** 2 + gradient**2)
    clipped = gradient * OPTIONS["clip"] / norm
    written = "".join(
        f'[[claims]]\nof = "{name}"\nvalue = "{value:.8g}"\nstep = 2\n'
        for name, value in (("dJ/dw1", gradient), ("clipped[w1]", clipped))
    )
    first, second = check(sheet(0, written)).claims
    assert (first.verdict, second.verdict) == ("wrong", "carried")

"""Through time: by what the error is multiplied from one step of a recurrence to the one before it."""

import re

import numpy as np
import pytest

from backproof.network import Network
from backproof.worksheet import load


def explain_state(kind="recurrent", steps=3, scale=1.0, **options):
    """The derivation of a weight that every step uses, and the lengths of the errors at the steps."""
    layers = [{"name": "r", "kind": kind, "units": 2, "returns": "last", **options}]
    network = Network.graph((steps, 1), layers, cost="half_squared_error", seed=3)
    network = network.with_parameters({key: scale * array for key, array in network.parameters.items()})
    trace = network.trace(np.random.default_rng(0).normal(size=(1, steps, 1)), [[1.0, -1.0]])
    name = "r.state.weight" if kind == "recurrent" else "r.state_f.weight"
    part = "v" if kind == "recurrent" else "v_f"
    numbers = {layer.name: number for number, layer in enumerate(network.architecture.layers)}
    lengths = [np.linalg.norm(trace.backward.dh[numbers[f"r.{part}{step}"]]) for step in range(1, steps + 1)]
    return trace.explain(f"dE/d{name}[0,0]"), lengths


def note_of(derivation):
    (found,) = [note for note in derivation.notes if "through time" in note]
    return found


def test_every_factor_is_told():
    derivation, lengths = explain_state()
    told = [float(each) for each in re.findall(r"by ([\d.e+-]+?)[,;.](?:\s|$)", note_of(derivation))]
    assert told == pytest.approx([lengths[1] / lengths[2], lengths[0] / lengths[1]], rel=5e-3)


def test_an_error_that_does_not_reach_a_step_is_multiplied_by_0():
    derivation, lengths = explain_state("lstm")  # nothing is forgotten at the first step, whose memory is 0
    assert lengths[0] == 0
    assert note_of(derivation).endswith("from step 2 to step 1 by 0.")  # which is no sign that it vanishes with time


def test_of_many_steps_the_mean_is_told():
    derivation, lengths = explain_state(steps=9)
    (told,) = re.findall(r"multiplied by ([\d.e-]+) per step on average", note_of(derivation))
    assert float(told) == pytest.approx((lengths[0] / lengths[-1]) ** (1 / 8), rel=5e-3)


def test_growth_and_decay_are_called_so():
    assert "vanishes with time" in note_of(explain_state(scale=0.1)[0])
    assert "grows the further back" in note_of(explain_state(scale=4.0, activation="identity")[0])


def test_a_recurrence_that_runs_backward_ends_at_the_first_step():
    derivation, lengths = explain_state(direction="backward")
    assert "from step 1 to step 2" in note_of(derivation)
    assert f"{lengths[1] / lengths[0]:.3g}" in note_of(derivation)


def test_a_kernel_has_no_steps():
    assert not any("through time" in note for note in load("conv").trace(sample=1).explain("dE/dc.bias[0]").notes)

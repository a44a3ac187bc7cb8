"""Hand-written layers with a planted slip are named, with the kind of layer; right ones are right."""

import numpy as np
import pytest

from backproof import check_layer
from backproof.checking.code.recognise import recognise_layer
from handwritten import FAMILIES, draw_layer

COUNT = 60
#: Layers with many numbers, whose outputs take long to nudge: fewer of them.
FEW = {"conv": 24, "pool": 30}


def planted(family):
    slips = list(FAMILIES[family][1])
    return [(seed, slips[seed % len(slips)]) for seed in range(FEW.get(family, COUNT))]


@pytest.mark.parametrize("family", FAMILIES)
def test_planted_slips_are_named_first_with_the_layer(family):
    missed, harmless = [], []
    for seed, slip in planted(family):
        layer = draw_layer(family, seed, slip)
        report = check_layer(layer.pair, layer.x, parameters=layer.parameters)
        if report.right:  # such as windows that share a place where neither has its largest number
            harmless.append((seed, slip))
            continue
        named = report.mistakes[0].id if report.mistakes else ""
        if named != FAMILIES[family][1][slip] or not report.layer:
            missed.append((seed, slip, named, report.layer))
    assert len(missed) <= 0.05 * len(planted(family)), missed
    assert len(harmless) <= 0.1 * len(planted(family)), harmless


@pytest.mark.parametrize("family", FAMILIES)
def test_right_layers_are_right_and_recognised(family):
    for seed in range(6):
        layer = draw_layer(family, 1000 + seed)
        report = check_layer(layer.pair, layer.x, parameters=layer.parameters)
        assert report.right, (seed, str(report))
        outputs = layer.forward(layer.x.copy(), *layer.parameters.values())
        made = [each for each in outputs[:-1] if isinstance(each, np.ndarray)]
        with np.errstate(all="ignore"):
            assert recognise_layer(layer.x, layer.parameters, made) is not None, seed


@pytest.mark.parametrize("family", [each for each in FAMILIES if each not in ("conv", "pool")])
def test_an_array_that_no_slip_gives_is_blamed_on_none(family):
    for seed in range(3):
        layer = draw_layer(family, 2000 + seed)
        noise = np.random.default_rng(seed)

        def backward(*given, layer=layer, noise=noise):
            made = layer.backward(*given)
            made = list(made) if isinstance(made, tuple) else [made]
            return tuple(None if each is None else each + noise.normal(size=each.shape) for each in made)

        report = check_layer((layer.forward, backward), layer.x, parameters=layer.parameters)
        assert not report.right
        assert not report.mistakes


def test_an_unknown_layer_is_said_to_be_unknown():
    def forward(x):
        return x**3 * np.cos(x), x

    report = check_layer((forward, lambda d, x: d * np.sin(3 * x)), np.array([[0.3, -1.2], [0.8, 2.0]]))
    assert not report.right
    assert not report.mistakes
    assert not report.layer
    assert "was not recognised. The largest error" in str(report)


def test_a_named_slip_says_where_it_is():
    layer = draw_layer("lstm step", 0, "gate slope")
    report = check_layer(layer.pair, layer.x, parameters=layer.parameters)
    assert report.layer == "an LSTM step"
    assert report.mistakes[0].where == "an LSTM step, the new gate's tanh"
    assert '"layer": "an LSTM step"' in report.to_json()
    assert "the new gate's tanh" in str(report)


def test_a_slip_in_float32_is_named():
    layer = draw_layer("rnn step", 3, "slope")
    single = {name: array.astype(np.float32) for name, array in layer.parameters.items()}

    def backward(delta, cache):
        return tuple(each.astype(np.float32) for each in layer.backward(delta, cache))

    report = check_layer((layer.forward, backward), layer.x, parameters=single)
    assert report.mistakes[0].id == "sigma_prime_omitted"

"""What a sound worksheet is read as."""

import numpy as np
import pytest

from backproof.errors import WorksheetError
from backproof.operations.activations.leaky_relu import LeakyRelu
from backproof.operations.optimisers.adam import Adam
from backproof.operations.optimisers.sgd import Sgd
from backproof.worksheet import Claim, Document, loads
from worksheet.sheets import FEATURES, LAYERS, OR, changed


def test_the_numbers_stand_where_they_belong():
    network = loads(OR).network
    assert network.units == (("i1", "i2"), ("h1", "h2"), ("o",))
    np.testing.assert_array_equal(network.parameters["W1"], [[0.1, 0.2], [0.3, 0.4]])
    np.testing.assert_array_equal(network.parameters["W2"], [[0.01], [0.02]])
    np.testing.assert_array_equal(network.parameters["b1"], [0.5, 0.5])
    assert network.parameters["b3"] == 0.03


def test_data_training_and_claims():
    sheet = loads(OR)
    assert sheet.data.inputs.shape == (4, 2)
    assert sheet.data.targets.tolist() == [[0], [1], [1], [1]]
    assert sheet.data.reduction == "sum"
    assert sheet.training.rate == 0.01
    assert sheet.training.optimiser == Sgd()
    assert sheet.claims == (Claim("a[h1]", "0.622", 1),)
    assert sheet.warnings == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["0,622"], ["0.622"]),
        (["-,5", "+12,5e-3", "0,5E2"], ["-.5", "+12.5e-3", "0.5E2"]),
        (["1,622", "0,5"], ["1.622", "0.5"]),  # beside 0,5 a comma is a decimal one
        (["1,622", "-12,25", "", "3"], ["1.622", "-12.25", "", "3"]),
        (["0,622", "0.5", "1,25"], ["0.622", "0.5", "1.25"]),
        (["1,622", "0,5", "0.5"], None),  # both are in use
        (["1,622", "12"], None),
        (["-512,000"], None),
        (["1,622,000"], None),
    ],
)
def test_decimal_commas_are_taken_where_they_can_be_nothing_else(written, read):
    claims = "".join(f'[[claims]]\nof = "w1"\nvalue = "{each}"\n' for each in written)
    text = OR.partition("[[claims]]")[0] + claims
    if read is None:
        with pytest.raises(WorksheetError, match=r"may be|such as"):
            loads(text)
    else:
        assert [claim.value for claim in loads(text).claims] == read


@pytest.mark.parametrize("value", ["", " ", "\\t "])
def test_an_empty_answer_is_blank(value):
    (claim,) = loads(OR.replace('"0.622"', f'"{value}"')).claims
    assert claim.is_blank
    assert claim.value == ""


def test_trace_answers_to_the_names():
    sheet = loads(OR)
    assert sheet.trace(sample=2)["dE/dw1"] == pytest.approx(-0.00027868499457640893, rel=1e-12)
    assert sheet.trace(step=2)["w5"] == sheet.trace()["new w5"]


def test_every_feature():
    sheet = loads(FEATURES)
    assert sheet.title == 'every "thing" at once, \\ and é'
    assert sheet.network.activations[0] == LeakyRelu(0.2)
    assert sheet.training.batches == ((2, 1), (3,))
    assert sheet.training.optimiser == Sgd(momentum=0.9)
    assert sheet.document == Document(3, 2)
    assert sheet.aliases == {"\\delta_o": "delta[o_1]", "plain": "-E"}
    assert [claim.step for claim in sheet.claims] == [1, 10001]
    assert sheet.claims[0].expected["more"]["n"] == 1
    tied = sheet.network.parameter("t")
    assert (len(tied.places), tied.trained) == (2, False)
    np.testing.assert_array_equal(sheet.network.parameters["b3"], [0, 0.5])


def test_layers_are_drawn_from_seed_0():
    sheet = loads(LAYERS)
    assert sheet.network.units[1] == ("l1.1", "l1.2")
    said = changed("layers", 'initialiser = "glorot_uniform"\nseed = 0\nlayers', LAYERS)
    assert loads(said) == sheet
    assert loads(changed("layers", "seed = 1\nlayers", LAYERS)) != sheet
    assert loads(changed("layers", 'initialiser = {name = "normal", deviation = 2}\nlayers', LAYERS)) != sheet


def test_targets_may_be_left_out_where_no_cost_asks():
    sheet = loads(changed("targets = [[0], [1], [1], [1]]", "", changed("half_squared_error", "output")))
    assert sheet.y.tolist() == [[0]] * 4
    assert sheet.trace(sample=1)["E"] == sheet.trace(sample=1)["a[o]"]


def test_title_source_claims_and_training_may_be_left_out():
    sheet = loads(LAYERS)
    assert (sheet.title, sheet.source, sheet.claims, sheet.training.rate) == ("", "", (), None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('optimizer = "adam"', Adam()),
        ('optimizer = {name = "adam", beta1 = 0.5}', Adam(beta1=0.5)),
        ('optimizer = "sgd"', Sgd()),
    ],
)
def test_optimizers(given, expected):
    assert loads(changed("[training]", f"[training]\n{given}")).training.optimiser == expected


@pytest.mark.parametrize(
    "of", ["-delta_o", "delta[o]*w5", "eta*dE/dw5", "a_h1", "E", "dE/dw1", "dh[o]/da[h1]", "b3", "E[o]"]
)
def test_claims_of_one_sample(of):
    assert loads(changed("a[h1]", of)).claims[0].of == of


@pytest.mark.parametrize("of", ["new w5", "step b3", "-new w5", "E", "dE/dw1", "w5", "eta", "eta*dE/dw5"])
def test_claims_of_the_batch(of):
    assert loads(changed("sample = 1", "", changed("a[h1]", of))).claims[0].sample is None


@pytest.mark.parametrize("value", ["1", "-1", "+1", "1.", ".5", "-.5e-3", "1E+10", "0.000", "-0", "1e300", "1e-300"])
def test_claimed_values(value):
    assert loads(changed("0.622", value)).claims[0].value == value


def test_shared_parameters_of_a_large_network():
    units = [[f"x{n}" for n in range(400)], [f"h{n}" for n in range(400)]]
    to = units[1]
    sheet = loads(f'[network]\nunits = {units}\nactivations = ["relu"]\ncost = "squared_error"\nbiases = '
                  f'[{{name = "b", to = {to}, value = 1}}]\n[data]\ninputs = [{[0] * 400}]\n'
                  f'targets = [{[0] * 400}]')  # fmt: skip
    assert sheet.trace()["dE/db"] == 800


def test_a_late_step_is_not_run_while_reading():
    sheet = changed("sample = 1", "sample = 1\nstep = 1000000")
    assert loads(sheet).claims[0].step == 1_000_000


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        ("half_squared_error", "binary_cross_entropy", "'identity' can leave that range"),
        ("[0], [1], [1], [1]", "[0], [1], [1], [2]", "targets between 0 and 1"),
    ],
)
def test_warnings(old, new, fragment):
    sheet = changed('"half_squared_error"', '"binary_cross_entropy"')
    if old == "half_squared_error":
        sheet = changed('["sigmoid", "sigmoid"]', '["sigmoid", "identity"]', sheet)
    else:
        sheet = changed(old, new, sheet)
    (warning,) = loads(sheet).warnings
    assert fragment in warning


def test_a_cross_entropy_of_one_output_is_doubted():
    (warning,) = loads(changed("half_squared_error", "cross_entropy")).warnings
    assert warning.endswith("did you mean 'binary_cross_entropy'?")
    assert loads(LAYERS).warnings == ()

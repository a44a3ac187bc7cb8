"""Every rule of the format: a worksheet that breaks it, and what the one message says."""

import pytest

from backproof.errors import BackproofError, WorksheetError
from backproof.worksheet import loads
from worksheet.sheets import LAYERS, changed

W1 = '{name = "w1", from = "i1", to = "h1", value = 0.1}'
B1 = '{name = "b1", to = "h1", value = 0.5}'
INPUTS = "inputs = [[0, 0], [1, 0], [0, 1], [1, 1]]"
TARGETS = "targets = [[0], [1], [1], [1]]"
CLAIM = 'of = "a[h1]"\nvalue = "0.622"\nsample = 1'
RATE = "learning_rate = 0.01"

SYNTAX = [
    ("title = ", "title = = ", "line 1, column 9: not valid TOML"),
    ("[data]", "[data", "line 19"),
    ("title", "\x00title", "line 1, column 1"),
    ("title", "title = 1\ntitle", "line 2"),
    ("[data]", "[network]", "Cannot declare"),
    ("value = 0.1", "value = " + "9" * 5000, "not valid TOML"),
    ("title", "deep = " + "[" * 5000 + "]" * 5000 + "\ntitle", "nested too deep"),
    ('"OR"', '"\ud800"', "an incomplete character"),
]

KEYS = [
    ("[data]", "[dta]", "unknown key 'dta'. Did you mean 'data'?"),
    ("activations", "activation", "network.activation (line 4): unknown key 'activation'. Did you mean 'activations'?"),
    (W1, W1.replace("from", "form"), "network.weights[1].form (line 7): unknown key 'form'. Did you mean 'from'?"),
    (B1, B1.replace("to", "from"), "network.biases[1].from"),
    (RATE, "lerning_rate = 1", "training.lerning_rate (line 23)"),
    (RATE, RATE + '\noptimiser = "sgd"', "Did you mean 'optimizer'?"),
    (CLAIM, CLAIM + '\nwhen = ""', "claims[1].when (line 28)"),
    ("title", "zzz = 1\ntitle", "Expected one of title, source"),
    (INPUTS, INPUTS + "\nbatches = 1", "data.batches"),
    (INPUTS, "", "data (line 19): the key 'inputs' is missing"),
    (TARGETS, "", "data (line 19): the key 'targets' is missing"),
    ('cost = "half_squared_error"', "", "the key 'cost' is missing"),
    ('activations = ["sigmoid", "sigmoid"]', "", "the key 'activations' is missing"),
    ('name = "w1", ', "", "network.weights[1] (line 7): the key 'name' is missing"),
    ('of = "a[h1]"', "", "claims[1] (line 24): the key 'of' is missing"),
    ('value = "0.622"', "", "the key 'value' is missing"),
]

TYPES = [
    ('"OR"', "1", "title (line 1): expected a string, received 1"),
    ('"OR"', "1979-05-27", "title (line 1): expected a string, received a date (1979-05-27)"),
    ('"OR"', '"\\u001b[2J"', "control character U+001B"),
    ("value = 0.1}", "value = true}", "network.weights[1].value (line 7): expected a number, received true"),
    ("value = 0.1}", 'value = "0.1"}', "expected a number, received '0.1'"),
    ("value = 0.1}", "value = nan}", "expected a finite number, received nan"),
    ("value = 0.1}", "value = -inf}", "expected a finite number, received -inf"),
    ("value = 0.1}", "value = 1e999}", "expected a finite number, received inf"),
    ("value = 0.1}", f"value = 1{'0' * 400}" + "}", "network.weights[1].value (line 7): a whole number too large"),
    ("value = 0.1}", f"value = 0x{'f' * 6000}" + "}", "a whole number too large"),
    ("value = 0.1}", "value = [0.1]}", "received a list of 1"),
    ("value = 0.1}", "value = 07:32:00}", "received a time (07:32:00)"),
    (W1, W1.replace("}", ", trained = 0}"), "expected true or false, received 0"),
    (W1, '"w1"', "network.weights[1] (line 7): expected a table, received 'w1'"),
    ('"half_squared_error"', "3", "network.cost (line 5): cost: expected a name"),
    ('["sigmoid", "sigmoid"]', '"sigmoid"', "expected a list, one for each layer after the inputs"),
    ('["sigmoid", "sigmoid"]', "[1, 2]", "network.activations[1] (line 4)"),
    ("[training]\nlearning_rate = 0.01", "training = 1", "data.training"),
    ("[[claims]]", "[claims]", "claims (line 24): expected a list, received a table"),
    (CLAIM, CLAIM + "\nexpected = 1", "claims[1].expected"),
    (CLAIM, CLAIM + "\n[aliases]\nx = 1", "aliases.x (line 29): expected a string"),
    ("title", f"{'.'.join('a' * 200)} = 1\ntitle", "nested deeper than 32 levels"),
]

NETWORK = [
    ('"h2"], ["o"]', '"h1"], ["o"]', "network.units[2][2] (line 3): there are two units named 'h1'"),
    ('["o"]]', '["i1"]]', "there are two units named 'i1'"),
    ('["o"]]', '["E"]]', "the name 'E' is reserved"),
    ('["o"]]', '["1o"]]', "unit name '1o': expected letters"),
    ('["o"]]', '["o.1"]]', "expected letters"),
    ('["o"]]', '["o 1"]]', "expected letters"),
    ('["o"]]', "[1]]", "expected a string, received 1"),
    ('["o"]]', "[]]", "the list is empty"),
    ('[["i1", "i2"], ["h1", "h2"], ["o"]]', '["i1", "i2"]', "expected a list of layers"),
    ('[["i1", "i2"], ["h1", "h2"], ["o"]]', '[["i1", "i2"]]', "at least two layers"),
    ('[["i1", "i2"], ["h1", "h2"], ["o"]]', "[]", "the list is empty"),
    ('name = "w2"', 'name = "w1"', "network.weights[2].name (line 8): there are two parameters named 'w1'"),
    ('name = "b1"', 'name = "w1"', "network.biases[1].name (line 15): there are two parameters named 'w1'"),
    ('name = "w1"', 'name = "eta"', "the name 'eta' is reserved"),
    ('name = "w1"', 'name = "w[1]"', "parameter name 'w[1]'"),
    ('from = "i1", to = "h2"', 'from = "i1", to = "h1"', "'w2' is in the same place as 'w1'"),
    ('name = "b2", to = "h2"', 'name = "b2", to = "h1"', "'b2' is in the same place as 'b1'"),
    ('to = "h1", value = 0.5', 'to = ["h1", "h1"], value = 0.5', "'b1' is in the same place as 'b1'"),
    ('from = "i1", to = "h1"', 'from = "i1", to = "h3"', "there is no unit 'h3'. Did you mean 'h2'?"),
    ('from = "i1", to = "h1"', 'from = "i3", to = "h1"', "network.weights[1].from (line 7): there is no unit 'i3'"),
    ('from = "i1", to = "h1"', 'from = "i1", to = "o"', "'o' (layer 2) skips a layer"),
    ('from = "h1", to = "o"', 'from = "o", to = "h1"', "goes backwards"),
    ('from = "h1", to = "o"', 'from = "h1", to = "h2"', "stays within a layer"),
    ('from = "h1", to = "o"', 'from = "h1", to = "h1"', "stays within a layer"),
    ('to = "h1", value = 0.5', 'to = "i1", value = 0.5', "'i1' is an input; it has no bias"),
    ('from = "i1", to = "h1"', 'from = ["i1", "i2"], to = ["h1"]', "lists of equal length"),
    ('from = "i1", to = "h1"', 'from = "i1", to = ["h1", "h2"]', "lists of equal length"),
    ('from = "i1", to = "h1"', 'from = ["i1"], to = "h1"', "lists of equal length"),
    ('from = "i1", to = "h1"', "from = [], to = []", "the list is empty"),
    ('to = "h1", value = 0.5', "to = [], value = 0.5", "the list is empty"),
    ('["sigmoid", "sigmoid"]', '["sigmoid"]', "expected 2 activations"),
    ('["sigmoid", "sigmoid"]', '["sigmod", "sigmoid"]', "network.activations[1] (line 4): unknown activation 'sigmod'"),
    ('["sigmoid", "sigmoid"]', '[{name = "relu", slope = 1}, "sigmoid"]', "has no parameter 'slope'"),
    ('["sigmoid", "sigmoid"]', '[{name = "leaky_relu", slope = inf}, "sigmoid"]', "must be a finite number"),
    ("half_squared_error", "half_square_error", "Did you mean 'half_squared_error'?"),
    ("units =", "layers = [2, 2, 1]\nunits =", "either 'units'"),
    ('units = [["i1", "i2"], ["h1", "h2"], ["o"]]', "", "either 'units'"),
    ("units =", "seed = 1\nunits =", "'seed' cannot be combined with 'units'"),
    ("units =", 'parameters = "w.safetensors"\nunits =', "'parameters' cannot be combined with 'units'"),
    (
        '["h1", "h2"], ["o"]]',
        '["h1", "h2"], ["o", "p"]]',
        "data.targets[1] (line 21): the row has length 1",
    ),
]

DATA = [
    (INPUTS, "inputs = [[0, 0, 0]]", "data.inputs[1] (line 20): the row has length 3, expected 2"),
    (INPUTS, "inputs = [[0, 0], [1]]", "data.inputs[2]"),
    (INPUTS, "inputs = [1, 0]", "for one sample write [[1, 0]]"),
    (INPUTS, "inputs = [[[1, 0]]]", "the row has length 1, expected 2"),
    (INPUTS, "inputs = [[[1], [0]]]", "data.inputs[1][1] (line 20): expected a number, received a list of 1"),
    (INPUTS, "inputs = [[0, 0], 1]", "data.inputs[2] (line 20): expected a list"),
    (INPUTS, "inputs = []", "the list is empty"),
    (INPUTS, "inputs = [[]]", "the row has length 0, expected 2"),
    (INPUTS, "inputs = 1", "expected a list, received 1"),
    (INPUTS, "inputs = [[0, true]]", "data.inputs[1][2] (line 20): expected a number, received true"),
    (INPUTS, "inputs = [[0, nan]]", "data.inputs[1][2] (line 20): expected a finite number"),
    (INPUTS, "inputs = [[0, 1e999]]", "data.inputs[1][2]"),
    (INPUTS, 'inputs = [[0, "1"]]', "data.inputs[1][2]"),
    (INPUTS, f"inputs = [[0, 1{'0' * 400}]]", "data.inputs[1][2] (line 20): a whole number too large"),
    (TARGETS, "targets = [[0], [1], [1]]", "there are 4 inputs and 3 targets"),
    (
        TARGETS,
        TARGETS + '\nreduction = "men"',
        "data.reduction (line 22): expected 'sum' or 'mean', received 'men'.",
    ),
    (TARGETS, TARGETS + "\nreduction = 1", "expected a string"),
]

TRAINING = [
    (RATE, "learning_rate = -0.1", "training.learning_rate (line 23): expected a number from 0"),
    (RATE, "learning_rate = inf", "expected a finite number"),
    (RATE, 'learning_rate = "0.1"', "expected a number"),
    (RATE, RATE + '\noptimizer = "sdg"', "training.optimizer (line 24): unknown optimizer 'sdg'"),
    (RATE, RATE + '\noptimizer = {name = "sgd", momentm = 1}', "no parameter 'momentm'"),
    (RATE, RATE + "\noptimizer = {momentum = 1}", "expected a name"),
    (RATE, RATE + "\nbatches = []", "training.batches (line 24): the list is empty"),
    (RATE, RATE + "\nbatches = [[]]", "training.batches[1] (line 24): the list is empty"),
    (RATE, RATE + "\nbatches = [1]", "training.batches[1] (line 24): expected a list"),
    (RATE, RATE + "\nbatches = [[0]]", "expected a whole number from 1 to 4, received 0"),
    (RATE, RATE + "\nbatches = [[1, 5]]", "training.batches[1][2]"),
    (RATE, RATE + "\nbatches = [[1, true]]", "received true"),
    (RATE, RATE + "\nbatches = [[1, 2, 1]]", "sample 1 occurs twice"),
]

CLAIMS = [
    ("a[h1]", "a[h9]", "claims[1].of (line 25): 'a[h9]': there is no unit 'h9'"),
    ("a[h1]", "dE/dw9", "there is no parameter 'w9'"),
    ("a[h1]", "nonsense", "is not the name of a number"),
    ("a[h1]", "", "is not the name of a number"),
    ("a[h1]", "new w9", "there is no parameter 'w9'"),
    ("a[h1]", "h[i1]", "'i1' is an input"),
    ("a[h1]", "a[h1]*" * 300 + "E", "at most 1000 characters"),
    ('"0.622"', "0.622", 'expected a string, which keeps the printed digits: "0.622"'),
    ("0.622", "abc", "expected a number such as"),
    ("0.622", "1,622", "'1,622' may be 1.622 or 1622"),
    ("0.622", "0,6,2", "expected a number such as"),
    ("0.622", "0,6.2", "expected a number such as"),
    ("0.622", "0,", "expected a number such as"),
    ("0.622", "0," + "6" * 2000, "expected a number such as"),
    ("0.622", "1e", "expected a number such as"),
    ("0.622", ".", "expected a number such as"),
    ("0.622", " 1", "expected a number such as"),
    ("0.622", "1\\n", "expected a number such as"),
    ("0.622", "nan", "expected a number such as"),
    ("0.622", "inf", "expected a number such as"),
    ("0.622", "٣", "expected a number such as"),
    ("0.622", "1e999", "too large or too small"),
    ("0.622", "1e-99999999", "too large or too small"),
    ("0.622", "1e-350", "too large or too small"),
    ("0.622", "0e-350", "too large or too small"),
    ("0.622", f"0.{'0' * 350}", "too large or too small"),
    ("0.622", "\u0661", "expected a number such as"),
    ('"0.622"', "true", "expected a string"),
    ("sample = 1", "sample = 5", "claims[1].sample (line 27): expected a whole number from 1 to 4, received 5"),
    ("sample = 1", "sample = 0", "claims[1].sample"),
    ("sample = 1", "sample = true", "claims[1].sample"),
    ("sample = 1", "sample = 1.0", "claims[1].sample"),
    ("sample = 1", "sample = 1\nstep = 0", "claims[1].step (line 28)"),
    ("sample = 1", "sample = 1\nstep = 1000001", "from 1 to 1,000,000"),
    ("sample = 1", "sample = 1\nwhere = 1", "claims[1].where"),
    ("sample = 1", "", "claims[1].of (line 25): 'a[h1]' belongs to one sample, but step 1 uses 4"),
    ("a[h1]", "new w1", "claims[1].sample (line 27): 'new w1' belongs to the whole step"),
    ("a[h1]", "step w1", "'step w1' belongs to the whole step"),
    ("sample = 1", "sample = 1\n[document]\nsample = 9", "document.sample (line 29)"),
    ("sample = 1", "sample = 1\n[document]\nstep = 0", "document.step (line 29)"),
    ("sample = 1", 'sample = 1\n[aliases]\n"\\\\x" = "a[q]"', "aliases.\"\\x\" (line 29): 'a[q]': there is no unit"),
    (RATE, RATE + "\nbatches = [[2], [1]]", "sample 1 is not in step 1, which uses sample 2"),
]

WITHOUT_RATE = [
    ("a[h1]", "eta", "'eta' needs a learning rate"),
    ('"a[h1]"\nvalue = "0.622"\nsample = 1', '"new w1"\nvalue = "1"', "'new w1' needs a learning rate"),
    ('"a[h1]"\nvalue = "0.622"\nsample = 1', '"step w1"\nvalue = "1"', "'step w1' needs a learning rate"),
    ("sample = 1", "sample = 1\nstep = 2", "claims[1].step (line 28): step 2 comes after an update"),
    ("sample = 1", "sample = 1\n[document]\nstep = 2", "step 2 comes after an update"),
]

WHOLE_LAYERS = [
    ("[3, 2, 2]", "[1000000, 1000000]", "network.layers (line 3): these layers have 2,000,000 units"),
    ("[3, 2, 2]", "[300000, 300000]", "90,000,300,000 parameters"),
    ("[3, 2, 2]", "[3]", "at least two layers"),
    ("[3, 2, 2]", "[]", "the list is empty"),
    ("[3, 2, 2]", "[3, 0, 2]", "network.layers[2] (line 3): expected a whole number"),
    ("[3, 2, 2]", "[3, 2.0, 2]", "expected a whole number"),
    ("[3, 2, 2]", "[3, true, 2]", "expected a whole number"),
    ("[3, 2, 2]", "3", "expected a list"),
    ("[3, 2, 2]", "[4, 2, 2]", "data.inputs[1] (line 7): the row has length 3, expected 4"),
    ("[3, 2, 2]", "[3, 2, 2]\nseed = -1", "network.seed (line 4)"),
    ("[3, 2, 2]", "[3, 2, 2]\nseed = 0.5", "network.seed"),
    ("[3, 2, 2]", '[3, 2, 2]\ninitialiser = "glorot_unifrm"', "Did you mean 'glorot_uniform'?"),
    ("[3, 2, 2]", '[3, 2, 2]\ninitialiser = {name = "normal", deviation = -1}', "network.initialiser"),
    ("[3, 2, 2]", '[3, 2, 2]\ninitialiser = {name = "normal", deviation = 1e308}', "network.initialiser"),
    ("[3, 2, 2]", "[3, 2, 2]\nweights = []", "'weights' cannot be combined with 'layers'"),
    ("[3, 2, 2]", '[3, 2, 2]\nparameters = "w.safetensors"', "this worksheet has none; give a folder"),
    ("[3, 2, 2]", '[3, 2, 2]\nparameters = "w"\nseed = 1', "'seed' cannot be combined with 'parameters'"),
    ('"cross_entropy"', '"output"', "network.cost (line 5): cost 'output' is for one output"),
    ("[data]", '[[claims]]\nof = "da/dh[l2.1]"\nvalue = "1"\n[data]', "da[l2.1]/dh[l2.1]"),
]


def check(sheet: str, fragment: str) -> None:
    with pytest.raises(WorksheetError) as caught:
        loads(sheet)
    assert fragment in str(caught.value)


@pytest.mark.parametrize(("old", "new", "fragment"), [*SYNTAX, *KEYS, *TYPES, *NETWORK, *DATA, *TRAINING, *CLAIMS])
def test_error(old, new, fragment):
    check(changed(old, new), fragment)


@pytest.mark.parametrize(("old", "new", "fragment"), WITHOUT_RATE)
def test_error_without_a_learning_rate(old, new, fragment):
    check(changed(old, new, changed(RATE, "")), fragment)


@pytest.mark.parametrize(("old", "new", "fragment"), WHOLE_LAYERS)
def test_error_in_whole_layers(old, new, fragment):
    check(changed(old, new, LAYERS), fragment)


def test_the_place_is_kept_apart():
    with pytest.raises(WorksheetError) as caught:
        loads(changed("value = 0.1}", "value = nan}"))
    assert caught.value.place == "network.weights[1].value (line 7)"


def test_no_sections_at_all():
    check("", "the key 'data' is missing")


@pytest.mark.parametrize("given", [None, 3, b"title = 1"])
def test_no_text(given):
    with pytest.raises(BackproofError, match="expected the text of a worksheet"):
        loads(given)

"""Worksheets that tests begin with and change."""

OR = """title = "OR"
[network]
units = [["i1", "i2"], ["h1", "h2"], ["o"]]
activations = ["sigmoid", "sigmoid"]
cost = "half_squared_error"
weights = [
  {name = "w1", from = "i1", to = "h1", value = 0.1},
  {name = "w2", from = "i1", to = "h2", value = 0.2},
  {name = "w3", from = "i2", to = "h1", value = 0.3},
  {name = "w4", from = "i2", to = "h2", value = 0.4},
  {name = "w5", from = "h1", to = "o", value = 0.01},
  {name = "w6", from = "h2", to = "o", value = 0.02},
]
biases = [
  {name = "b1", to = "h1", value = 0.5},
  {name = "b2", to = "h2", value = 0.5},
  {name = "b3", to = "o", value = 0.03},
]
[data]
inputs = [[0, 0], [1, 0], [0, 1], [1, 1]]
targets = [[0], [1], [1], [1]]
[training]
learning_rate = 0.01
[[claims]]
of = "a[h1]"
value = "0.622"
sample = 1
"""

LAYERS = """
[network]
layers = [3, 2, 2]
activations = ["tanh", "softmax"]
cost = "cross_entropy"
[data]
inputs = [[1, 2, 3]]
targets = [[0, 1]]
"""

FEATURES = """
title = "every \\"thing\\" at once, \\\\ and é"
source = "line one\\nline two"
[network]
units = [["x"], ["h", "h'"], ["k1", "k2"], ["o_1", "o_2"]]
activations = [{name = "leaky_relu", slope = 0.2}, "gelu_tanh", "softmax"]
cost = "cross_entropy"
weights = [
  {name = "w", from = ["x", "x"], to = ["h", "h'"], value = 0.1},
  {name = "t", from = ["h", "k2"], to = ["k1", "o_1"], value = -1e-7, trained = false},
  {name = "v'", from = "k1", to = "o_2", value = 3},
]
biases = [{name = "b", to = ["h", "o_2"], value = 0.5}, {name = "c", to = "k2", value = 0.1, trained = false}]
[data]
inputs = [[1], [0.30000000000000004], [-2e300]]
targets = [[0, 1], [1, 0], [0.5, 0.5]]
reduction = "mean"
[training]
learning_rate = 0.1
optimizer = {name = "sgd", momentum = 0.9}
batches = [[2, 1], [3]]
[aliases]
"\\\\delta_o" = "delta[o_1]"
plain = "-E"
[document]
sample = 3
step = 2
[[claims]]
of = "delta[o_1]*w"
value = "-.5e-3"
sample = 1
where = "page 3"
expected = {verdict = "wrong", mistake = ["a", "b"], more = {n = 1, x = 0.5, ok = true, when = 1979-05-27}}
[[claims]]
of = "new w"
value = "0."
step = 10001
"""


def changed(old: str, new: str, sheet: str = OR) -> str:
    """The sheet with one passage changed, which must be there."""
    assert old in sheet
    return sheet.replace(old, new, 1)

"""An Architecture made directly is checked as one from a worksheet is: each of its parts against the others."""

from dataclasses import replace

import pytest

from backproof import Network
from backproof.architecture import Architecture
from backproof.errors import OptionError, ShapeError
from backproof.layers import Layer
from backproof.operations.activation import activations
from backproof.operations.cost import costs
from backproof.operations.layers.dense import Dense
from backproof.wiring import Indexed
from graphs import random_graph

COST = costs.make("half_squared_error")
IDENTITY = activations.make("identity")
X = Layer("x", None, (), IDENTITY, (), (2,))
ARRAYS = (("weight", "d.weight"), ("bias", "d.bias"))
D = Layer("d", Dense(1), (0,), IDENTITY, ARRAYS, (1,))
WIRING = Indexed((("d.weight", (2, 1)), ("d.bias", (1,))))
PARTS = {"layers": (X, D), "outputs": (1,), "cost": COST, "wiring": WIRING}

WRONG = {
    "no layers": ({"layers": ()}, ShapeError, "at least one layer"),
    "inputs alone": ({"layers": (X,)}, ShapeError, "at least one layer"),
    "inputs that come second": ({"layers": (D, X)}, OptionError, "must be the inputs"),
    "inputs twice": ({"layers": (X, replace(X, name="z"))}, OptionError, "layer 'z' needs a kind"),
    "a layer that receives from itself": ({"layers": (X, replace(D, receives=(1,)))}, OptionError, "earlier layer"),
    "a layer that receives from a later one": ({"layers": (X, replace(D, receives=(7,)))}, OptionError, "earlier"),
    "a layer counted from the end": ({"layers": (X, replace(D, receives=(-1,)))}, OptionError, "earlier layer"),
    "a layer that receives nothing": ({"layers": (X, replace(D, receives=()))}, ShapeError, "receives from 1 layer"),
    "a shape that is not the kind's": ({"layers": (X, replace(D, shape=(3,)))}, ShapeError, "make it (1,)"),
    "two layers of one name": ({"layers": (X, replace(D, name="x"))}, OptionError, "two layers have the same name"),
    "two units of one name": ({"layers": (replace(X, own_names=("p", "p")), D)}, OptionError, "two units"),
    "too few names of units": ({"layers": (replace(X, own_names=("p",)), D)}, ShapeError, "1 names of units"),
    "an array too few": ({"layers": (X, replace(D, arrays=ARRAYS[:1]))}, ShapeError, "for each of weight, bias"),
    "an array that is missing": ({"wiring": Indexed(WIRING.shapes[:1])}, ShapeError, "'d.bias' is missing"),
    "an array of another shape": ({"wiring": Indexed((("d.weight", (3, 1)), ("d.bias", (1,))))}, ShapeError, "(2, 1)"),
    "an array of nobody": ({"wiring": Indexed((*WIRING.shapes, ("e", (1,))))}, ShapeError, "no layer has"),
    "no outputs": ({"outputs": ()}, OptionError, "at least one"),
    "an output that is not there": ({"outputs": (2,)}, OptionError, "from 1 to 1"),
    "the inputs as an output": ({"outputs": (0,)}, OptionError, "from 1 to 1"),
    "an output twice": ({"outputs": (1, 1)}, OptionError, "names a layer twice"),
    "a layer that leads nowhere": (
        {"layers": (X, D, replace(D, name="e")), "outputs": (2,)}, ShapeError, "no layer receives from it"),
    "a cost by its name": ({"cost": "half_squared_error"}, OptionError, "cost must be a Cost"),
    "an unknown reduction": ({"reduction": "total"}, OptionError, "'sum' or 'mean'"),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "error", "says"), [pytest.param(*case, id=name) for name, case in WRONG.items()])
def test_parts_that_do_not_fit_are_refused(parts, error, says):
    with pytest.raises(error) as refused:
        Architecture(**PARTS | parts)
    assert says in str(refused.value)


def test_lists_are_taken_and_the_architecture_can_still_be_hashed():
    listed = Architecture(**PARTS | {"layers": [X, D], "outputs": [1]})
    assert listed == Architecture(**PARTS)
    assert hash(listed) == hash(Architecture(**PARTS))


@pytest.mark.parametrize("seed", range(8))
def test_no_layer_of_a_random_graph_can_be_left_out(seed):
    made = random_graph(seed).network.architecture
    assert replace(made) == made
    for number in range(1, len(made.layers)):
        layers = (*made.layers[:number], *made.layers[number + 1 :])
        with pytest.raises((ShapeError, OptionError)):
            replace(made, layers=layers)


def test_a_cost_of_one_output_is_refused_for_two():
    with pytest.raises(ShapeError, match="is for one output"):
        replace(Network.dense([1, 2]).architecture, cost=costs.make("output"))


def test_a_layer_needs_an_activation_each():
    with pytest.raises(ShapeError, match="expected 1 activations"):
        Network.dense([1, 1]).architecture.with_activations([])


@pytest.mark.parametrize("inputs", [["E"], [""], ["a[0]"], ["1a"], ["a b"], ["\x1b[31m"], ["p", "p"]])
def test_units_of_inputs_are_named_as_in_a_worksheet(inputs):
    with pytest.raises((OptionError, ShapeError), match=r"unit name|same name"):
        Network.graph(inputs, [{"name": "a", "kind": "dense", "units": 1}], cost="half_squared_error")

"""Formulas as data: what is read is what was written, and rubbish is one error."""

import json
import random
from contextlib import suppress

import numpy as np
import pytest

import backproof as bp
from backproof import Network
from backproof.custom import H
from backproof.errors import ModelError, OptionError
from backproof.expression import Add, Call, Number
from backproof.quantity import Quantity
from backproof.schema import Fault
from backproof.train.store import formula
from contract.test_custom import FORMULAS
from store.test_model_file import PLAIN, written


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_comes_back(tmp_path, own_activations, name):
    made = bp.activation(name, FORMULAS[name])
    said = json.loads(json.dumps(formula.write_formula(made.body)))
    assert formula.read_formula(said, ()) == made.body
    Network.dense([2, 2, 1], activation=made).save(tmp_path / "m")
    own_activations.added.clear()
    assert Network.load(tmp_path / "m").activations == (made, made)


def test_whole_numbers_stay_whole():
    read = formula.read_formula(json.loads('["^", "h", 2]'), ())
    assert type(read.children[1].value) is int
    assert type(formula.read_formula(2.0, ()).value) is float


@pytest.mark.parametrize(
    "body", [Quantity("a"), H + Quantity("h", ("x1",)), Call("matmul", (H, H)), Add((H, Call("", ())))]
)
def test_what_is_no_formula_in_h_is_not_written(body):
    with pytest.raises(OptionError, match="no variable but h"):
        formula.write_formula(body)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (None, "expected a number"), (True, "expected a number"), ("a", "expected a number"), ({}, "expected a number"),
        ([], "the list is empty"), (["tanh"], "has 0 parts, expected 1"), (["tanh", 1, 2], "has 2 parts, expected 1"),
        (["tahn", "h"], "'tahn' is not a part of a formula. Did you mean 'tanh'"), ([1, 2], "expected a string"),
        (["matmul", "h", "h"], "not a part of a formula"), (["+"], "has 0 parts, expected at least 1"),
        (["where", "h", 1], "has 2 parts, expected 3"), (["exp", float("nan")], "finite"), ([["exp"], "h"], "a string"),
    ],
)  # fmt: skip
def test_what_is_no_formula_is_not_read(said, message):
    with pytest.raises(Fault, match=message):
        formula.read_formula(said, ())


@pytest.mark.parametrize(
    "said",
    [
        ["sqrt", "h"], ["/", 1, "h"], ["/", 1, 0], [">", "h", 0], ["where", ["-", [">", "h", 0]], "h", 1],
        ["exp", ["exp", ["exp", ["exp", "h"]]]], ["^", 10, 100000], ["*", *[2**1000] * 5, "h"],
        ["where", "h", "h", "h"], ["sign", "h"], ["+", "h", *["h"] * 2000],
    ],
    ids=lambda said: str(said)[:40],
)  # fmt: skip
def test_formulas_that_are_no_activation_are_one_error_or_work(tmp_path, said):
    file = written(tmp_path, PLAIN | {"activations": [{"name": "own", "formula": said}]})
    with suppress(ModelError):
        assert Network.load(file).predict([[1.0, 1.0]]).shape == (1, 1)


@pytest.mark.parametrize("name", ["Own", "", "a b", "relu\n", 3, None])
def test_names_that_are_none(tmp_path, name):
    with pytest.raises(ModelError):
        Network.load(written(tmp_path, PLAIN | {"activations": [{"name": name, "formula": "h"}]}))


def test_random_formulas(tmp_path):
    rng = random.Random(1)

    def draw(depth):
        if depth == 0 or rng.random() < 0.2:
            return rng.choice(["h", "h", 0, 1, -2, 0.5, 1e308, 10**300])
        name = rng.choice([*formula._BUILD])
        count = formula._BUILD[name][0] or rng.randrange(1, 4)
        return [name, *(draw(depth - 1) for _ in range(count))]

    ends = set()
    for _ in range(300):
        body = draw(rng.randrange(1, 6))
        try:
            network = Network.load(written(tmp_path, PLAIN | {"activations": [{"name": "own", "formula": body}]}))
            network.predict(np.zeros((1, 2)))
            ends.add("read")
        except ModelError:
            ends.add("refused")
    assert ends == {"read", "refused"}


def test_a_number_is_a_formula():
    assert formula.read_formula(3, ()) == Number(3)

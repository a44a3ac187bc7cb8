import pytest

from backproof.errors import OptionError
from backproof.expression import Call
from backproof.functions import FUNCTIONS
from backproof.labels import Labels
from backproof.operations.optimiser import optimisers
from backproof.quantity import Quantity
from backproof.render.latex import LatexPrinter
from backproof.render.naming import MARKS, make_legend
from backproof.render.notation import MEANINGS, NOTATIONS, Symbol, find_notation
from backproof.render.text import TextPrinter
from variants import OPTIMISERS, words

LETTERS = {  # h, a, y, E, delta, eta, g
    "article": ("h", "a", "y", "E", "δ", "η", "g"),
    "nielsen": ("z", "a", "y", "C", "δ", "η", "σ"),
    "bishop": ("a", "z", "t", "E", "δ", "η", "h"),
    "goodfellow": ("a", "h", "y", "J", "g", "ε", "f"),
    "pytorch": ("z", "a", "y", "L", "δ", "lr", "f"),
}


@pytest.mark.parametrize("name", LETTERS)
def test_letters_are_the_books(name):
    notation = find_notation(name)
    assert tuple(map(notation.letter, ("h", "a", "y", "E", "delta", "eta", "g"))) == LETTERS[name]


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=NOTATIONS)
@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=words)
def test_no_letter_means_two_things(notation, optimiser):
    letters = [*map(notation.letter, MEANINGS), *(letter for letter, _ in optimiser.letters.values())]
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=words)
def test_every_number_that_an_optimiser_makes_has_a_letter(optimiser):
    assert {Quantity(number).letter for number in optimiser.made} <= set(optimiser.letters)


SGD = Labels(slots=optimisers.make({"name": "sgd", "momentum": 0.9}).letters)


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=NOTATIONS)
def test_a_legend_explains_each_letter_in_use_and_no_other(notation):
    formulas = [Quantity("dE/dh", ("o",), 2), Quantity("new", ("w1",)), Quantity("velocity", ("w1",))]
    legend = make_legend(formulas, notation, SGD)
    assert {symbol.letter for symbol, _ in legend} >= {*map(notation.letter, ("E", "h", "w")), "v"}
    assert notation.letter("y") not in {symbol.letter for symbol, _ in legend}
    assert len(legend) == 6
    assert notation.source


def test_every_letter_of_a_legend_can_be_printed_in_ascii():
    notation = find_notation("pytorch")
    symbols = [Symbol(notation.letter(key)) for key in MEANINGS] + [symbol for symbol, _ in MARKS.values()]
    symbols += [Symbol(letter) for each in OPTIMISERS for letter, _ in each.letters.values()]
    symbols += [symbol for symbol, _ in make_legend([Call(each, ()) for each in FUNCTIONS], notation, Labels())]
    for symbol in symbols:
        assert TextPrinter(ascii=True).letter(symbol).isascii()
        assert LatexPrinter().letter(symbol).isascii()


def test_a_slot_that_nobody_named_is_explained_by_its_own_word():
    ((symbol, meaning),) = make_legend([Quantity("accumulator", ("w1",))], find_notation("article"), Labels())
    assert symbol.letter == "accumulator"
    assert "accumulator" in meaning


@pytest.mark.parametrize(("name", "latex"), [
    ("article", r"\frac{\partial E}{\partial h_o}"), ("nielsen", r"\frac{\partial C}{\partial z_o}"),
    ("bishop", r"\frac{\partial E}{\partial a_o}"), ("goodfellow", r"\frac{\partial J}{\partial a_o}"),
    ("pytorch", r"\frac{\partial L}{\partial z_o}"),
])  # fmt: skip
def test_derivatives_take_the_letters_of_the_notation(name, latex):
    assert LatexPrinter(find_notation(name)).formula(Quantity("dE/dh", ("o",))) == latex


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_parameter_never_looks_like_another_quantity(name):
    notation, labels = find_notation(name), Labels(frozenset({"x1"}))
    printer = TextPrinter(notation, labels)
    for role in ("h", "a", "y", "E"):
        letter = notation.letter(role)
        assert printer.formula(Quantity("w", (f"{letter}1",))) != printer.formula(Quantity(role, ("1",)))


def test_an_unknown_notation_is_named_with_the_nearest():
    with pytest.raises(OptionError, match="Did you mean 'nielsen'"):
        find_notation("nielson")

"""What is printed means what was meant: the ASCII form, read back as Python, has the value of the formula."""

import re

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backproof.evaluation import evaluate
from backproof.expression import Add, Call, Compare, Div, Marked, Mul, Neg, Number, Pow, Rest, Value, Where, walk
from backproof.functions import FUNCTIONS
from backproof.labels import Labels
from backproof.quantity import Quantity
from backproof.render.latex import LatexPrinter
from backproof.render.mathml import MathMLPrinter
from backproof.render.text import TextPrinter

LABELS = Labels.of([["i1", "i2"], ["h1", "h2"], ["o"]])
NUMBERS = {
    Quantity("h", ("h1",)): 0.75, Quantity("a", ("i1",), 2): -1.5, Quantity("delta", ("o",)): 0.3,
    Quantity("dE/dw", ("w5",)): -0.2, Quantity("w", ("w_H11_I1",)): 2.5, Quantity("new", ("w5",)): -0.4,
    Quantity("step", ("w5",)): 1.25, Quantity("eta"): 0.1,
}  # fmt: skip

constants = st.sampled_from([0, 1, 2, -3, 0.5, -0.25, 1 / 3, 0.2, 1.702, 1e-8, -1e20]).map(Number)
values = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: Value(Quantity("eta"), value))
leaves = constants | values | st.sampled_from(list(NUMBERS)) | st.builds(Rest, st.just(7), st.floats(-2, 2))


def nodes(inner):
    several = st.lists(inner, min_size=1, max_size=4).map(tuple)
    names = st.sampled_from(["exp", "tanh", "abs", "sigmoid", "sin", "sqrt"])
    conditions = st.builds(Compare, st.sampled_from([">", "<", ">=", "<="]), inner, inner)
    return st.one_of(
        several.map(Add),
        several.map(Mul),
        st.builds(Neg, inner),
        st.builds(Div, inner, inner),
        st.builds(Pow, inner, st.sampled_from([2, 3, -1, 0.5]).map(Number)),
        st.builds(lambda name, x: Call(name, (x,)), names, inner),
        st.builds(lambda x, y: Call("maximum", (x, y)), inner, inner),
        st.builds(Where, conditions, inner, inner),
        st.builds(Marked, inner),
    )


formulas = st.recursive(leaves, nodes, max_leaves=12)


def read(text: str, printer: TextPrinter) -> float:
    """The value of an ASCII formula, by Python."""
    names = {printer.formula(quantity): value for quantity, value in NUMBERS.items()}
    letters = {name: f"Q{chr(97 + position)}" for position, name in enumerate(names)}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, f"({letters[name]})" if " " not in name else letters[name])
    text = re.sub(r"\.\.\. \(\d+ more terms: ([^)]*)\)", r"(\1)", text.replace("[[", "(").replace("]]", ")"))
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)", r"f64(\1)", text)
    scope = {name: function.compute for name, function in FUNCTIONS.items()}
    scope |= {letters[name]: np.float64(value) for name, value in names.items()}
    with np.errstate(all="ignore"):
        return float(eval(text, {"f64": np.float64, **scope}))


@settings(max_examples=300, deadline=None)
@given(formulas)
def test_the_printed_formula_has_the_value_of_the_formula(formula):
    try:
        with np.errstate(all="ignore"):
            meant = float(evaluate(formula, lambda quantity: np.float64(NUMBERS[quantity])))
    except (ZeroDivisionError, OverflowError, TypeError):  # Python numbers alone: 1 / 0, or a complex root
        assume(False)
    assume(not any(isinstance(node, Value) and node.value == 0 for node in walk(formula)))  # -0 is printed as 0
    printer = TextPrinter(labels=LABELS, digits=17, ascii=True)
    text = printer.formula(formula)
    assert text.isascii()
    found = read(text, printer)
    assume(np.isfinite(meant) and np.isfinite(found))
    assert found == meant or abs(found - meant) <= 1e-9 * abs(meant), text


@settings(max_examples=100, deadline=None)
@given(formulas)
def test_brackets_and_braces_balance_in_every_target(formula):
    latex = LatexPrinter(labels=LABELS).formula(formula)
    bare = re.sub(r"\\[{}]", "", latex)
    assert bare.count("{") == bare.count("}")
    assert len(re.findall(r"\\[bB]igg?l\b", latex)) == len(re.findall(r"\\[bB]igg?r\b", latex))
    pretty = TextPrinter(labels=LABELS).formula(formula)
    assert pretty.count("(") == pretty.count(")")
    mathml = MathMLPrinter(labels=LABELS).formula(formula)
    assert mathml.count("<mrow>") + mathml.count("<mrow ") == mathml.count("</mrow>")

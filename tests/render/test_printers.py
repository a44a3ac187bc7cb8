from xml.etree import ElementTree

import pytest

from backproof.expression import (
    Add,
    Call,
    Compare,
    Derivative,
    Div,
    Marked,
    Mul,
    Neg,
    Number,
    Pow,
    Rest,
    Sum,
    Value,
    Where,
)
from backproof.functions import absolute, exp, log, maximum, sigmoid, sqrt
from backproof.labels import Labels
from backproof.operations.optimiser import optimisers
from backproof.quantity import Quantity
from backproof.render.latex import LatexPrinter
from backproof.render.mathml import MathMLPrinter
from backproof.render.text import TextPrinter

LABELS = Labels.of([["i1", "i2"], ["h1", "h2"], ["o"]]).with_optimiser(optimisers.make("rmsprop"))
a, h, o = Quantity("a", ("h1",)), Quantity("h", ("h1",)), Quantity("delta", ("o",))
w5 = Quantity("w", ("w5",))


def put(value):
    return Value(a, value)


def whole(role, *of):
    return Quantity(role, of)


FORMULAS = {  # expression: ASCII, Unicode, LaTeX
    "chain": (
        Quantity("dE/dh", ("h1",)) * Quantity("dh/dw", ("h1", "w1")),
        "dE/dh_1 * dh_1/dw_1",
        "∂E/∂h₁ · ∂h₁/∂w₁",
        r"\frac{\partial E}{\partial h_1} \cdot \frac{\partial h_1}{\partial w_1}",
    ),
    "order": (o * w5 * (a * (1 - a)), "delta_o * w_5 * (a_1 * (1 - a_1))", "δₒ · w₅ · (a₁ · (1 − a₁))",
              r"\delta_o \cdot w_5 \cdot (a_1 \cdot (1 - a_1))"),
    "sigmoid": (1 / (1 + exp(-h)), "1 / (1 + exp(-h_1))", "1 / (1 + e^(−h₁))", r"\frac{1}{1 + e^{-h_1}}"),
    "numbers": (put(-0.488) * put(0.25), "(-0.488) * 0.25", "(−0.488) · 0.25", r"(-0.488) \cdot 0.25"),
    "half": (Number(0.5) * (a - 1) ** 2, "1/2 * (a_1 - 1)**2", "1/2 · (a₁ − 1)²",
             r"\frac{1}{2} \thinspace (a_1 - 1)^2"),
    "decimal": (Number(0.2) * h, "0.2 * h_1", "0.2 · h₁", r"0.2 \thinspace h_1"),
    "coefficient": (2 * put(3.0), "2 * 3", "2 · 3", r"2 \cdot 3"),
    "negative factor": (a * -o, "a_1 * (-delta_o)", "a₁ · (−δₒ)", r"a_1 \cdot (-\delta_o)"),
    "leading minus": (Mul((Neg(Quantity("eta")), Quantity("dE/dw", ("w5",)))), "-eta * dE/dw_5", "−η · ∂E/∂w₅",
                      r"-\eta \cdot \frac{\partial E}{\partial w_5}"),
    "minus sum": (a - (h + 1), "a_1 - (h_1 + 1)", "a₁ − (h₁ + 1)", "a_1 - (h_1 + 1)"),
    "minus negative": (Add((a, Neg(put(-2)))), "a_1 - (-2)", "a₁ − (−2)", "a_1 - (-2)"),
    "quotient of products": (Div(a * h, a * h), "a_1 * h_1 / (a_1 * h_1)", "a₁ · h₁ / (a₁ · h₁)",
                             r"\frac{a_1 \cdot h_1}{a_1 \cdot h_1}"),
    "factor quotient": (a * Div(h, w5), "a_1 * (h_1 / w_5)", "a₁ · (h₁ / w₅)", r"a_1 \cdot \frac{h_1}{w_5}"),
    "power of power": (Pow(Pow(a, Number(2)), Number(3)), "(a_1**2)**3", "(a₁²)³", "(a_1^2)^3"),
    "power of e": (exp(h) ** 2, "(exp(h_1))**2", "(e^h₁)²", "(e^{h_1})^2"),
    "power of fraction": ((a / h) ** 2, "(a_1 / h_1)**2", "(a₁ / h₁)²", r"\Bigl(\frac{a_1}{h_1}\Bigr)^2"),
    "power of minus": (Pow(put(-2), Number(2)), "(-2)**2", "(−2)²", "(-2)^2"),
    "minus power": (-(a**2), "-a_1**2", "−a₁²", "-a_1^2"),
    "power of sample": (Pow(Quantity("a", ("h1",), 2), Number(2)), "(a_1^(2))**2", "(a₁⁽²⁾)²", "(a_1^{(2)})^2"),
    "scientific": (put(1.2e-5) * a, "1.2e-5 * a_1", "1.2×10⁻⁵ · a₁", r"{1.2 \times 10^{-5}} \cdot a_1"),
    "large": (put(123456789.0), "1.23457e8", "1.23457×10⁸", r"{1.23457 \times 10^{8}}"),
    "zero": (put(-0.0), "0", "0", "0"),
    "infinity": (put(float("-inf")), "-inf", "−∞", r"-\infty"),
    "nan": (put(float("nan")), "nan", "NaN", r"\mathrm{NaN}"),
    "functions": (log(absolute(h)) + maximum(h, 0), "log(abs(h_1)) + maximum(h_1, 0)", "ln(|h₁|) + max(h₁, 0)",
                  r"\ln(\lvert h_1 \rvert) + \max(h_1, 0)"),
    "root": (sqrt(h) / 2, "sqrt(h_1) / 2", "√(h₁) / 2", r"\frac{\sqrt{h_1}}{2}"),
    "sigma": (sigmoid(h), "sigmoid(h_1)", "σ(h₁)", r"\sigma(h_1)"),
    "prime": (Call("relu_prime", (h,)), "relu'(h_1)", "relu′(h₁)", r"\operatorname{relu}'(h_1)"),
    "greek function": (Call("sigma_prime", (h,)), "sigma'(h_1)", "σ′(h₁)", r"\sigma'(h_1)"),
    "where": (Where(h > 0, h, 0.25 * h) * a, "(h_1 if h_1 > 0 else 1/4 * h_1) * a_1",
              "(h₁ if h₁ > 0 else 1/4 · h₁) · a₁",
              r"\biggl(\begin{cases} h_1 & \text{if } h_1 > 0 \cr \frac{1}{4} \thinspace h_1 & \text{otherwise} "
              r"\end{cases}\biggr) \cdot a_1"),
    "compare": (Compare("<=", h, Number(1)), "h_1 <= 1", "h₁ ≤ 1", r"h_1 \le 1"),
    "sum": (Sum("n=1..4", Quantity("dE/dw", ("w5",)), (a, a)), "sum[n=1..4](dE^(n)/dw_5)", "Σ[n=1..4] ∂E⁽ⁿ⁾/∂w₅",
            r"\sum_{n=1}^{4} \frac{\partial E^{(n)}}{\partial w_5}"),
    "sum of samples": (Sum("n=1..4", Quantity("E", (), "n"), (a, a)), "sum[n=1..4](E^(n))", "Σ[n=1..4] E⁽ⁿ⁾",
                       r"\sum_{n=1}^{4} E^{(n)}"),
    "factor sum": (Sum("k", a, (a, a)) * h, "(sum[k](a_1)) * h_1", "(Σ[k] a₁) · h₁",
                   r"\Bigl(\sum_{k} a_1\Bigr) \cdot h_1"),
    "rest": (Add((put(1), Rest(780, 0.0123))), "1 + ... (780 more terms: 0.0123)", "1 + … (780 more terms: 0.0123)",
             r"1 + \cdots \thinspace (\text{780 more terms: } 0.0123)"),
    "marked": (Marked(a) * h, "[[a_1]] * h_1", "‹a₁› · h₁", r"\boxed{a_1} \cdot h_1"),
    "derivative": (Derivative(h**2, h), "d/dh_1[h_1**2]", "∂/∂h₁[h₁²]",
                   r"\frac{\partial}{\partial h_1} \bigl[ h_1^2 \bigr]"),
    "matrices": (
        Call("hadamard", (Call("matmul", (whole("delta", "#2"), Call("transpose", (whole("w", "#2"),)))),
                          whole("da/dh", "#1", "#1"))),
        "(Delta_2 @ W_2.T) * g'(H_1)",
        "(𝛅₂ 𝐖₂ᵀ) ⊙ g′(𝐡₁)",
        r"(\boldsymbol{\delta}_2 \thinspace \mathbf{W}_2^{\mathsf{T}}) \odot g'(\mathbf{h}_1)",
    ),
    "columns": (Call("column_sum", (whole("delta", "#2"),)), "sum[n](Delta_2^(n))", "Σ[n] 𝛅₂⁽ⁿ⁾",
                r"\sum_{n} \boldsymbol{\delta}_2^{(n)}"),
}  # fmt: skip


@pytest.mark.parametrize(("formula", "plain", "pretty", "latex"), FORMULAS.values(), ids=FORMULAS)
def test_each_formula_prints_as_a_person_writes_it(formula, plain, pretty, latex):
    assert TextPrinter(labels=LABELS, ascii=True).formula(formula) == plain
    assert TextPrinter(labels=LABELS).formula(formula) == pretty
    assert LatexPrinter(labels=LABELS).formula(formula) == latex


QUANTITIES = {  # quantity: Unicode, LaTeX
    "input": (Quantity("a", ("i1",)), "i₁", "i_1"),
    "input of a sample": (Quantity("a", ("i1",), 3), "i₁⁽³⁾", "i_1^{(3)}"),
    "bare": (Quantity("h"), "h", "h"),
    "output": (Quantity("a", ("o",)), "aₒ", "a_o"),
    "prime": (Quantity("a", ("o'",)), "a_o'", "a_{o'}"),
    "word": (Quantity("a", ("out",)), "aₒᵤₜ", r"a_{\mathrm{out}}"),
    "underscore": (Quantity("w", ("w_H11_I1",)), "w_H11_I1", r"w_{\mathrm{H11\_I1}}"),
    "made up": (
        Quantity("w", ("w[1][x1,l1.1]",)),
        "w_{x1,l1.1}^[1]",
        r"w_{\mathrm{x1},\mathrm{l1.1}}^{[1]}",
    ),
    "new made up": (
        Quantity("new", ("b[1][o]",)),
        "bₒ^[1]⁺",
        r"b_o^{[1],+}",
    ),
    "position": (Quantity("h", ("c[0,1,2]",)), "h_{c[0,1,2]}", r"h_{\mathrm{c[0,1,2]}}"),
    "any": (Quantity("w", ("u,h1",)), "w_{u,1}", "w_{u,1}"),
    "greek": (Quantity("w", ("theta2",)), "θ₂", r"\theta_2"),
    "taken letter": (Quantity("w", ("h1",)), "h1", r"\mathrm{h1}"),
    "taken input": (Quantity("a", ("E",)), "E", "E"),
    "new": (Quantity("new", ("w5",)), "w₅⁺", "w_5^+"),
    "step": (Quantity("step", ("w5",)), "Δw₅", r"\Delta w_5"),
    "slot": (Quantity("velocity", ("w5",)), "v_w5", r"v_{\mathrm{w5}}"),
    "slot before": (Quantity("previous mean", ("w5",)), "m_w5⁻", r"m_{\mathrm{w5}}^-"),
    "part of the cost": (Quantity("dE/da", ("o", "h1")), "∂Eₒ/∂a₁", r"\frac{\partial E_o}{\partial a_1}"),
    "its own": (Quantity("da/dh", ("o",)), "∂aₒ/∂hₒ", r"\frac{\partial a_o}{\partial h_o}"),
    "softmax": (Quantity("da/dh", ("o", "h1")), "∂aₒ/∂h₁", r"\frac{\partial a_o}{\partial h_1}"),
    "of a sample": (
        Quantity("da/dh", ("o",), 2),
        "∂aₒ⁽²⁾/∂hₒ⁽²⁾",
        r"\frac{\partial a_o^{(2)}}{\partial h_o^{(2)}}",
    ),
    "weights": (whole("dE/dw", "#2"), "∂E/∂𝐖₂", r"\frac{\partial E}{\partial \mathbf{W}_2}"),
    "biases": (whole("dE/db", "#2"), "∂E/∂𝐛₂", r"\frac{\partial E}{\partial \mathbf{b}_2}"),
    "step number": (Quantity("h", ("o",), None, 2), "hₒ^(t=2)", "h_o^{(t=2)}"),
}


@pytest.mark.parametrize(("quantity", "pretty", "latex"), QUANTITIES.values(), ids=QUANTITIES)
def test_each_quantity_has_its_symbol(quantity, pretty, latex):
    labels = LABELS if quantity.of != ("E",) else Labels(frozenset({"E"}))
    if quantity.of == ("E",):
        pretty, latex = "in_E", r"\mathrm{in}_E"
    assert TextPrinter(labels=labels).formula(quantity) == pretty
    assert LatexPrinter(labels=labels).formula(quantity) == latex


@pytest.mark.parametrize("formula", [row[0] for row in FORMULAS.values()] + [row[0] for row in QUANTITIES.values()])
def test_mathml_is_well_formed(formula):
    printer = MathMLPrinter(labels=LABELS)
    root = ElementTree.fromstring(printer.inline(formula))
    assert root.tag.endswith("}math")
    assert root.get("alttext") == TextPrinter(labels=LABELS).formula(formula)
    linked = ElementTree.fromstring(printer.linking(lambda quantity: "there").inline(formula))
    links = [each.get("href") for each in linked.iter("{http://www.w3.org/1999/xhtml}a")]
    assert set(links) <= {"#there"}


def test_colour_marks_what_brackets_mark_otherwise():
    assert TextPrinter(labels=LABELS, color=True).formula(Marked(a)) == "\x1b[1;33ma₁\x1b[0m"


def test_digits_are_significant():
    assert TextPrinter(digits=3).formula(put(0.000278685)) == "0.000279"
    assert TextPrinter(digits=2).formula(put(784.0)) == "7.8×10²"


def test_a_long_fraction_stays_on_the_line():
    long = Add(tuple(put(0.123456 * k) for k in range(20)))
    assert r"\frac" not in LatexPrinter().formula(long / 2)
    assert LatexPrinter().formula(exp(long)).startswith(r"\exp(")


def test_a_long_mark_can_be_broken_where_lines_are():
    long = Add(tuple(put(0.123456 * k) for k in range(20)))
    assert LatexPrinter(breakable=True).formula(Marked(long)).startswith(r"\begingroup\color{marked}")
    assert LatexPrinter().formula(Marked(long)).startswith(r"\boxed{")

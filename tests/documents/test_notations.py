"""Documents in other notations: plain text, Markdown, LaTeX, other books' letters, decimal commas, aliases."""

from dataclasses import replace

import pytest

from documents.reading import claims, formulas, read, sheet

MAZUR = r"""
\documentclass{article}
\newcommand{\x}{a = 3} % E = 5
\begin{document}
\begin{align*}
net_{h1} &= w_1 i_1 + w_2 i_2 + b_1 \cdot 1 \\
         &= 0.15 * 0.05 + 0.2 * 0.1 + 0.35 * 1 = 0.3775
\end{align*}
so $out_{h1} = \frac{1}{1+e^{-net_{h1}}} = \frac{1}{1+e^{-0.3775}} = 0.593269992$. % out_{h1} = 3
$E_{total} = \sum \frac{1}{2}(target - output)^2$ and
$E_{o1} = \frac{1}{2}(target_{o1} - out_{o1})^{2} = \frac{1}{2}(0.01 - 0.75136507)^{2} = 0.274811083$
\begin{equation}
\frac{\partial E_{total}}{\partial out_{o1}} = -(target_{o1} - out_{o1}) = -(0.01 - 0.75136507) = 0.74136507
\end{equation}
\[\frac{\partial out_{o1}}{\partial net_{o1}} = out_{o1}(1 - out_{o1}) = 0.186815602\]
$$\frac{\partial E_{total}}{\partial w_{5}} = 0.74136507 * 0.186815602 * 0.593269992 = 0.082167041$$
$w_5^{+} = w_5 - \eta * \frac{\partial E_{total}}{\partial w_{5}} = 0.4 - 0.5 * 0.082167041 = 0.35891648$
$\frac{\partial E_{total}}{\partial w_1} = (\sum\limits_{o}{\delta_o * w_{ho}}) * out_{h1}(1 - out_{h1}) * i_1$
\end{document}
"""


def test_net_and_out_in_latex():
    reading = read(MAZUR, sheet("mazur"))
    assert claims(reading) == [
        ("h[h1]", "0.3775"), ("a[h1]", "0.593269992"), ("a[o1]", "0.75136507"), ("E[o1]", "0.274811083"),
        ("dE/da[o1]", "0.74136507"), ("da/dh[o1]", "0.186815602"), ("dE/dw5", "0.082167041"), ("new w5", "0.35891648"),
    ]  # fmt: skip
    assert all(step.right for step in reading.steps)
    assert formulas(reading) == [
        ("h[h1]", True), ("a[h1]", True), ("E", True), ("E[o1]", True), ("dE/da[o1]", True), ("da/dh[o1]", True),
        ("new w5", True),
    ]  # fmt: skip
    assert [each.reason.split()[0] for each in reading.unread] == ["delta_o,"]


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("dE/dw5 = -0.084", ("dE/dw5", "-0.084")),
        ("∂E/∂w₅ = −0.0786", ("dE/dw5", "-0.0786")),
        ("so we get dE/da[o] = -0.488 and go on", ("dE/da[o]", "-0.488")),
        ("delta_o = -0.122 (as before)", ("delta[o]", "-0.122")),
        ("δ₁ = -0.00028", ("delta[h1]", "-0.00028")),
        ("a1 = 0.6457", ("a[h1]", "0.6457")),
        ("z_2 = 0.7", ("h[h2]", "0.7")),
        ("$\\hat{y} = 0.512$", ("a[o]", "0.512")),
        ("$\\hat y \\approx 0.512$", ("a[o]", "0.512")),
        ("$\\mathcal{L} = 0.119$", ("E", "0.119")),
        ("Cost = 0.119", ("E", "0.119")),
        ("the output a_o is 0.512", ("a[o]", "0.512")),
        ("$y_{\\text{train}} = 1$", ("y[o]", "1")),
        ("dE/dw1 = -2.79 × 10⁻⁴", ("dE/dw1", "-2.79e-4")),
        (r"$\frac{dE}{dw_1} = -2.79 \times 10^{-4}$", ("dE/dw1", "-2.79e-4")),
        ("a_1 = 64.6%", ("a[h1]", "64.6e-2")),
        ("w<sub>5</sub> = 0.01", ("w5", "0.01")),
        ("`dE/dw5 = -0.0786`", ("dE/dw5", "-0.0786")),
        ("**dE/dw5 = -0.0786**", ("dE/dw5", "-0.0786")),
        ("| dE/dw5 | -0.0786 |", ("dE/dw5", "-0.0786")),
        (r"\( \delta_{h_2} = -5.4e-4 \)", ("delta[h2]", "-5.4e-4")),
        ("-delta_o = 0.122", ("-delta[o]", "0.122")),
        ("h_1 = 1,000.5", ("h[h1]", "1000.5")),
        ("h_1 = 0{,}6", ("h[h1]", "0.6")),
        (r"$$\begin{aligned} a_1 &= 0.6457 \end{aligned}$$", ("a[h1]", "0.6457")),
        ("dh_o/dw_5 = 0.6457", ("dh[o]/dw5", "0.6457")),
    ],
)
def test_a_number(text, claim):
    reading = read(text)
    assert claims(reading) == [claim]
    assert not reading.unread


def test_decimal_commas_where_no_number_has_a_point():
    reading = read("h_1 = 0,1*1 + 0,3*0 + 0,5 = 0,6\na_1 = 0,6457")
    assert claims(reading) == [("h[h1]", "0.6"), ("a[h1]", "0.6457")]
    assert [step.value for step in reading.steps] == [pytest.approx(0.6)]


def test_an_update_means_the_new_weight():
    worksheet = replace(sheet(), training=replace(sheet().training, rate=0.5))
    for text in ("w5+ = 0.049", "new w5 = 0.049", "$w_5^{new} = 0.049$", "$w_{5,new} = 0.049$", "w5 := 0.049",
                 r"$w_5 \leftarrow 0.049$", "w5 -> 0.049"):  # fmt: skip
        assert claims(read(text, worksheet)) == [("new w5", "0.049")], text
    reading = read("w5 = w5 - eta*dE/dw5\n$w_5 \\leftarrow w_5 + \\eta \\frac{\\partial E}{\\partial w_5}$", worksheet)
    assert formulas(reading) == [("new w5", True), ("new w5", False)]
    assert "update_sign_flipped" in reading.formulas[1].mistakes


def test_a_rate_that_the_worksheet_lacks_is_said():
    assert "learning rate" in read("w5+ = 0.049").unread[0].reason


def test_aliases_come_first():
    worksheet = replace(sheet(), aliases={r"\epsilon_o": "-delta[o]", "a_1": "a[h2]"})
    reading = read("$\\epsilon_o = (y - a_o) a_o (1 - a_o) = 0.122$\n\n$a_{1} = 0.668$", worksheet)
    assert claims(reading) == [("-delta[o]", "0.122"), ("a[h2]", "0.668")]
    assert formulas(reading) == [("-delta[o]", True)]


def test_where_says_line_and_column():
    reading = read("Some words.\n\nThen a_1 = 0.6457 follows.")
    assert reading.claims[0].where == "line 3, column 12"


def test_a_sample_must_be_said_where_there_are_several():
    from backproof.worksheet.model import Document

    worksheet = replace(sheet(), document=Document())
    reading = read("a_1 = 0.6457\ndE/dw5 = -0.17", worksheet)
    assert claims(reading) == [("dE/dw5", "-0.17")]
    assert "--sample" in reading.unread[0].reason
    assert read("a_1 = 0.6457", worksheet, sample=2).claims[0].sample == 2

"""What is right in a document and what is not: arithmetic as written, formulas, and which slip is in them."""

from dataclasses import replace

import pytest

import backproof
from documents.reading import claims, formulas, read, sheet


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("dE/dh_o = (0.512 - 1)*0.512(1 - 0.512) = -0.122", "right"),
        ("dE/dh_o = (0.512 - 1)*0.512(1 - 0.512) = -0.121", "right"),  # cut
        ("dE/dh_o = (0.512 - 1)*0.512(1 - 0.512) = -0.132", "wrong"),
        ("(0.512 - 1)*0.512 = -0.26", "wrong"),
        ("h_1 = 0.1*1 + 0.3*0 + 0.5 = 0.6", "right"),
        ("h_1 = 0.1*1 + 0.3*1 + 0.5 = 0.6", "wrong"),
        (r"$E = \frac{1}{2}(1 - 0.512)^2 = 0.119072$", "right"),
        (r"$E = \frac12 (1 - 0.512)^{2} = 0.12$", "right"),
        (r"$a_1 = \frac{1}{1 + e^{-0.6}} = 0.6457$", "right"),
        (r"$a_1 = \frac{1}{1 + e^{0.6}} = 0.6457$", "wrong"),
        (r"$a_1 = \sigma(0.6) = 0.6457$", "right"),
        ("a_1 = 1/(1 + exp(-0.6)) = 0.6457", "right"),
        ("h_o = 0.65*0.01 + 0.67*0.02 + 0.03 = 0.0498", "rounded"),  # unrounded factors give the printed number
        ("dE/dw5 = -0.122 * 0.69 = -0.084 = -0.08", "right"),
        ("E = 0.5*(1-0.512)**2 = 0.119", "right"),
        ("E = ½(1-0.512)² = 0.119", "right"),
        (r"$\sqrt{4} \cdot |{-3}| = 6$", "right"),
        ("h_1 = 0.3 + 0.2 = 0.4", "wrong"),
    ],
)
def test_arithmetic(text, verdict):
    assert read(text).steps[0].verdict == verdict


@pytest.mark.parametrize(
    ("product", "number", "verdict"),
    [
        ("[[0.1, 0.3], [0.2, 0.4]] * [[1], [0]] + [[0.5], [0.5]]", "[[0.6], [0.7]]", "right"),
        ("[[0.1, 0.3], [0.2, 0.4]] * [[1], [0]] + [[0.5], [0.5]]", "[[0.6], [0.8]]", "wrong"),
        ("[[1, 0]] * [[0.1, 0.2], [0.3, 0.4]] + [[0.5, 0.5]]", "[0.6, 0.7]", "right"),
        ("[[0.1, 0.2]] * [[0.3, 0.4]]", "[[0.03, 0.08]]", "right"),  # entry by entry
        ("[[0.1, 0.2]] * [[0.3], [0.4]]", "0.11", "right"),
    ],
)
def test_products_of_matrices_are_held_against_what_follows(product, number, verdict):
    reading = read(f"z1 = {product} = {number}")
    assert [step.verdict for step in reading.steps] == [verdict]


def test_intermediate_products_are_held_against_each_other():
    wrong = read("dE/dh_o = (0.512 - 1)*0.512*0.488 = -0.488*0.25 = -0.122").steps
    assert [step.verdict for step in wrong] == ["right", "right"]
    wrong = read("dE/dh_o = (0.512 - 1)*0.512*0.488 = -0.488*0.35 = -0.122").steps
    assert [step.verdict for step in wrong] == ["wrong", "wrong"]


@pytest.mark.parametrize(
    "text",
    [
        r"$\delta_o = (a_o - y)\,a_o(1-a_o)$",
        r"$\delta_{h1} = \delta_o w_5 \sigma'(h_1)$",
        r"$\frac{\partial E}{\partial w_1} = \frac{\partial E}{\partial a_o}\frac{\partial a_o}{\partial h_o}"
        r"\frac{\partial h_o}{\partial a_1}\frac{\partial a_1}{\partial h_1}\frac{\partial h_1}{\partial w_1}$",
        "dE/dw5 = delta_o*a1",
        "∂E/∂w₆ = δ_o·a₂",
        "delta_h1 = delta_o * w5 * a1 * (1 - a1)",
        r"$\frac{\partial}{\partial w_5}\left(\frac12 (y - a_o)^2\right) = \delta_o a_1$",
        r"$\frac{\partial h_o}{\partial a_1} = \frac{\partial}{\partial a_1}(a_1 w_5 + a_2 w_6 + b_3) = w_5$",
        r"$\sigma'(z) = \sigma(z)(1 - \sigma(z))$",
        r"$g'(h) = \frac{e^{-h}}{(1+e^{-h})^2}$",
        r"$\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)$",
        r"$\frac{\partial C}{\partial b^l} = \delta^l$",
        r"$\frac{\partial E}{\partial w_l} = \delta_l a_{l-1}$",
        r"$W \leftarrow W - \eta\frac{\partial E}{\partial W}$",
        "h_2 = 0.2 i_1 + 0.4 i_2 + 0.5",
        r"$\frac{\partial h_o}{\partial b_3} = 1$",
        r"$\frac{\partial a_1}{\partial h_2} = 0$",
        r"$J = \frac12 (y-\hat y)^2$",
    ],
)
def test_formulas_that_hold(text):
    reading = read(text)
    assert reading.formulas
    assert all(each.holds for each in reading.formulas)
    assert not reading.unread


@pytest.mark.parametrize(
    ("text", "mistake", "says"),
    [
        (r"$\frac{\partial E}{\partial w_6} = \delta_o a_1$", "wrong_index", "a[h1] was used for a[h2]"),
        ("dE/dw1 = delta_o*w5*i_1", "sigma_prime_omitted", "g'(h[h1]) was left out"),
        ("dE/dw5 = (a_o - y)*a_1", "sigma_prime_omitted", "g'(h[o]) was left out"),
        ("dE/dw5 = delta_o", "input_activation_omitted", "a[h1] was left out"),
        ("delta_h1 = delta_o*g'(h_1)", "path_weight_omitted", "w5 was left out"),
        ("E = (y - a_o)^2", "factor_2_or_half", "2"),
        ("delta_o = (y - a_o)*a_o*(1 - a_o)", "sign_flipped", "-delta[o]"),
        ("a_2 = 1/(1 + e^{h_2})", "sign_in_exponent", "exponent"),
        (r"$\delta_{h1} = \delta_o w_5 \sigma'(a_1)$", "derivative_of_wrong_argument", "a[h1]"),
        (r"$\frac{\partial a_o}{\partial h_o} = \delta_o$", "label_mixup", "dE/dh[o]"),
        ("dE/db1 = delta_o*w6", "sigma_prime_omitted+wrong_index", "w6 was used for w5"),
        ("h_o = a_1 w_5 + a_2 w_6", "bias_omitted", "b3"),
    ],
)
def test_formulas_that_do_not_hold(text, mistake, says):
    (formula,) = read(text).formulas
    assert not formula.holds
    assert says in formula.says
    assert formula.mistakes[:1] == ((mistake,) if mistake else ()) or mistake in formula.mistakes


def test_a_general_statement_can_be_wrong():
    assert [each.holds for each in read(r"$\sigma'(z) = \sigma(z)(1 + \sigma(z))$").formulas] == [False]
    assert [each.holds for each in read(r"$\delta_l = \delta_{l+1} w_l g'(h_l)$").formulas] == [False]


def test_a_subscript_that_swallowed_a_factor():
    (formula,) = read(r"$\frac{\partial E}{\partial w_1} = \delta_{ow_5}\sigma'(h_1) i_1$").formulas
    assert not formula.holds
    assert "w_5 stands in the subscript" in formula.says


def test_numbers_put_in_are_claims_of_what_they_stand_for():
    reading = read("dE/dw5 = delta_o*a_1 = -0.122*0.69 = -0.084")
    assert claims(reading) == [("delta[o]", "-0.122"), ("a[h1]", "0.69"), ("dE/dw5", "-0.084")]
    reading = read("h_1 = w_1 i_1 + w_3 i_2 + b_1 = 0.1*1 + 0.3*0 + 0.4 = 0.5")
    assert [each.says for each in reading.formulas if not each.holds] == ["0.4 was put in for b1, which is 0.5"]


def test_numbers_of_one_shape_are_not_taken_for_another_formula():
    reading = read("h_1 = w_1 i_1 + w_3 i_2 + b_1\nh_o = 0.65*0.01 + 0.67*0.02 + 0.03 = 0.0498")
    assert claims(reading) == [("h[o]", "0.0498")]
    assert formulas(reading) == [("h[h1]", True)]


def test_sentences_about_the_givens():
    def wrong(text):
        return [each.says for each in read(text).formulas if not each.holds]

    assert wrong("Here i_1 and i_2 are 0 and 1.") == ["a[i1] is 1; a[i2] is 0"] or wrong(
        "Here i_1 and i_2 are 0 and 1."
    )
    assert not wrong("Here i_1 and i_2 are 1 and 0.")
    assert wrong("The bias b_2 is connected to h_1.") == ["b2 feeds h2, not h1"]
    assert not wrong("The bias b_1 is connected to h_1.")
    assert wrong("Now dE/dw_2, dE/dw_4 and dE/db_1 follow.")
    assert not wrong("Now dE/dw_2, dE/dw_4 and dE/db_2 follow.")
    assert wrong("We refer to dE/da_o as \\delta_o.")


def test_a_network_with_several_activations_and_a_softmax():
    network = backproof.Network.dense([2, 2, 2], activation=["relu", "softmax"], cost="cross_entropy")
    worksheet = replace(sheet(), network=network, x=sheet().x[:1], y=sheet().y[:1].repeat(2, 1) * 0 + 0.5)
    worksheet = replace(worksheet, document=type(worksheet.document)())
    reading = read(r"$\frac{\partial E}{\partial h_{l2.1}} = a_{l2.1} - y_{l2.1}$" + "\n" + r"$g'(z) = 1$", worksheet)
    assert formulas(reading) == [("dE/dh[l2.1]", True)]
    assert len(reading.unread) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("q_7 = 0.5", "alias"),
        (r"$\foo_1 = 0.5$", "not read"),
        ("= 0.5", "left"),
        ("a_1 = (0.5", "bracket"),
        ("W1 = [[1, 2], [3, 4]]", "list"),
        (r"$\begin{pmatrix} 1 \end{pmatrix} = 3$", "matrix"),
        ("a_1 = 1/0", "finite"),
        ("a_1 = b_7 + c_2", "alias"),
        (r"$\frac{\partial^2 E}{\partial w_1^2} = 3$", "letter"),
        (r"$q^{(1)}_1 = 0.65$", "alias"),
    ],
)
def test_what_cannot_be_read_is_listed(text, reason):
    (unread,) = read(text).unread
    assert reason in unread.reason
    assert unread.where.startswith("line 1")


@pytest.mark.parametrize("unknown", ["foo", "qo", "the answer", "it"])
@pytest.mark.parametrize("between", ["\n", " ", ", ", "; ", "\n\n"])
def test_a_number_of_an_unknown_word_is_not_one_of_the_equation_before(unknown, between):
    reading = read(f"a_1 = 0.6457{between}{unknown} = 0.0498")
    assert claims(reading) == [("a[h1]", "0.6457")]
    assert not reading.steps
    assert [each.text for each in reading.unread] == ["= 0.0498"]


@pytest.mark.parametrize(
    "text", ["a_1 = 0.6457\n= 0.65", "$a_1 = 0.6457$ which is $= 0.65$", "$a_1 = 0.6457$ $= 0.65$"]
)
def test_an_equation_goes_on_after_a_line_or_formula(text):
    assert claims(read(text)) == [("a[h1]", "0.6457"), ("a[h1]", "0.65")]

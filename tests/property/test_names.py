"""The names of numbers: every reading that is clear is taken, every other one is refused in words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backproof import Network, Trace, names
from backproof.errors import BackproofError, NameUnknown
from backproof.expression import Mul, Neg
from backproof.quantity import COST, Quantity, Scope, keep_before
from backproof.wiring import Parameter
from connections import at, explicit
from networks import names_of, sane_case


def drawn(units=(("i1", "i2"), ("h1", "h2"), ("o",)), parameters=("w1", "w2", "w3", "w4", "w5", "w6", "b1", "b2", "b3"),
          activations=("sigmoid", "sigmoid")):  # fmt: skip
    """The network of the article, with other names where asked."""
    uses = [at(1, 0, 0), at(1, 0, 1), at(1, 1, 0), at(1, 1, 1), at(2, 0, 0), at(2, 1, 0)]
    uses += [at(1, None, 0), at(1, None, 1), at(2, None, 0)]
    wiring = explicit(units, tuple(Parameter(name, (use,)) for name, use in zip(parameters, uses, strict=True)))
    arrays = {"W1": np.full((2, 2), 0.1), "b1": np.zeros(2), "W2": np.full((2, 1), 0.2), "b2": np.zeros(1)}
    return Network.build(wiring, activations, "half_squared_error", arrays, "sum", units)


ARTICLE = drawn()


@pytest.mark.parametrize(("quantity", "top", "by"), [
    (Quantity("dE/dw", ("w5",)), COST, Quantity("w", ("w5",))),
    (Quantity("da/dh", ("u",), 2), Quantity("a", ("u",), 2), Quantity("h", ("u",), 2)),
    (Quantity("da/dh", ("u", "v")), Quantity("a", ("u",)), Quantity("h", ("v",))),
    (Quantity("dh/da", ("v", "u"), 1, None, 3), Quantity("h", ("v",), 1), Quantity("a", ("u",), 3)),
    (Quantity("delta", ("u",)), COST, Quantity("h", ("u",))),
    (Quantity("dE/da", ("o", "u"), 2), Quantity("E", ("o",), 2), Quantity("a", ("u",), 2)),
])  # fmt: skip
def test_a_derivative_knows_what_is_differentiated_with_respect_to_what(quantity, top, by):
    assert quantity.is_derivative
    assert (quantity.numerator, quantity.denominator) == (top, by)


@pytest.mark.parametrize(("quantity", "scope"), [
    (Quantity("E"), Scope.BATCH), (Quantity("dE/dw", ("w5",)), Scope.BATCH),
    (Quantity("dE/dw", ("o", "w5")), Scope.SAMPLE), (Quantity("E", ("o",)), Scope.SAMPLE),
    (Quantity("delta", ("o",)), Scope.SAMPLE), (Quantity("y", ("o",)), Scope.SAMPLE),
    (Quantity("w", ("w5",)), Scope.STEP), (Quantity("new", ("w5",)), Scope.STEP), (Quantity("eta"), Scope.STEP),
    (keep_before("velocity", "w5"), Scope.STEP),
])  # fmt: skip
def test_a_quantity_knows_what_it_belongs_to(quantity, scope):
    assert quantity.scope is scope


@pytest.mark.parametrize(("short", "long"), [
    ("a_h1", "a[h1]"), ("h_o", "h[o]"), ("delta_o", "delta[o]"), ("E_o", "E[o]"), ("y_o", "y[o]"),
    ("dE/da_h1", "dE/da[h1]"), ("dE/dh_o", "dE/dh[o]"), ("da/dh_h2", "da/dh[h2]"), ("dh_o/da_h1", "dh[o]/da[h1]"),
    ("da_o/dw1", "da[o]/dw1"), ("dE_o/dw1", "dE[o]/dw1"), ("  dE/dw1 ", "dE/dw1"), ("new   w1", "new w1"),
    ("delta_o * w5", "delta[o]*w5"), ("- delta_o", "-delta[o]"),
])  # fmt: skip
def test_brackets_may_be_left_out(short, long):
    assert names.parse_name(short, ARTICLE) == names.parse_name(long, ARTICLE)


def test_products_and_signs():
    eta, gradient = Quantity("eta"), Quantity("dE/dw", ("w5",))
    assert names.parse_name("eta*dE/dw5", ARTICLE) == Mul((eta, gradient))
    assert names.parse_name("-eta*dE/dw5", ARTICLE) == Neg(Mul((eta, gradient)))


def test_a_written_parameter_name_beats_a_reading():
    network = drawn(parameters=("a_h1", "h_o", "w3", "w4", "h_h1", "w6", "delta_o", "E_o", "b3"))
    for name in ("a_h1", "h_o", "delta_o", "E_o"):
        assert names.parse_name(name, network) == Quantity("w", (name,))
    assert names.parse_name("dE/da_h1", network) == Quantity("dE/dw", ("a_h1",))
    assert names.parse_name("dE/da[h1]", network) == Quantity("dE/da", ("h1",))
    assert names.parse_name("a[h1]", network) == Quantity("a", ("h1",))


def test_a_softmax_has_no_single_slope_but_every_partial_one():
    network = drawn(activations=("softmax", "sigmoid"))
    with pytest.raises(NameUnknown, match=r"da\[h1\]/dh\[h1\]"):
        names.parse_name("da/dh[h1]", network)
    assert names.parse_name("da[h1]/dh[h2]", network) == Quantity("da/dh", ("h1", "h2"))
    assert names.parse_name("da/dh[o]", network) == Quantity("da/dh", ("o",))


@pytest.mark.parametrize(("name", "says"), [
    ("h[i1]", "'i1' is an input"), ("delta[i2]", "'i2' is an input"), ("dE/dh[i1]", "'i1' is an input"),
    ("da/dh[i1]", "'i1' is an input"), ("dh[o]/dh[i1]", "'i1' is an input"),
    ("E[h1]", "not an output"), ("y[h1]", "not an output"), ("E[i1]", "not an output"), ("dE[h1]/dw1", "not an output"),
    ("a[h3]", "Did you mean 'h"), ("dE/da[hh1]", "Did you mean 'h1'"), ("dE/dw7", "no parameter 'w7'"),
    ("new w7", "no parameter 'w7'"), ("w15", "Did you mean 'w"), ("dE/dw", "no parameter 'w'"), ("loss", "expected h"),
    ("", "expected h"), ("-", "expected h"), ("*", "expected h"), ("w1*", "expected h"), ("--w1", "expected h"),
    ("a[h1", "expected h"), ("a h1", "expected h"), ("E E", "expected h"), ("Eta", "expected h"), ("a[]", "expected h"),
    ("w1+w2", "expected h"), ("new new w1", ""), ("step", "expected h"), ("d/d", "expected h"),
])  # fmt: skip
def test_what_is_no_name_is_refused_with_a_reason(name, says):
    with pytest.raises(NameUnknown) as refused:
        names.parse_name(name, ARTICLE)
    assert says in str(refused.value)
    assert isinstance(refused.value, KeyError)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize("name", ["dE/dW1", "dE/dw1", "dE[l2.1]/dw1", "w1", "new w1"])
def test_a_whole_layer_shows_how_its_parameters_are_called(name):
    network = Network.dense([60, 40, 1])
    with pytest.raises(NameUnknown, match=r"look like 'w\[1\]\[x1,l1\.1\]'"):
        names.parse_name(name, network)


@pytest.mark.parametrize("name", [5, None, b"E", ("E",)])
def test_a_name_is_a_string(name):
    with pytest.raises(NameUnknown, match="is a string such as"):
        TRACE[name]


def test_names_of_units_may_look_like_names_of_numbers():
    network = drawn(units=(("a", "h"), ("h_o", "E"), ("a_h",)))
    assert names.parse_name("a_a_h", network) == Quantity("a", ("a_h",))
    assert names.parse_name("a_h", network) == Quantity("a", ("h",))
    assert names.parse_name("dE/dh_h_o", network) == Quantity("dE/dh", ("h_o",))
    assert names.parse_name("a[E]", network) == Quantity("a", ("E",))
    with pytest.raises(NameUnknown, match="not an output"):
        names.parse_name("E[E]", network)


@pytest.mark.parametrize("seed", range(60))
def test_every_number_of_a_network_has_a_name_that_leads_back_to_it(seed):
    network = sane_case(8000 + seed, depth=3, width=4).network
    for quantity in names_of(network):
        if quantity.role == "da/dh" and len(set(quantity.of)) == 1:
            continue  # a unit's own slope has two names: da/dh[u] and da[u]/dh[u]
        assert names.parse_name(quantity.name, network) == quantity


TRACE = Trace(ARTICLE, np.array([[1.0, 0.0]]), np.array([[1.0]]))
PIECES = st.sampled_from(["a", "h", "E", "d", "/", "[", "]", "_", "*", "-", " ", "new ", "step ", "eta", "delta", "h1",
                          "o", "i1", "w1", "w5", "b3", "dE/", "y", "'", "δ", "\n", "0", "."])  # fmt: skip


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=12), st.lists(PIECES, max_size=9).map("".join)))
def test_garbage_raises_nothing_but_our_own_errors(text):
    try:
        value = TRACE[text]
    except BackproofError:
        with pytest.raises(BackproofError):
            TRACE.explain(text)
    else:
        assert TRACE.explain(text).value == value


def test_a_million_parameters_are_never_listed():
    network = Network.dense([900, 900, 300], parameters={"W1": np.zeros((900, 900)), "b1": np.zeros(900),
                                                         "W2": np.zeros((900, 300)), "b2": np.zeros(300)})  # fmt: skip
    assert names.parse_name("dE/dw[1][x900,l1.7]", network) == Quantity("dE/dw", ("w[1][x900,l1.7]",))
    assert names.parse_name("dh[l2.300]/dw[2][l1.7,l2.300]", network).of == ("l2.300", "w[2][l1.7,l2.300]")
    for wrong in ("dE/dw[1][x901,l1.7]", "w[2][x1,l1.1]", "b[0][x1]", "w[1][l1.1,x1]", "b[1][l2.1]"):
        with pytest.raises(NameUnknown):
            names.parse_name(wrong, network)

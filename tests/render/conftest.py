"""Hand-made derivations and documents, harmless and hostile."""

from __future__ import annotations

import pytest

from backproof.derivation import Derivation, Line
from backproof.document import Document, Heading, Note, Paragraph, Table, Worked
from backproof.expression import Call, Marked, Number, Rest, Sum, Value, Where, add, put_in
from backproof.functions import exp
from backproof.labels import Labels
from backproof.quantity import Quantity

LABELS = Labels.of([["i1", "i2"], ["h1", "h2"], ["o"]])
HOSTILE = (
    "<script>alert(1)</script> \\input{/etc/passwd} \\end{document} $x_1$ $$ 100% #1 & a|b `code` ^~ {x} "
    'δ é ł 漢字 😀 \u202e \x1b[31m \n\r\n # new *bold* "q" it\'s ]]> --> ' + "W" * 90
)
MATRICES = ("sigma_prime", "relu_prime", "gelu_tanh", "row_sum", "column_sum", "transpose", "lrelu", "id", "softmax")
NAMES = ("o'", "H11_I1", "l1.1", "w[1][x1,l1.1]", "a_b__c", "Ünit", "x" * 60, "\\input{a}$%&#^~<b>|`")


def simple() -> Derivation:
    h, i = Quantity("dE/dh", ("h1",)), Quantity("a", ("i1",))
    asked = Quantity("dE/dw", ("w1",))
    numbers = {h: -0.000278685123, i: 1.0}
    lines = (
        Line("chain_rule", h * Quantity("dh/dw", ("h1", "w1")), -0.000278685123, "chain rule through h[h1]"),
        Line("local_derivatives", i, 1.0, "w1 weighs a[i1]", Quantity("dh/dw", ("h1", "w1"))),
        Line("numbers", put_in(h * i, numbers.__getitem__), -0.000278685123, "put the numbers in"),
        Line("value", Number(-0.000278685123), -0.000278685123, "work it out"),
    )
    estimate = -0.000278685123 + 3.1e-12
    return Derivation(asked, "dE/dw1", None, 1, -0.000278685123, estimate, lines, LABELS)


def of_hidden() -> Derivation:
    asked = Quantity("dE/dh", ("h1",))
    a = Quantity("a", ("h1",))
    line = Line("chain_rule", Quantity("delta", ("o",)) * a * (1 - a), -0.000278685123, "chain rule")
    return Derivation(asked, "dE/dh[h1]", None, 1, -0.000278685123, None, (line,), LABELS, ("a note",))


def long_sum(count: int = 40) -> Derivation:
    unit = Quantity("a", ("h1",), 2)
    terms = [Value(unit, 0.123456789 * k - 3) * Value(unit, -0.2 * k) for k in range(count)]
    body = Quantity("a", ("u",), 2) * Quantity("w", ("u,o",))
    written = add(*terms, Rest(780, 0.0123456789))
    lines = (
        Line("definition", Sum("u=1..800", body, tuple(terms)) + Quantity("w", ("b3",)), 1.0, HOSTILE),
        Line("numbers", written, 1.0, "put the numbers in"),
        Line("numbers", written / written, 1.0, "a deep fraction"),
        Line("numbers", (1 / (1 + exp(-(written)))) ** 2, 1.0, ""),
        Line("numbers", 1 / (1 + 1 / (1 + 1 / (1 + 1 / (1 + unit)))), float("nan"), "r" * 200),
        Line("value", Number(float("inf")), float("inf"), "work it out"),
    )
    return Derivation(Quantity("h", ("o",)), "h[o]", 2, 3, 1.0, None, lines, LABELS)


@pytest.fixture(scope="session")
def derivation() -> Derivation:
    return simple()


@pytest.fixture(scope="session")
def document() -> Document:
    h = Quantity("h", ("h1",))
    blocks = (
        Heading("The first layer"),
        Paragraph(("The error ", Quantity("delta", ("h1",)), " is ", -0.00027868, ".")),
        Worked(simple()),
        Worked(of_hidden()),
        Note(("Mind ", Where(h > 0, h, 0.25 * h)), "warning"),
        Table(("claim", "value", "why"), ((Quantity("dE/dw", ("w1",)), -1e-7, "left out"),), "A table"),
    )
    return Document("OR gate", blocks, LABELS, "an article")


@pytest.fixture(scope="session")
def nasty() -> Document:
    named = [Quantity(role, (name,)) for name in NAMES for role in ("h", "w", "dE/dw", "new")]
    table = tuple((quantity, 0.123456789 * k, HOSTILE) for k, quantity in enumerate(named))
    blocks = (
        Heading(HOSTILE),
        Heading(("deeper ", named[0]), 4),
        Paragraph((HOSTILE, *(piece for quantity in named for piece in (quantity, ", ")))),
        Paragraph("1. not a list"),
        Worked(long_sum()),
        Note(HOSTILE),
        Table((HOSTILE, "value", "WHY" * 9), table, HOSTILE),
        Table(tuple(f"column {k}" for k in range(20)), (tuple(-0.123456789e-7 * k for k in range(20)),)),
        Paragraph(tuple(Call(function, (Quantity("delta", ("#2",)),)) for function in MATRICES)),
        Paragraph((Marked(add(*[h * h for h in named])), " and ", Call("sqrt", (add(*named),)))),
    )
    return Document(HOSTILE, blocks, LABELS, HOSTILE)

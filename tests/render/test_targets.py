import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from backproof.document import Document, Paragraph, Table, Worked
from backproof.errors import OptionError
from backproof.expression import Add, Marked, Value
from backproof.labels import Labels
from backproof.quantity import Quantity
from backproof.render import render, render_derivation, target_names
from backproof.render.layout import width_of

TARGETS = ("html", "json", "latex", "markdown", "text")
VOID = {"meta", "br", "hr", "link", "img"}


class Page(HTMLParser):
    """The tags of a page, checked to close in order, and its text."""

    def __init__(self, source):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(source)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_targets_are_the_files():
    assert target_names() == TARGETS


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("notation", ["article", "nielsen", "bishop", "goodfellow", "pytorch"])
def test_every_export_prints_its_legend(document, target, notation):
    text = render(document, target, notation=notation)
    assert notation in text
    assert "activation of a unit" in text
    assert "learning rate" not in text


@pytest.mark.parametrize("target", TARGETS)
def test_a_derivation_alone_has_a_legend_too(derivation, target):
    assert "activation" in render_derivation(derivation, target)


@pytest.mark.parametrize("target", TARGETS)
def test_a_hostile_document_renders(nasty, target):
    assert render(nasty, target)


@pytest.mark.parametrize("target", TARGETS)
def test_an_empty_document_renders(target):
    assert "Nothing" in render(Document("Nothing", (), Labels()), target) or target == "json"
    assert render(Document("", (Table(("a",), ()), Paragraph("")), Labels()), target)


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize("plain", [False, True])
def test_no_line_of_text_is_wider_than_asked(nasty, document, width, plain):
    for each in (nasty, document):
        for color in (False, True):
            text = render(each, "text", width=width, ascii=plain, color=color)
            assert max(map(width_of, text.split("\n"))) <= width


def test_ascii_is_ascii(nasty, document):
    assert render(nasty, "text", ascii=True).isascii()
    assert render(document, "text", ascii=True).isascii()


def test_colour_is_off_unless_asked_for(document, nasty):
    assert "\x1b" not in render(document, "text")
    assert "\x1b" not in render(nasty, "text")  # the title holds an escape sequence of its own
    assert "\x1b" in render(document, "text", color=True)


def test_text_aligns_equations_and_states_the_estimate(derivation):
    assert (
        render_derivation(derivation, "text").split("\n\n")[0]
        == """\
∂E/∂w₁
──────
 ∂E/∂w₁ = ∂E/∂h₁ · ∂h₁/∂w₁     chain rule through h[h1]
∂h₁/∂w₁ = i₁                   w1 weighs a[i1]
 ∂E/∂w₁ = (−0.000278685) · 1   put the numbers in
        = −0.000278685         work it out
central difference −0.000278685, off by 3.1×10⁻¹²"""
    )


def test_a_long_sum_is_broken_between_its_terms():
    terms = Add(tuple(Value(Quantity("eta"), 0.5) * Value(Quantity("eta"), 0.25) for _ in range(30)))
    text = render(Document("t", (Paragraph((terms,)),), Labels()), "text", width=40)
    assert "0.5 · 0.25" in text


def test_markdown_keeps_text_text(nasty):
    text = render(nasty, "markdown")
    assert "<script>" not in text
    assert r"\`code\`" in text
    assert r"\$x\_1\$" in text
    assert r"a\|b" in text
    assert text.count("\n# ") == 0
    assert "\n1\\. not a list" in text


def test_markdown_tables_have_the_same_cells_in_each_row(nasty):
    rows = [line for line in render(nasty, "markdown").split("\n") if line.startswith("| ")]
    cells = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    assert set(cells) == {4, 21}


def test_markdown_math_has_no_command_that_is_punctuation(nasty, document):
    for each in (nasty, document):
        for math in re.findall(r"(?<!\\)\$([^$]+)(?<!\\)\$", render(each, "markdown")):
            assert not re.search(r"\\[,;!:|\\]", math)


def test_html_is_closed_and_runs_nothing(nasty):
    page = Page(render(nasty, "html"))
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "iframe", "link", "object", "form"}
    assert "<script>alert(1)</script>" in page.text
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    policy = next(attributes for tag, attributes in page.tags if attributes.get("http-equiv"))
    assert "default-src 'none'" in policy["content"]
    assert "http://" not in re.sub(r'xmlns="[^"]*"', "", render(Document("t", (), Labels()), "html"))


def test_html_symbols_lead_to_their_derivations(document):
    page = Page(render(document, "html"))
    ids = [attributes["id"] for tag, attributes in page.tags if tag == "details"]
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert ids == ["of-dE-dw1", "of-dE-dh-h1"]
    assert links == {f"#{anchor}" for anchor in ids}
    assert len([tag for tag, attributes in page.tags if tag == "details" and "open" in attributes]) == 2


def test_html_says_every_formula_in_words(document):
    page = Page(render(document, "html"))
    assert dict(page.tags)["html"] == {"lang": "en"}
    outer = [attributes for tag, attributes in page.tags if tag == "math" and "alttext" in attributes]
    assert any(attributes["alttext"] == "= ∂E/∂h₁ · ∂h₁/∂w₁" for attributes in outer)
    assert all(attributes["scope"] == "col" for tag, attributes in page.tags if tag == "th")


def test_html_anchors_of_the_same_quantity_differ(derivation):
    document = Document("t", (Worked(derivation), Worked(derivation)), Labels())
    ids = re.findall(r'id="([^"]+)"', render(document, "html"))
    assert len(ids) == 2


def test_json_is_the_format_of_explain(document):
    report = json.loads(render(document, "json"))
    assert report["format"] == 1
    first = report["derivations"][0]
    assert first["of"] == "dE/dw1"
    assert first["sample"] is None
    assert first["step"] == 1
    assert first["value"] == -0.000278685123
    assert first["uses"] == ["dE/dh[h1]", "dh[h1]/dw1", "a[i1]"]
    assert first["lines"][0] == {
        "kind": "chain_rule",
        "latex": r"\frac{\partial E}{\partial w_1} = \frac{\partial E}{\partial h_1} \cdot "
        r"\frac{\partial h_1}{\partial w_1}",
        "text": "∂E/∂w₁ = ∂E/∂h₁ · ∂h₁/∂w₁",
        "value": -0.000278685123,
        "reason": "chain rule through h[h1]",
    }
    assert first["lines"][3]["text"] == "∂E/∂w₁ = −0.000278685"


def test_json_has_tables_and_paragraphs_with_numbers_at_full_precision(derivation):
    third, formula = 1 / 3, derivation.lines[0].right
    cells = ((formula, third), ("w", float("inf")))
    blocks = (Paragraph(("about ", third)), Table(("of", (formula,)), cells, "numbers"))
    report = json.loads(render(Document("t", blocks, Labels()), "json", digits=3), parse_constant=pytest.fail)
    (table,) = report["tables"]
    assert table["rows"] == [[table["header"][1], third], ["w", None]]
    assert table["header"][1] not in ("", "w")
    assert report["paragraphs"] == ["about 0.333"]


def test_json_has_no_number_that_is_not_finite(nasty):
    report = json.loads(render(nasty, "json"), parse_constant=pytest.fail)
    assert report["derivations"][0]["lines"][-1]["value"] is None


def test_latex_lets_no_command_through(nasty):
    text = render(nasty, "latex")
    assert r"\input" not in text
    assert text.count(r"\end{document}") == 1
    assert text.isascii()


def test_marks_show_in_every_target():
    document = Document("t", (Paragraph((Marked(Quantity("a", ("o",))),)),), Labels())
    assert r"\boxed{a_o}" in render(document, "latex")
    assert 'class="marked"' in render(document, "html")
    assert "‹aₒ›" in render(document, "text")


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("txt", {}, "Did you mean 'text'"),
        ("text", {"colour": True}, "'colour' is not an option of text; it has width, color, ascii"),
        ("html", {"width": 3}, "it has none"),
        ("text", {"width": 3}, "at least 20"),
        ("text", {"digits": 0}, "expected 1 to 17"),
        ("text", {"notation": "bishops"}, "Did you mean 'bishop'"),
    ],
)
def test_an_option_that_cannot_be_met_is_named(document, target, options, message):
    with pytest.raises(OptionError, match=message):
        render(document, target, **options)


def test_only_the_wanted_target_is_imported():
    code = "import sys, backproof.render as r; print([m for m in sys.modules if '.render.targets' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

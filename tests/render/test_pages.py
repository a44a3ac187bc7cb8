"""What a reader sees of a page, in a browser and out of it: nothing cut off, everything aligned, contents, verdicts."""

import re

import pytest

from backproof import check, load
from backproof.document import Document, Heading, Paragraph, Printed, Table, Verdict
from backproof.labels import Labels
from backproof.render import render
from backproof.render.target import SIGNS
from backproof.reports.explanation import explanation
from backproof.reports.marking import marking
from graphs import random_graph
from networks import sane_case

PAGES = {
    "check": lambda: marking(check("or_article")),
    "sample": lambda: explanation(load("or").trace(sample=2), "One sample"),
    "batch": lambda: explanation(load("xor").trace(), "A batch"),
    "mazur": lambda: explanation(load("mazur").trace(), "Mazur"),
    **{f"network {seed}": lambda seed=seed: explanation(sane_case(seed).trace(), "Network") for seed in range(4)},
    **{f"graph {seed}": lambda seed=seed: explanation(random_graph(seed).trace(), "Graph") for seed in range(4)},
}
#: What lies outside the page, or outside its own box where that box does not scroll.
CUT_OFF = """() => {
  const scrolls = e => { for (; e; e = e.parentElement) {
    if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true; } return false; };
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll('main *:not(.pad)')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && !scrolls(e) && !e.closest('thead') && (box.right > wide + 1 || box.left < -1);
  }).map(e => e.outerHTML.slice(0, 90));
}"""
#: Formulas that are broken, or wider than the cell that they stand in where that does not scroll.
BROKEN = """() => [...document.querySelectorAll('td math')].filter(e => {
  const cell = e.closest('td > span') || e.closest('td');
  const scrolls = ['auto', 'scroll'].includes(getComputedStyle(cell).overflowX) || cell.closest('.wide');
  return !scrolls && e.getBoundingClientRect().width > cell.getBoundingClientRect().width + 1;
}).map(e => e.getAttribute('alttext'))"""
#: Lines whose = does not stand in the row of its left side.
APART = """() => [...document.querySelectorAll('.lines tr')].filter(row => {
  const [left, right] = row.cells;
  const one = left.getBoundingClientRect(), other = right.getBoundingClientRect();
  return left.textContent && (other.top >= one.bottom || other.left < one.right - 1);
}).length"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_at_any_width(chromium, name, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(render(PAGES[name](), "html"), "utf-8")
    page = chromium.new_page()
    page.goto(path.as_uri())
    for width in (360, 390, 480, 639, 641, 800, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == [], width
        assert page.evaluate(BROKEN) == [], width
        assert page.evaluate(APART) == 0, width
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_begins_with_the_network_and_explains_its_letters_before_the_first_formula(name):
    page = render(PAGES[name](), "html")
    first = page.find("<math", page.index("</aside>"))
    legend, drawing = page.index('<aside class="legend"'), page.find("<svg")
    assert 0 < drawing < legend < first
    body = page[page.index("<main") : legend]
    assert "<details" not in body


def test_no_cell_breaks_between_letters():
    from backproof.render.style import STYLE

    assert "anywhere" not in STYLE


def test_a_contents_list_leads_to_every_section():
    page = render(PAGES["batch"](), "html")
    links = re.findall(r'href="#(section-\d+)"', page[page.index("<nav") : page.index("</nav>")])
    headings = re.findall(r'<h2 id="(section-\d+)"', page)
    assert len(links) > 3
    assert links == headings


def test_a_short_report_has_no_contents_list():
    assert "<nav" not in render(Document("t", (Heading("a"), Paragraph("b")), Labels()), "html")


@pytest.mark.parametrize("verdict", SIGNS)
def test_a_verdict_is_told_by_colour_and_by_sign(verdict):
    document = Document("", (Table(("verdict",), ((Verdict(verdict),),)),), Labels())
    page, text = render(document, "html"), render(document, "text")
    assert f'data-verdict="{verdict}"' in page
    assert f'[data-verdict="{verdict}"]' in page
    assert f"{SIGNS[verdict]} {verdict}" in text
    assert f"{SIGNS[verdict]} {verdict}" in render(document, "markdown")
    assert "\x1b" not in text
    assert "\x1b[" in render(document, "text", color=True)
    assert render(document, "text", ascii=True).isascii()


def test_printed_and_true_numbers_stand_with_their_points_below_one_another():
    rows = ((Printed("-0.122"), -0.121811), (Printed("0.5"), 12.25), (Printed("3"), 100.0), (Printed("0.01"), -7.5))
    lines = render(Document("", (Table(("printed", "true"), rows),), Labels()), "text").splitlines()[2:6]
    cells = [re.split(r" {2,}(?=\S)", line.strip()) for line in lines]
    assert [len(each) for each in cells] == [2, 2, 2, 2]
    points = [[line.index(".", line.index(" ", 9)) for line in (lines[0], lines[1], lines[3])]]
    assert len(set(points[0])) == 1
    assert len({lines[0].index("."), lines[1].index("."), lines[3].index(".")}) == 1


#: What the styles of notebooks do to what stands in their cells: those of VS Code, of the classic notebook, of Lab.
HOSTS = {
    "nothing": "",
    "VS Code": """body { font: 13px sans-serif; background: #1e1e1e; color: #d4d4d4 } .out { white-space: pre-wrap }
      table, thead, tr, th, td, tbody { border: none; border-spacing: 0; border-collapse: collapse }
      table, th, tr { vertical-align: middle; text-align: right } th, td { padding: 4px 8px }
      thead { font-weight: bold; background-color: rgba(130, 130, 130, .16) }
      tr:nth-child(even) { background-color: rgba(130, 130, 130, .08) } tbody th { font-weight: normal }""",
    "classic": """html { font-size: 10px } body { font-size: 14px } summary { display: block }
      .out table { margin-left: auto; border: 1px solid black; font-size: 12px; table-layout: fixed }
      .out tr, .out th, .out td { text-align: right; vertical-align: middle; padding: .5em; white-space: nowrap }
      .out tbody tr:nth-child(odd) { background: #f5f5f5 } dt { font-weight: bold } dd { margin-left: 0 }""",
    "Lab": """body { font-size: 14px; background: #111; color: #fff } .out dl { display: grid }
      .out dt { float: left; width: 20%; font-weight: bold } .out dd { margin-left: 40px; width: 100% }
      .out h2, .out h3 { font-weight: 400 } .out td, .out th { text-align: right; max-width: none }
      .out tbody tr:nth-child(odd) { background: #444 } .out table { font-size: 12px; margin: 0 auto 1em }""",
}
#: What a fragment may not take from its host, each with the elements that did.
TAKEN = """() => {
  const all = selector => [...document.querySelectorAll('.backproof ' + selector)];
  const style = element => getComputedStyle(element);
  return {
    background: all('thead, tbody, tr, th, td').filter(e => style(e).backgroundColor !== 'rgba(0, 0, 0, 0)').length,
    size: all('p, td, dd').filter(e => parseFloat(style(e).fontSize) < 11.5).length,
    folding: all('summary').filter(e => style(e).display !== 'list-item').length,
    weight: all('h2, h3').filter(e => style(e).fontWeight < 600).length,
    letters: all('dt').filter(e => e.getBoundingClientRect().width > 80).length,
    sides: all('.lines td.left').filter(e => style(e).textAlign !== 'right').length,
    reading: all('.lines td.right, .cells td:not(.number)').filter(e => style(e).textAlign !== 'left').length,
    space: all('p').filter(e => style(e).whiteSpace !== 'normal').length,
  };
}"""
#: How many places the equality signs of a derivation stand at, for the derivation where that is the most.
STAGGERED = """() => Math.max(...[...document.querySelectorAll('.lines')].map(table =>
  new Set([...table.querySelectorAll('td.right')].map(e => Math.round(e.getBoundingClientRect().left))).size))"""


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_in_a_notebook_keeps_its_form_whatever_the_styles_of_the_host_are(chromium, host, scheme):
    shown = "".join(each._repr_html_() for each in (load("or").trace(sample=2).explain(), check("or_article")))
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 900, "height": 700})
    page.set_content(f"<!doctype html><style>{HOSTS[host]}</style><div class='out'>{shown}</div>")
    assert page.evaluate(TAKEN) == dict.fromkeys(
        ("background", "size", "folding", "weight", "letters", "sides", "reading", "space"), 0
    )
    assert page.evaluate(STAGGERED) == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()

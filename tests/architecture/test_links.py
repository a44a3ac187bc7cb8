"""Links in Markdown lead to files and headings that exist, also where a code host shows the files."""

import re
from pathlib import Path

import pytest

from backproof.reports.reference import REGISTRIES

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(path for path in ROOT.glob("docs/**/*.md") if "_build" not in path.parts)]
#: Pages of the reference that are written when the site is built; they do not stand in a checkout.
WRITTEN = re.compile(rf"docs/reference/(commands|{'|'.join(REGISTRIES)})/")
pytestmark = pytest.mark.skipif(not (ROOT / "docs").exists(), reason="the documentation stands beside the sources only")


def prose(path):
    """The text of a page without its blocks of code."""
    return re.sub(r"^ *(```+|~~~+).*?^ *\1", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(path):
    """The anchors of a page's headings, as code hosts and MyST make them."""
    heads = re.findall(r"^#{1,6} +(.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def is_known(place):
    """Whether a page that is written from the code will be there: an index, or a name of its registry."""
    folder, _, name = place.removeprefix("docs/reference/").removesuffix(".md").partition("/")
    return name == "index" or folder == "commands" or name in REGISTRIES[folder].names()


def broken(page):
    """The links of a page that lead nowhere."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue  # to other sites: nox -s links
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        name = place.relative_to(ROOT).as_posix()
        if WRITTEN.match(name):
            if not is_known(name):
                yield target
        elif not place.exists() or (anchor and anchor not in anchors(place)):
            yield target


def is_written(page):
    """Whether a page is written from the code; its links are followed when the site is built."""
    return WRITTEN.match(page.relative_to(ROOT).as_posix()) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_inside_the_repository_leads_somewhere(page):
    assert is_written(page) or list(broken(page)) == []


def test_a_page_of_the_reference_has_the_name_of_something():
    assert is_known("docs/reference/activations/tanh.md")
    assert not is_known("docs/reference/activations/nothing_of_this_name.md")

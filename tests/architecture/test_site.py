"""The documentation keeps up with the package; building it, which runs every example, is a part of .ci/run."""

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import backproof
from backproof.checking.mistake import mistakes

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documentation stands beside the sources only")


@pytest.fixture
def site(monkeypatch):
    """The package of the documentation's own parts, without what needs Sphinx."""
    package = ModuleType("backproof_site")
    package.__path__ = [str(DOCS / "_ext" / "backproof_site")]
    monkeypatch.setitem(sys.modules, "backproof_site", package)
    return lambda name: import_module(f"backproof_site.{name}")


def test_every_public_name_has_an_entry_in_the_reference():
    text = (DOCS / "reference" / "python.md").read_text("utf-8")
    listed = set(re.findall(r"^\.\. auto\w+:: (\S+)$", text, re.MULTILINE))
    names = {f"backproof.{name}" for name in backproof.__all__} - {"backproof.__version__"}
    for module in ("torch", "sklearn", "onnx"):
        source = (Path(backproof.__file__).parent / f"{module}.py").read_text("utf-8")
        names |= {f"backproof.{module}.{name}" for name in re.findall(r'"(\w+)"', source.partition("__all__ = ")[2])}
    assert listed == names


def test_what_was_counted_are_mistakes(site):
    counts = site("counts")
    assert set(counts.COUNTS) <= set(mistakes.names())
    measured = counts.measure_workings()
    assert measured.workings >= 25
    assert measured.numbers > 500
    #: These have no name of their own: they are not seen in a working by itself.
    assert set(measured.workings_with) - set(mistakes.names()) == {"state_not_reset", "unexplained"}
    for name in set(measured.workings_with) & set(mistakes.names()):  # what is counted by hand holds what is measured
        assert counts.COUNTS[name][0] >= measured.workings_with[name]
        assert counts.COUNTS[name][1] >= measured.numbers_with[name]


def test_every_small_network_of_the_examples_can_be_made(site):
    made = site("networks").small_networks()
    assert len({sheet.title for sheet in made}) >= 15
    assert all(sheet.trace()["E"] >= 0 for sheet in made)


@pytest.mark.parametrize("name", mistakes.names())
def test_every_mistake_of_an_update_has_an_example_by_hand(site, name):
    """The search for examples makes slips in gradients; what an optimiser or a penalty adds is written down."""
    of_updates = {"penalty", "clip", "clipped", "schedule", "epsilon", "running", "square", "bias_correction"}
    if any(name.startswith(word) for word in of_updates):
        assert name in site("by_hand").CLAIMS


@pytest.mark.parametrize("chapter", sorted((DOCS / "learn").glob("*.md")), ids=lambda path: path.stem)
def test_a_chapter_links_slips_that_exist(chapter):
    for name in re.findall(r"reference/mistakes/(\w+)\.md", chapter.read_text("utf-8")):
        assert name in mistakes.names()


def test_every_chapter_has_exercises_with_answers_and_the_slips_of_that_point():
    for chapter in sorted((DOCS / "learn").glob("*.md")):
        text = chapter.read_text("utf-8")
        if chapter.stem != "index":
            assert "## Exercises" in text
            assert ":::{dropdown} Answer" in text
            assert "reference/mistakes/" in text

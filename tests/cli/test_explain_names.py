"""`backproof explain NAME` tells what the name of a mistake or of an operation means."""

import json

import pytest

from backproof import examples
from backproof.checking.mistake import mistakes
from backproof.document import Table
from backproof.reports.reference import REGISTRIES, find_meanings, reference, reference_json

NAMES = sorted({name for word in REGISTRIES for name in REGISTRIES[word].names()})


@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_and_operation_has_a_meaning(name):
    meanings = find_meanings(name)
    assert {each.name for each in meanings} == {name}
    assert all(each.texts["what"].endswith(".") for each in meanings)
    assert json.loads(reference_json(name))["entries"][0]["name"] == name
    assert reference(name).blocks


@pytest.mark.parametrize("name", mistakes.names())
def test_a_mistake_says_why_it_happens_and_how_to_see_it(name):
    mistake = mistakes.make(name)
    assert list(mistake.parts) == ["why", "example", "see it"]
    assert all(mistake.parts.values())
    assert all(text not in mistake.summary for text in ("Why:", "Example:", "See it:"))


@pytest.mark.parametrize("word", REGISTRIES)
def test_a_word_for_all_of_a_kind_lists_them(word):
    (table,) = reference(word).blocks
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == list(REGISTRIES[word].names())


def test_a_mistake_is_explained_in_each_format(backproof, here):
    name = mistakes.names()[0]
    text, markdown = backproof("explain", name), backproof("explain", name, "--format", "markdown")
    assert (text.code, text.err, markdown.code) == (0, "", 0)
    assert text.out.splitlines()[0] == name
    assert "How to see it: " in text.out
    assert backproof("explain", name, "-o", "it.html").code == 0
    assert f"<title>{name}" in (here / "it.html").read_text()
    entry = json.loads(backproof("explain", name, "--format", "json").out)["entries"][0]
    assert (entry["kind"], entry["name"], entry["what"]) == ("mistake", name, mistakes.make(name).summary)


def test_an_activation_is_explained_with_its_derivative(backproof):
    assert "1 − a²" in backproof("explain", "tanh").out


def test_several_slips_that_belong_together_are_explained_one_by_one(backproof):
    one, other = mistakes.names()[:2]
    said = backproof("explain", f"{one}+{other}").out
    assert f"{one}, mistake" in said
    assert f"{other}, mistake" in said


def test_a_worksheet_of_that_name_comes_first(backproof, here):
    assert "attention" in examples.names()
    assert "attention" in REGISTRIES["shorthands"].names()
    assert "Forward pass" in backproof("explain", "attention").out
    name = mistakes.names()[0]
    (here / name).write_text(examples.text("or"))
    assert "Forward pass" in backproof("explain", name).out


def test_a_name_that_is_nearly_one_is_suggested(backproof):
    name = max(mistakes.names(), key=len)
    for near in (name[:-2] + name[-1], name.replace("_", "-")):
        ran = backproof("explain", near)
        assert (ran.code, ran.out) == (2, "")
        assert f"Did you mean '{name}'?" in ran.err


def test_a_name_has_no_numbers_to_choose_from(backproof, here):
    ran = backproof("explain", "tanh", "--of", "E", "-o", "it.html")
    assert (ran.code, ran.out) == (2, "")
    assert "it has no numbers that --of could choose" in ran.err
    assert not (here / "it.html").exists()

"""The page of each example in the documentation: every number on it is the trace's own."""

import re
import shlex
from pathlib import Path

import pytest

from backproof import examples
from backproof.cli import main
from backproof.page.record import make_record
from backproof.worksheet import load

PAGES = Path(__file__).parents[2] / "docs" / "examples"
NUMBER = re.compile(r"(?P<name>\S.*?) = (?P<value>-?[\d.e-]+)(?:   of sample (?P<sample>\d+))?")


def numbers(page):
    """The lines `name = number` of the blocks of a page."""
    for block in re.findall(r"^```\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if found := NUMBER.fullmatch(line):
                yield found


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_every_number_on_a_page_is_true(page):
    sheet, found_here = load(page.stem), list(numbers(page))
    assert len(found_here) >= 8
    for found in found_here:
        sample = int(found["sample"] or 1) if found["name"].startswith("batch_") else int(found["sample"] or 0) or None
        truth = sheet.trace(sample=sample)[found["name"]]
        assert float(found["value"]) == pytest.approx(truth, rel=5e-5, abs=1e-12), found[0]


def test_every_example_of_a_layer_has_a_page():
    graphs = {name for name in examples.names() if not load(name).network.architecture.is_chain}
    assert graphs == {page.stem for page in PAGES.glob("*.md")}


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_every_command_of_a_page_runs(page, monkeypatch, tmp_path, capsys):
    (block,) = re.findall(r"^```sh\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    monkeypatch.chdir(tmp_path)
    for command in commands:
        if command[1] == "play":  # it serves until it is stopped; this is what it serves
            assert make_record(load(command[2]), served=True)["moments"], command
            continue
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as stop:
            main()
        assert not stop.value.code, (command, capsys.readouterr().err)

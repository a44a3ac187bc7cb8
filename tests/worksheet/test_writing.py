"""What is written is read again as the same worksheet, in every field."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backproof import examples
from backproof.errors import OptionError, WorksheetError
from backproof.network import Network
from backproof.worksheet import Claim, Worksheet, load, loads
from backproof.worksheet.writer import dumps, save
from worksheet.sheets import FEATURES, LAYERS, OR, changed

CASES = sorted((Path(__file__).parents[1] / "worked" / "cases").glob("*.toml"))
finite = st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(st.tuples(finite, finite), min_size=1, max_size=3)
said = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from('\n\t"\\'))


@pytest.mark.parametrize("text", [OR, FEATURES, *map(examples.text, [*examples.names(), "starter"])])
def test_round_trip(text):
    sheet = loads(text)
    assert loads(dumps(sheet)) == sheet


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_round_trip_of_worked_cases(file):
    sheet = load(file)
    assert loads(dumps(sheet)) == sheet


@pytest.mark.parametrize(
    "change",
    [
        ('"OR"', '"or"'),
        ("0.01}", "0.011}"),
        ("0], [1, 0]", "0], [1, 0.5]"),
        ("[1]]", "[0]]"),
        ("learning_rate = 0.01", ""),
        ("sample = 1", "sample = 2"),
        ("half_squared", "squared"),
        ("targets", 'reduction = "mean"\ntargets'),
        ("value = 0.1}", "value = 0.1, trained = false}"),
        ("sample = 1", 'sample = 1\n[aliases]\nx = "E"'),
        ("sample = 1", "sample = 1\n[document]\nsample = 1"),
    ],
)
def test_worksheets_that_differ(change):
    assert loads(changed(*change)) != loads(OR)


@settings(max_examples=60, deadline=None)
@given(
    x=rows,
    w=finite,
    title=said,
    where=said,
    alias=st.text(max_size=5),
)
def test_round_trip_of_anything(x, w, title, where, alias):
    sheet = loads(OR)
    arrays = {**sheet.network.parameters, "W2": [[w], [0.1]]}
    sheet = replace(
        sheet,
        title=title,
        x=np.array(x),
        y=np.zeros((len(x), 1)),
        network=sheet.network.with_parameters(arrays),
        claims=(Claim("E", "1", where=where, expected={where: [w, title]}),),
        aliases={alias.encode("utf-8", "ignore").decode(): "E"},
    )
    assert loads(dumps(sheet)) == sheet


def test_layers_go_into_a_file_beside(tmp_path):
    sheet = loads(LAYERS)
    save(sheet, tmp_path / "w.toml")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["w.safetensors", "w.toml"]
    assert load(tmp_path / "w.toml") == sheet


def test_few_numbers_of_layers_are_written_in_the_worksheet():
    sheet = loads(LAYERS)
    assert "[network.parameters]" in dumps(sheet)
    assert loads(dumps(sheet)) == sheet


def test_many_numbers_of_layers_need_a_file():
    sheet = loads(LAYERS.replace("[3, 2, 2]", "[3, 300, 2]"))
    with pytest.raises(OptionError, match="keep them in a file"):
        dumps(sheet)


@pytest.mark.parametrize(("written", "said"), [
    ("W1 = 1", "W1 has shape"), ("W1 = [[1, 2], [3]]", "not equally long"), ("W1 = []", "empty"),
    ('W1 = [["1"]]', "expected a number"), ("W1 = [[nan]]", "finite"), ("w = [1]", "an array 'w'"),
    ("", "lacks the array 'W1'"),
])  # fmt: skip
def test_written_numbers_that_do_not_fit(written, said):
    lines = [line for line in dumps(loads(LAYERS)).splitlines() if not line.startswith("W1 = ")]
    lines.insert(lines.index("[network.parameters]") + 1, written)
    with pytest.raises(WorksheetError, match=said):
        loads("\n".join(lines))


def test_save(tmp_path):
    sheet = loads(FEATURES)
    save(sheet, str(tmp_path / "w.toml"))
    assert load(tmp_path / "w.toml") == sheet
    assert len(list(tmp_path.iterdir())) == 1


def test_numbers_that_no_worksheet_can_hold():
    sheet = loads(FEATURES)
    arrays = {key: array + 1 for key, array in sheet.network.parameters.items()}
    with pytest.raises(OptionError, match="nothing is connected"):
        dumps(replace(sheet, network=sheet.network.with_parameters(arrays)))


def test_a_worksheet_made_in_python(tmp_path):
    network = Network.dense([2, 3, 1], activation=["tanh", "sigmoid"], seed=3)
    sheet = Worksheet("made", network, np.zeros((1, 2)), np.ones((1, 1)))
    save(sheet, tmp_path / "made.toml")
    assert load(tmp_path / "made.toml") == sheet

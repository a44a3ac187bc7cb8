"""The history of a run: appended, cut back, and read in spite of a torn end."""

import json
import tracemalloc
from math import inf, isnan, nan
from pathlib import Path

import pytest

from backproof.errors import ModelError, OptionError
from backproof.train.store.history_file import HistoryFile


@pytest.fixture
def history(tmp_path):
    made = HistoryFile(tmp_path / "history.jsonl")
    for epoch in range(1, 6):
        made.append({"epoch": epoch, "cost": 1 / epoch, "rate": 0.1})
    yield made
    made.close()


def epochs(history):
    return [record["epoch"] for record in history.read()]


def test_lines_are_there_at_once(history):
    lines = history.place.read_text().splitlines()
    assert json.loads(lines[2]) == {"epoch": 3, "cost": 1 / 3, "rate": 0.1} == history.read()[2]
    history.settle()
    assert epochs(history) == [1, 2, 3, 4, 5]


def test_what_is_not_finite_is_null_for_other_programs(history):
    history.append({"epoch": 6, "cost": inf, "f1": nan})
    assert history.place.read_text().splitlines()[-1] == '{"epoch": 6, "cost": null, "f1": null}'
    assert isnan(history.read()[-1]["f1"])


@pytest.mark.parametrize("torn", [b"", b"{", b'{"epoch": 6, "cost"', b'{"epoch": 6, "cost": 1.0}', b"\0\0\0"])
@pytest.mark.parametrize("kept", range(6))
def test_it_is_cut_back_to_any_epoch_and_goes_on(history, torn, kept):
    history.close()
    with history.place.open("ab") as file:
        file.write(torn)
    assert epochs(history) == [1, 2, 3, 4, 5]
    assert [record["epoch"] for record in history.cut(kept)] == list(range(1, kept + 1))
    history.append({"epoch": kept + 1, "cost": 7.0})
    assert epochs(history) == list(range(1, kept + 2))
    assert history.read()[-1]["cost"] == 7.0


def test_fewer_epochs_than_the_checkpoint_is_an_error(history):
    with pytest.raises(ModelError, match="has 5 epochs; the checkpoint beside it is of epoch 6"):
        history.cut(6)
    assert epochs(history) == [1, 2, 3, 4, 5]


def test_there_is_none_yet(tmp_path):
    history = HistoryFile(tmp_path / "history.jsonl")
    assert history.read() == history.cut(0) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "line 2 is not valid JSON"), (b"\xff", "line 2 is not valid JSON"), (b"[]", "expected a table"),
        (b"", "line 2 is not valid JSON"), (b'{"epoch": 3}', "line 2 is of epoch 3; expected 2"),
        (b'{"cost": 3}', "line 2 is of epoch null; expected 2"), (b'{"epoch": 2, "cost": "x"}', "'cost' is 'x'"),
        (b'{"epoch": 2, "cost": true}', "'cost' is true"), (b"[" * 100_000, "line 2 is not valid JSON"),
        (b'{"epoch": 2}', "line 2 has no cost"),
        (b'{"epoch": 2, "cost": 1' + b"0" * 400 + b"}", "line 2: 'cost' is .* which no float can hold"),
        (b" " * 2**20, "line 2 is longer than 1,048,576 bytes"),
    ],
)  # fmt: skip
def test_lines_that_are_wrong(tmp_path, line, message):
    (tmp_path / "history.jsonl").write_bytes(b'{"epoch": 1, "cost": 1}\n' + line + b"\n")
    with pytest.raises(ModelError, match=message):
        HistoryFile(tmp_path / "history.jsonl").read()
    assert len(HistoryFile(tmp_path / "history.jsonl").cut(1)) == 1


def test_blank_lines_take_no_memory(tmp_path):
    file = tmp_path / "history.jsonl"
    with file.open("wb") as written:
        written.truncate(0)
        for _ in range(64):
            written.write(b"\n" * 2**20)
    tracemalloc.start()
    with pytest.raises(ModelError, match="line 1 is not valid JSON"):
        HistoryFile(file).read()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 8 * 2**20


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_is_one_error(tmp_path):
    (tmp_path / "history").symlink_to("/dev/full")
    full = HistoryFile(tmp_path / "history")
    with pytest.raises(OptionError, match="history' cannot be written: No space left"):
        full.append({"epoch": 1, "cost": 1.0})
    full.close()


def test_a_folder_in_its_place_is_one_error(tmp_path):
    with pytest.raises(OptionError, match="cannot be written"):
        HistoryFile(tmp_path).append({"epoch": 1, "cost": 1.0})
    with pytest.raises(ModelError, match="cannot be read"):
        HistoryFile(tmp_path).read()

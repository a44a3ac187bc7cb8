"""Files written as a whole: what is there afterwards, whatever happens on the way."""

import os
from pathlib import Path

import pytest

from backproof import files
from backproof.errors import OptionError


@pytest.mark.parametrize("content", ["", "text\nδ\n", b"", b"\x00\xff\r\n"])
def test_what_is_written_is_there(tmp_path, content):
    for _ in range(2):
        files.replace(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == (content.encode() if isinstance(content, str) else content)
        assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_the_new_file_is_on_the_disk_before_its_name_is(tmp_path, monkeypatch):
    done = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, name=name, real=real: (done.append(name), real(*given))[1])
    files.replace(tmp_path / "a", b"x")
    assert done == ["fsync", "replace", "fsync"]


@pytest.mark.parametrize("fails", ["fsync", "chmod", "replace"])
def test_what_cannot_be_finished_leaves_what_was_there(tmp_path, monkeypatch, fails):
    (tmp_path / "a").write_bytes(b"before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OptionError, match=r"a' cannot be written: No space left on device\."), files.writing("a"):
        files.replace(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    for content in ({"a.md": "1", "b/c.md": "2"}, {"d.md": "3"}):
        files.replace_folder(tmp_path / "made", content)
        found = {each.relative_to(tmp_path / "made").as_posix(): each.read_text()
                 for each in (tmp_path / "made").rglob("*") if each.is_file()}  # fmt: skip
        assert found == content
        assert [each.name for each in tmp_path.iterdir()] == ["made"]


def test_a_device_stays_a_device():
    place = Path(os.devnull)
    files.replace(place, "gone")
    assert place.is_char_device()

"""Where worksheets come from: files, standard input, examples; and all that can be wrong with that."""

import io
import os
import sys
from pathlib import Path

import pytest

from backproof import examples
from backproof.errors import OptionError, WorksheetError
from backproof.worksheet import load, loads, source
from worksheet.sheets import OR


def write(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_a_path_as_text_or_path(tmp_path):
    file = write(tmp_path, "or.toml", OR.encode())
    assert load(file) == load(str(file)) == loads(OR)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + OR.encode(), OR.replace("\n", "\r\n").encode()])
def test_what_windows_writes(tmp_path, content):
    assert load(write(tmp_path, "w.toml", content)) == loads(OR)


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(OR.encode())))
    assert load("-") == loads(OR)
    monkeypatch.setattr(sys, "stdin", io.StringIO(OR))
    assert load("-") == loads(OR)


def test_an_example_by_name():
    assert load("or") == loads(examples.text("or"))


def test_a_file_beats_an_example_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "or", OR.encode())
    (tmp_path / "xor").mkdir()
    assert load("or").title == "OR"
    assert load("xor").title == examples.title("xor")


def test_a_pipe(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, OR.encode())
    os.close(writing)
    assert load(f"/dev/fd/{reading}") == loads(OR)
    os.close(reading)


BAD = [
    (b"\x00" + OR.encode(), "line 1: .* holds NUL bytes"),
    ("\ufeff".encode("utf-16-le") + OR.encode("utf-16-le"), "not UTF-8"),
    (OR.encode() + b"#\xff", "line 28: .* is not UTF-8"),
    (b"\ntitle = ", "line 2, the end: not valid TOML: Invalid value"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
def test_bad_bytes(tmp_path, content, message):
    with pytest.raises(WorksheetError, match=message):
        load(write(tmp_path, "w.toml", content))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xro", r"'xro' is neither a file nor an example \(attention, batchnorm, .*, xor\). Did you mean 'xor'\?"),
        ("no/such.toml", "there is no file 'no/such.toml'"),
        ("such.toml", "there is no file 'such.toml'"),
        ("", "neither a file nor an example"),
        ("a\0b", "is not a file name"),
        ("x" * 5000, "cannot be read"),
        ("\ud800", "not a file name|cannot be read|neither a file"),
        ("/", "is a folder"),
        ("or/x", "there is no file|cannot be read"),
        ("starter", "neither a file nor an example"),
    ],
)
def test_bad_names(name, message):
    with pytest.raises(WorksheetError, match=message):
        load(name)


def test_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "LARGEST", 100)
    with pytest.raises(WorksheetError, match="is larger than"):
        load(write(tmp_path, "w.toml", OR.encode()))


def test_endless():
    with pytest.raises(WorksheetError, match="is larger than 64 MiB"):
        load("/dev/zero")


@pytest.mark.parametrize("given", [None, 3, ["or"]])
def test_what_is_no_source(given):
    with pytest.raises(OptionError, match="expected the name of a file or example"):
        load(given)


def test_a_name_in_bytes():
    assert load(b"or").title == load("or").title

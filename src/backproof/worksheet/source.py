"""Where a worksheet comes from: a file, standard input (`-`), or the examples that Backproof brings along.

A file beats an example of the same name; a name that is neither is one error with the nearest example.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from backproof import examples
from backproof.errors import OptionError, WorksheetError, did_you_mean
from backproof.worksheet.model import Worksheet
from backproof.worksheet.reader import loads

LARGEST = 64 * 2**20


def load(source: str | os.PathLike[str]) -> Worksheet:
    """Load a worksheet.

    Parameters
    ----------
    source : str or path
        A TOML file, ``"-"`` for standard input, or the name of a shipped example, such as or, or_article, mazur, xor,
        conv or rnn. A file takes precedence over an example of the same name.

    Returns
    -------
    Worksheet

    Raises
    ------
    WorksheetError
        If the worksheet does not exist or is not valid. The message begins with the key and the line.

    See Also
    --------
    backproof.worksheet.loads : Read a worksheet from a string.
    backproof.worksheet.save : Write a worksheet to a file.

    Examples
    --------
    >>> sheet = load("or")
    >>> sheet.network
    Network(2-2-1, sigmoid, sigmoid, half_squared_error, 9 parameters)
    >>> sheet.x.shape, sheet.y.shape
    ((4, 2), (4, 1))
    """
    return loads(read_source(source), find_folder(source))


def read_source(source: str | os.PathLike[str]) -> str:
    """The text of a worksheet, wherever it comes from."""
    name = _decode_name(source)
    if name == "-":
        return decode_text(_read_standard_input(), "standard input")
    if is_example(name):
        return examples.text(name)
    if name.lower().endswith(".onnx"):
        raise WorksheetError(
            f"'{name}' is an ONNX file: a network without samples, which a worksheet has. 'backproof explain' and "
            "'backproof play' take it with --inputs FILE and --targets FILE; in Python: backproof.onnx.load(path)."
        )
    try:
        with open(name, "rb") as file:
            return decode_text(_read_limited(file, name), name)
    except FileNotFoundError:
        raise WorksheetError(_explain_missing(name)) from None
    except IsADirectoryError:
        raise WorksheetError(f"'{name}' is a folder; expected a worksheet, a file that ends in .toml.") from None
    except OSError as error:
        raise WorksheetError(f"'{name}' cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        if isinstance(error, WorksheetError):
            raise
        raise WorksheetError(f"{name!r} is not a file name: {error}.") from None


def is_example(source: str) -> bool:
    """Whether a name stands for a shipped worksheet: there is no file of that name."""
    return source in examples.names() and not _is_file(source)


def find_folder(source: str | os.PathLike[str]) -> Path:
    """Where files beside the worksheet are looked for: for standard input, the current folder."""
    name = _decode_name(source)
    return Path() if name == "-" else Path(name).parent


def _decode_name(source: str | os.PathLike[str]) -> str:
    try:
        return os.fsdecode(source)
    except TypeError:
        raise OptionError(
            f"expected the name of a file or example, or '-'; received {type(source).__name__}."
        ) from None


def decode_text(data: bytes, name: str) -> str:
    """The text of a file, in UTF-8. Errors: WorksheetError with the line of the first byte that is not."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorksheetError(f"{name} is not UTF-8 text; save it as UTF-8.", place=f"line {line}") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise WorksheetError(f"{name} holds NUL bytes; it is not a text file.", place=f"line {line}")
    return text


def _read_limited(file: BinaryIO, name: str) -> bytes:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise WorksheetError(
            f"{name} is larger than {LARGEST // 2**20} MiB; put large parameters into a safetensors file."
        )
    return data


def _read_standard_input() -> bytes:
    if sys.stdin is None:  # closed, as `<&-` does it
        raise WorksheetError("standard input is closed; give a file, or the name of an example.")
    raw = getattr(sys.stdin, "buffer", None)
    return _read_limited(raw, "standard input") if raw is not None else sys.stdin.read(LARGEST).encode()


def _is_file(name: str) -> bool:
    try:
        return os.path.exists(name) and not os.path.isdir(name)
    except ValueError:
        return False


def _explain_missing(name: str) -> str:
    if os.path.basename(name) == name and not name.endswith(".toml"):
        known = ", ".join(examples.names())
        return f"'{name}' is neither a file nor an example ({known}).{did_you_mean(name, examples.names())}"
    return f"there is no file '{name}'."

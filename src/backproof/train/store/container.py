"""One file: arrays as safetensors, and in its header, under the key `backproof`, a checksum and one JSON document.

What is damaged is noticed before it is used: every byte that means something is under the checksum. Both stand under
one key, a space between them, because safetensors writes several in an order of chance: one model, one file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from backproof import files
from backproof.arrays import AnyArray
from backproof.errors import ModelError, OptionError
from backproof.schema import Fault, Table, as_is, dotted, mapping, shown, survey, text, whole
from backproof.version import __version__

HEAD = ("format", "kind", "backproof")
#: A formula may be 50 deep, and stands a few levels down.
DEEPEST = 100
KEY = "backproof"
#: The kinds of number that are written and read, by safetensors' names.
KINDS = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32,
    "U64": np.uint64, "U32": np.uint32, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip


def write_arrays(
    path: str | os.PathLike[str], kind: Kind, said: Mapping[str, Any], arrays: Mapping[str, ArrayLike]
) -> None:
    """Write a file as a whole. Errors: OptionError for what cannot be written."""
    content = pack_arrays(write_document(kind, said), arrays)
    with files.writing(path):
        files.replace(Path(os.path.realpath(path)), content)


def pack_arrays(written: str, arrays: Mapping[str, ArrayLike]) -> bytes:
    """The bytes of a file. Errors: OptionError for arrays that it cannot hold."""
    from safetensors.numpy import save

    sound = {key: _check_array(array, key) for key, array in arrays.items()}
    return save(sound, {KEY: f"{checksum(written, sound)} {written}"})


def _check_array(array: ArrayLike, key: str) -> AnyArray:
    """The array with its numbers in one piece and in the order of bytes that files have."""
    plain = np.asarray(array, order="C")
    if plain.dtype.newbyteorder("=") not in KINDS.values() or key == "__metadata__":
        raise OptionError(f"an array '{key}' of {plain.dtype.name} cannot be saved; expected {', '.join(KINDS)}.")
    return plain.astype(plain.dtype.newbyteorder("<"), copy=False)


def checksum(written: str, arrays: Mapping[str, AnyArray]) -> str:
    """SHA-256 over the document and, by name, each array's name, kind, shape and numbers."""
    total = sha256(written.encode())
    for key in sorted(arrays):
        array = arrays[key]
        total.update(f"\n{key} {array.dtype.str} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def read_arrays(path: str | os.PathLike[str], kind: Kind) -> tuple[Table, dict[str, AnyArray]]:
    """The document and the arrays of a file, both as they were written. Errors: a Fault for any other file."""
    metadata, arrays = _open_file(path)
    if KEY not in metadata:
        raise Fault(f"this safetensors file holds arrays without a description of them; expected a {kind.name}.", ())
    said, _, written = Table(metadata, (), (KEY,)).need(KEY, as_is).partition(" ")
    if said != checksum(written, arrays):
        raise Fault("the file is damaged: its checksum does not match its contents.", ())
    return read_document(written, kind), arrays


def _open_file(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, AnyArray]]:
    from safetensors import SafetensorError, safe_open

    try:
        if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
            raise Fault("this is a pipe or a device; expected a file that ends in .safetensors.", ())
        with safe_open(os.fspath(path), framework="numpy") as opened:
            names = list(opened.keys())
            for key in names:
                if (found := opened.get_slice(key).get_dtype()) not in KINDS:
                    raise Fault(f"the array {shown(key)} holds {found}; expected {', '.join(KINDS)}.", ())
            return opened.metadata() or {}, {key: opened.get_tensor(key) for key in names}
    except FileNotFoundError:
        raise Fault("there is no such file.", ()) from None
    except IsADirectoryError:
        raise Fault("this is a folder; expected a file that ends in .safetensors.", ()) from None
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise Fault(f"the file cannot be read as safetensors: {error}.", ()) from None


class Kind(NamedTuple):
    """What a file is, the newest format that is read of it, and the keys of its document."""

    name: str
    format: int
    keys: tuple[str, ...]


def write_document(kind: Kind, said: Mapping[str, Any], *, indent: int | None = None) -> str:
    """The text of a document; NaN and infinity as Python's json has them, tuples as lists.

    Errors: OptionError for what JSON cannot hold.
    """
    head = {"format": kind.format, "kind": kind.name, "backproof": __version__}
    try:
        return json.dumps({**head, **said}, indent=indent)
    except (TypeError, ValueError, RecursionError) as error:
        raise OptionError(f"a {kind.name} can hold only what JSON can hold; {error}.") from None


def read_document(written: str, kind: Kind) -> Table:
    """The document of a text. Errors: a Fault for one of another kind, of a newer format, or with unknown keys."""
    try:
        document = mapping(json.loads(written), ())
    except (ValueError, RecursionError) as error:
        raise Fault(f"not valid JSON: {error}.", ()) from None
    survey(document, DEEPEST)
    _check_head(document, kind)
    return Table(document, (), (*HEAD, *kind.keys))


def _check_head(document: Mapping[str, Any], kind: Kind) -> None:
    """The kind and format of a document, before anything else in it is looked at."""
    head = Table({key: document[key] for key in HEAD if key in document}, (), HEAD)
    found = head.need("kind", text)
    if found != kind.name:
        raise Fault(f"expected a {kind.name}, received {shown(found)}.", ("kind",))
    number = head.need("format", lambda value, path: whole(value, path, 1))
    if number > kind.format:
        raise Fault(
            f"this {kind.name} has format {number}, but backproof {__version__} reads formats up to {kind.format}; "
            "update backproof.",
            ("format",),
        )
    head.need("backproof", text)


def to_model_error(path: str | os.PathLike[str], fault: Fault) -> ModelError:
    """What callers are told of a fault in a file."""
    place = f"{dotted(fault.path)}: " if fault.path else ""
    return ModelError(f"{os.fspath(path)!r}: {place}{fault.message}")

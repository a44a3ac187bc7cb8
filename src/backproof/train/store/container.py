"""One file: arrays as safetensors, and in its header, under the key `backproof`, a checksum and one JSON document.

What is damaged is noticed before it is used: every byte that means something is under the checksum. Both stand under
one key, a space between them, because safetensors writes several in an order of chance: one model, one file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backproof import files
from backproof.arrays import AnyArray
from backproof.errors import OptionError
from backproof.schema import Fault, Table, as_is, shown
from backproof.train.store import document
from backproof.train.store.document import Kind

KEY = "backproof"
#: The kinds of number that are written and read, by safetensors' names.
KINDS = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32,
    "U64": np.uint64, "U32": np.uint32, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip


def write(path: str | os.PathLike[str], kind: Kind, said: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> None:
    """Write a file as a whole. Errors: OptionError for what cannot be written."""
    content = pack(document.write(kind, said), arrays)
    with files.writing(path):
        files.replace(Path(os.path.realpath(path)), content)


def pack(written: str, arrays: Mapping[str, ArrayLike]) -> bytes:
    """The bytes of a file. Errors: OptionError for arrays that it cannot hold."""
    from safetensors.numpy import save

    sound = {key: _sound(array, key) for key, array in arrays.items()}
    return save(sound, {KEY: f"{checksum(written, sound)} {written}"})


def _sound(array: ArrayLike, key: str) -> AnyArray:
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


def read(path: str | os.PathLike[str], kind: Kind) -> tuple[Table, dict[str, AnyArray]]:
    """The document and the arrays of a file, both as they were written. Errors: a Fault for any other file."""
    metadata, arrays = _open(path)
    if KEY not in metadata:
        raise Fault(f"this safetensors file holds arrays, but not what they are for; expected a {kind.name}.", ())
    said, _, written = Table(metadata, (), (KEY,)).need(KEY, as_is).partition(" ")
    if said != checksum(written, arrays):
        raise Fault("the file is damaged: its checksum is another than when it was written.", ())
    return document.read(written, kind), arrays


def _open(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, AnyArray]]:
    from safetensors import SafetensorError, safe_open

    try:
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

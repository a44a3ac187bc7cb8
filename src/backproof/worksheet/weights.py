"""A file of parameters beside the worksheet: safetensors, which holds numbers and nothing that runs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.errors import did_you_mean
from backproof.worksheet.strict import Fault, Path, shown

FLOATS = ("F64", "F32", "F16")

Shapes = Mapping[str, tuple[int, ...]]
Arrays = dict[str, NDArray[np.float64]]


def read(name: str, path: Path, folder: FilePath | None, expected: Shapes) -> Arrays:
    """The arrays W1, b1, W2, ... of a file, each of the expected shape, as float64.

    Errors: a Fault for a file that is missing, damaged, not beside the worksheet, or does not fit the layers.
    """
    file = _beside(name, path, folder)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), framework="numpy") as opened:
            _check(opened, path, expected)
            arrays = {key: np.array(opened.get_tensor(key), dtype=np.float64) for key in expected}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise Fault(f"{shown(name)} cannot be read as safetensors: {error}.", path) from None
    for key, array in arrays.items():
        if not np.isfinite(array).all():
            raise Fault(f"{shown(name)}: {key} holds numbers that are not finite.", path)
    return arrays


def _beside(name: str, path: Path, folder: FilePath | None) -> FilePath:
    """The file in the worksheet's folder or below it."""
    parts = re.split(r"[\\/]", name)
    if not name or parts[0] in ("", "~") or ".." in parts or ":" in name:
        raise Fault(f"{shown(name)}: expected a file in the worksheet's own folder, such as weights.safetensors.", path)
    if folder is None:
        raise Fault(f"{shown(name)} stands beside the worksheet, but this one has no folder; give one.", path)
    file = folder / name
    if not os.path.isfile(file):
        raise Fault(f"there is no file {shown(name)} in {folder}.", path)
    return file


def _check(opened: Any, path: Path, expected: Shapes) -> None:
    """Names, shapes and kinds of number, before anything is read."""
    found = list(opened.keys())
    for key in found:
        if key not in expected:
            near = did_you_mean(key[:100], expected)
            raise Fault(f"the file holds an array {shown(key)} that the layers do not have.{near}", path)
    for key, shape in expected.items():
        if key not in found:
            raise Fault(f"the file lacks the array '{key}' of shape {shape}.", path)
        part = opened.get_slice(key)
        if tuple(part.get_shape()) != shape:
            raise Fault(f"{key} has shape {tuple(part.get_shape())}, expected {shape} (rows: from, columns: to).", path)
        if part.get_dtype() not in FLOATS:
            raise Fault(f"{key} holds {part.get_dtype()}; expected floating point ({', '.join(FLOATS)}).", path)

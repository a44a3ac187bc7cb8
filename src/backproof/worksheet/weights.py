"""The parameters of whole layers: written in the worksheet, or in a file beside it.

Such a file is safetensors, which holds numbers and nothing that runs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.schema import Fault, Path, check_arrays, filled, mapping, number, shown
from backproof.validate import all_finite, freeze

Shapes = Mapping[str, tuple[int, ...]]


def read_arrays(name: str, path: Path, folder: FilePath | None, expected: Shapes) -> dict[str, Array]:
    """The arrays W1, b1, W2, ... of a file, each of the expected shape, as float64.

    Errors: a Fault for a file that is missing, damaged, not beside the worksheet, or does not fit the layers.
    """
    file = _find_beside(name, path, folder)
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), framework="numpy") as opened:
            slices = {key: opened.get_slice(key) for key in opened.keys()}  # noqa: SIM118  # it is no mapping
            check_arrays(
                {key: (tuple(each.get_shape()), each.get_dtype()) for key, each in slices.items()}, path, expected
            )
            arrays = {key: freeze(np.asarray(opened.get_tensor(key), dtype=np.float64)) for key in expected}
    except (SafetensorError, OSError, ValueError, TypeError) as error:
        raise Fault(f"{shown(name)} cannot be read as safetensors: {error}.", path) from None
    for key, array in arrays.items():
        if not all_finite(array):
            raise Fault(f"{shown(name)}: {key} holds numbers that are not finite.", path)
    return arrays


def read_written_arrays(value: Any, path: Path, expected: Shapes) -> dict[str, Array]:
    """The arrays of a table in the worksheet, each a list (of lists ...) of finite numbers of the expected shape."""
    found = {key: _read_array(each, (*path, key)) for key, each in mapping(value, path).items()}
    check_arrays({key: (array.shape, "F64") for key, array in found.items()}, path, expected, what="the table")
    return {key: freeze(found[key]) for key in expected}


def _read_array(value: Any, path: Path) -> Array:
    if not isinstance(value, list):
        return np.array(number(value, path))
    rows = [_read_array(*each) for each in filled(value, path)]
    if len({row.shape for row in rows}) > 1:
        raise Fault("the lists in it are not equally long.", path)
    return np.stack(rows)


def _find_beside(name: str, path: Path, folder: FilePath | None) -> FilePath:
    """The file in the worksheet's folder or below it."""
    parts = re.split(r"[\\/]", name)
    if not name or parts[0] in ("", "~") or ".." in parts or ":" in name:
        raise Fault(f"{shown(name)}: expected a file in the worksheet's own folder, such as weights.safetensors.", path)
    if folder is None:
        raise Fault(
            f"{shown(name)} is read from the folder of the worksheet, but this worksheet has none; give a folder.", path
        )
    file = folder / name
    if not os.path.isfile(file):
        raise Fault(f"there is no file {shown(name)} in {folder}.", path)
    if not file.resolve().is_relative_to(folder.resolve()):
        raise Fault(
            f"{shown(name)} is a link to a file outside the worksheet's folder; copy the file into the folder.", path
        )
    return file

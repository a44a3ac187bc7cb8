"""A worksheet from the command line: a file of its own, or an ONNX model with samples beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import BackproofError, DataError, OptionError, ShapeError
from backproof.training import Training
from backproof.validate import is_installed
from backproof.worksheet import Worksheet, load

#: Bytes of a file of samples, and of the arrays in it.
LARGEST = 2**30
#: What an array in a .npz file is called, by what it is for.
NAMES = {"--inputs": ("x", "inputs"), "--targets": ("y", "targets")}


def sample_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of an ONNX model: its samples and its cost."""
    for option in (
        click.option("--cost", metavar="NAME", help="Cost of an ONNX model. Default: as its outputs suggest."),
        click.option("--targets", metavar="FILE", help="Targets of an ONNX model; also numbers of classes, from 0."),
        click.option("--inputs", metavar="FILE", help="Inputs of an ONNX model: a .npy, .npz or .csv file."),
    ):
        command = option(command)
    return command


def load_samples(
    source: str, inputs: str | None, targets: str | None, cost: str | None, *, rate: float | None = None
) -> Worksheet:
    """A worksheet, or the one that an ONNX model, its samples and a learning rate make."""
    if not source.lower().endswith(".onnx"):
        given = [name for name, value in (("--inputs", inputs), ("--targets", targets), ("--cost", cost)) if value]
        if given:
            raise OptionError(f"{' and '.join(given)}: a worksheet has its own; they belong to an ONNX model (.onnx).")
        return load(source)
    if inputs is None:
        raise OptionError(
            f"'{source}' is a network without samples: add --inputs FILE and --targets FILE (.npy, .npz or .csv)."
        )
    if not is_installed("onnx"):
        raise OptionError("ONNX files need onnx: pip install 'backproof[onnx]'.")
    from backproof.interop.onnx import load as load_model

    network = load_model(source, cost=cost)
    x = _read_array(inputs, "--inputs")
    if targets is None and network.cost.needs_target and not _holds_both(inputs):
        raise OptionError(f"cost '{network.cost.name}' needs targets: add --targets FILE, or --cost output without.")
    count = network.architecture.output_count
    if targets is None and not network.cost.needs_target:
        y: AnyArray = np.zeros((len(x), count))
    else:
        y = spread_classes(_read_array(targets or inputs, "--targets"), count)
    try:
        trace = network.trace(x, y)
    except ShapeError as error:
        raise ShapeError(f"'{source}': {error}") from None
    return Worksheet(Path(source).stem, network, trace.x, trace.y, training=Training(rate), warnings=network.warnings)


def spread_classes(y: AnyArray, count: int) -> AnyArray:
    """Numbers of classes from 0 as rows with a 1 in the place of the class; other targets as they are."""
    flat = y.reshape(-1)
    if count == 1 or flat.size != len(y) or flat.dtype.kind not in "iuf":
        return y[:, None] if y.ndim == 1 and count == 1 else y
    if (flat != np.floor(flat)).any() or flat.min() < 0 or flat.max() >= count:
        raise OptionError(f"--targets: expected numbers of classes from 0 to {count - 1}, or {count} columns.")
    rows: AnyArray = np.eye(count)[flat.astype(int)]
    return rows


def _holds_both(path: str) -> bool:
    return path.lower().endswith(".npz")


def _read_array(path: str, option: str) -> AnyArray:
    """An array of numbers, samples along its first axis."""
    try:
        if os.path.getsize(path) > LARGEST:
            raise DataError("the file is larger than 1 GiB; keep the samples that are to be explained.", source=path)
        found = _read_text(path) if path.lower().endswith(".csv") else _read_numpy(path, option)
        found = np.asarray(found)
    except BackproofError:
        raise
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror or error}.", source=path) from None
    except Exception as error:  # zip, zlib and header parsers each have errors of their own
        text = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"it cannot be read as numbers: {text[:200].rstrip('.')}.", source=path) from None
    if found.dtype.kind not in "iufb" or not found.ndim:
        raise DataError(f"expected an array of numbers, samples first; received {found.dtype}.", source=path)
    return found


def _read_text(path: str) -> AnyArray:
    """Rows of numbers; the first line may hold names."""
    with open(path, encoding="utf-8-sig") as file:
        first = file.readline()
    try:
        [float(each) for each in first.split(",")]
    except ValueError:
        return np.loadtxt(path, delimiter=",", ndmin=2, skiprows=1, encoding="utf-8-sig")
    return np.loadtxt(path, delimiter=",", ndmin=2, encoding="utf-8-sig")


def _read_numpy(path: str, option: str) -> Any:
    """The array of a .npy file, or the one that a .npz file has for this."""
    loaded = np.load(path)
    if isinstance(loaded, np.ndarray):
        return loaded
    with loaded:
        if sum(each.file_size for each in loaded.zip.infolist()) > LARGEST:
            raise DataError("its arrays are larger than 1 GiB.", source=path)
        name = next((each for each in NAMES[option] if each in loaded), None)
        if name is None:
            if len(loaded.files) != 1:
                held = ", ".join(loaded.files[:8])
                raise DataError(f"{option} is the array {' or '.join(NAMES[option])}; it has {held}.", source=path)
            name = loaded.files[0]
        return loaded[name]

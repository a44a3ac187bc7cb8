"""A worksheet from the command line: a file of its own, or an ONNX model with samples beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from backproof.arrays import AnyArray
from backproof.errors import OptionError, ShapeError
from backproof.training import Training
from backproof.validate import is_installed
from backproof.worksheet import Worksheet, load

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
    from backproof.data.samples import read_samples
    from backproof.interop.onnx import load as load_model

    network = load_model(source, cost=cost)
    x = read_samples(inputs, NAMES["--inputs"])
    if targets is None and network.cost.needs_target and not _holds_both(inputs):
        raise OptionError(f"cost '{network.cost.name}' needs targets: add --targets FILE, or --cost output without.")
    count = network.architecture.output_count
    if targets is None and not network.cost.needs_target:
        y: AnyArray = np.zeros((len(x), count))
    else:
        y = spread_classes(read_samples(targets or inputs, NAMES["--targets"]), count)
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

"""`[data]`: inputs and targets, a row for each sample, and how the samples' costs are reduced to one."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from backproof.architecture import REDUCTIONS
from backproof.arrays import Array
from backproof.errors import did_you_mean
from backproof.inputs import check_received
from backproof.network import Network
from backproof.schema import Fault, Path, Table, filled, items, number, placed, shown, text

KEYS = ("inputs", "targets", "reduction")


def read_reduction(data: Table) -> str:
    """`sum` or `mean`, `sum` where it is left out."""
    given = data.take("reduction", text, "sum")
    if given not in REDUCTIONS:
        near = did_you_mean(given, REDUCTIONS)
        raise Fault(f"expected 'sum' or 'mean', received {shown(given)}.{near}", ("data", "reduction"))
    return given


def read_samples(data: Table, network: Network) -> tuple[Array, Array]:
    """Inputs (samples, input units) and targets (samples, output units); targets are 0 where no cost asks for them."""
    shape, outputs = network.architecture.layers[0].shape, network.architecture.output_count
    x = data.need("inputs", lambda value, path: _read_tensor(value, path, shape))
    with placed(("data", "inputs")):
        check_received(network.architecture, x)
    if "targets" not in data and not network.cost.needs_target:
        return x, np.zeros((len(x), outputs))
    y = data.need("targets", lambda value, path: _read_matrix(value, path, outputs, "output"))
    if len(x) != len(y):
        raise Fault(
            f"there are {len(x)} inputs and {len(y)} targets; expected the same number of each.", ("data", "targets")
        )
    return x, y


def _read_tensor(value: Any, path: Path, shape: tuple[int, ...]) -> Array:
    """Samples of a shape: of one axis as rows, of more as nested lists or as rows of all their numbers."""
    if len(shape) == 1:
        return _read_matrix(value, path, shape[0], "input")
    samples = [_flatten_sample(each, place, shape) for each, place in filled(value, path)]
    return np.array(samples, dtype=np.float64).reshape(-1, *shape)


def _flatten_sample(value: Any, path: Path, shape: tuple[int, ...]) -> list[float]:
    """The numbers of one sample, the last axis fastest."""
    members = items(value, path)
    if len(members) == prod(shape) and not any(isinstance(each, list) for each, _ in members):
        return _read_numbers(value, path)
    if len(members) != shape[0]:
        raise Fault(f"received {len(members)} entries, expected {shape[0]} of the shape {shape}.", path)
    if len(shape) == 1:
        return _read_numbers(value, path)
    return [number for each, place in members for number in _flatten_sample(each, place, shape[1:])]


def _read_matrix(value: Any, path: Path, width: int, kind: str) -> Array:
    """Rows of `width` finite numbers each."""
    rows = filled(value, path)
    if not isinstance(rows[0][0], list):
        hint = f"for one sample write [{_write_row(value)}]" if len(value) == width else "write a list of lists"
        raise Fault(f"expected a list of samples, each a list of {width} numbers; {hint}.", path)
    for row, place in rows:
        if len(items(row, place)) != width:
            raise Fault(f"the row has length {len(row)}, expected {width}, one number for each {kind} unit.", place)
        if not all(type(each) is float or type(each) is int for each in row):
            _read_numbers(row, place)
    array = np.array([[float(each) for each in row] for row in value])
    if not np.isfinite(array).all():
        for row, place in rows:
            _read_numbers(row, place)
    return array


def _write_row(value: list[Any]) -> str:
    """A flat list as it would be written, where it is short."""
    return f"[{', '.join(shown(each) for each in value)}]" if len(value) <= 8 else "[...]"


def _read_numbers(row: Any, path: Path) -> list[float]:
    """The numbers of a row, or a Fault at the one that is none."""
    return [number(each, place) for each, place in items(row, path)]


def find_warnings(y: Array, network: Network) -> tuple[str, ...]:
    """Targets that the cost cannot mean."""
    low, high = network.cost.target_range or network.cost.domain
    if not network.cost.needs_target or ((y >= low) & (y <= high)).all():
        return ()
    reach = f"from {low:g} up" if np.isinf(high) else f"between {low:g} and {high:g}"
    return (f"cost '{network.cost.name}' expects targets {reach}; some are outside this range.",)

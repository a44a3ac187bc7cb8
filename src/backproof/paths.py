"""The largest paths from a parameter to the cost: which chains of connections a gradient mostly comes from.

A derivative by a parameter is the sum, over every path from the unit it feeds to an output, of the product of the
factors met on the way: g'(h) from a pre-activation to its activation, w from there to the next pre-activation, and
the error dE/dh at the output. Nothing is enumerated: dynamic programming from the outputs down keeps, for each unit,
its k best continuations, and one pass on absolute values gives the sum of the absolute values of all paths. Through
a softmax inside the network the links of its units are one: the path goes from pre-activation to pre-activation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import Array
from backproof.errors import OptionError
from backproof.expression import Quantity
from backproof.operations.activation import Elementwise
from backproof.trace import Trace


class Path(NamedTuple):
    """One path: the units it runs through from the first pre-activation, its product, its share of the whole."""

    units: tuple[str, ...]
    value: float
    share: float


@dataclass(frozen=True)
class Paths:
    """The k largest paths of a derivative, what they leave out, and how much cancels among all.

    `total` is the derivative, `absolute` the sum of the absolute values of all `count` paths, those with a factor 0 not
    counted (infinite where there are more than 1e308); a share is a part of `absolute`.
    """

    name: str
    largest: tuple[Path, ...]
    total: float
    absolute: float
    count: float

    @property
    def left_out(self) -> str:
        """One line for every path that is not shown."""
        if not self.absolute:
            return "No path carries anything for this sample: each has a factor 0."
        shown = sum(path.share for path in self.largest)
        rest = self.total - sum(path.value for path in self.largest)
        kept = abs(self.total) / self.absolute
        many = self.count - len(self.largest)
        if not many:
            return f"These are all. After cancelling, {kept:.1%} of the sum of absolute values remains."
        return (
            f"{many:.15g} of {self.count:.15g} paths are left out; they make {max(0.0, 1 - shown):.1%} "
            f"of the sum of absolute values and add up to {rest:.6g}. After cancelling, {kept:.1%} of that sum remains."
        )


def largest_paths(trace: Trace, name: str, count: int = 10) -> Paths:
    """The largest paths from the parameter `name` to the cost, for one sample of a trace.

    Errors: NameUnknown for an unknown parameter or a batch without a chosen sample, OptionError for a count below 1.
    """
    if count < 1:
        raise OptionError(f"expected at least 1 path, received {count}.")
    parameter = trace.network.parameter(name)
    row = trace.row(Quantity("a", trace.network.units[0][:1]))
    found: list[Path] = []
    total, absolute, number = 0.0, 0.0, 0.0
    for use in parameter.uses:
        sent = 1.0 if use.row is None else float(trace.forward.a[use.layer - 1][row, use.row])
        with np.errstate(over="ignore"):  # the number of paths of a deep network may exceed 1e308
            best = _continuations(trace, row, use.layer, use.column, count)
        found.extend(Path(units, sent * value, 0.0) for units, value in best.largest if sent * value)
        total += sent * best.total
        absolute += abs(sent) * best.absolute
        number += best.ways if sent else 0.0
    found.sort(key=lambda path: -abs(path.value))
    kept = tuple(path._replace(share=abs(path.value) / absolute if absolute else 0.0) for path in found[:count])
    return Paths(name, kept, total, absolute, number)


class _Best(NamedTuple):
    """The best ways on from a unit, and the sum, absolute sum and number of all ways."""

    largest: list[tuple[tuple[str, ...], float]]
    total: float
    absolute: float
    ways: float


def _continuations(trace: Trace, row: int, layer: int, column: int, count: int) -> _Best:
    """The best ways from one pre-activation to the cost."""
    network = trace.network
    errors = np.asarray(trace.backward.dh[network.depth][row])
    values = errors[:, None]  # (units, up to k): the best products from each unit to the cost
    trails: list[NDArray[np.int64]] = []  # for each stage the next unit and its rank, (units, k, 2)
    absolute, total, number = np.abs(errors), errors, (errors != 0).astype(float)
    for at in range(network.depth - 1, layer - 1, -1):
        factors = _link(trace, row, at)
        if at == layer:
            factors = factors[column : column + 1]
        values, trail = _best_through(factors, values, count)
        trails.append(trail)
        total, absolute = factors @ total, np.abs(factors) @ absolute
        number = (factors != 0) @ number
    start = 0 if layer < network.depth else column
    names = [network.units[at] for at in range(layer, network.depth + 1)]
    first = network.units[layer][column]
    largest = []
    for rank in range(values.shape[1]):
        units, at, place = [first], start, rank
        for names_above, trail in zip(names[1:], reversed(trails), strict=True):
            at, place = (int(each) for each in trail[at, place])
            units.append(names_above[at])
        if values[start, rank]:
            largest.append((tuple(units), float(values[start, rank])))
    return _Best(largest, float(total[start]), float(absolute[start]), float(number[start]))


def _link(trace: Trace, row: int, layer: int) -> Array:
    """d h_{layer+1} / d h_layer for one sample, (from, to): g' times the weights."""
    network = trace.network
    weights = network.parameters[f"W{layer + 1}"]
    activation = network.activations[layer - 1]
    h, a = trace.forward.h[layer][row : row + 1], trace.forward.a[layer][row : row + 1]
    if isinstance(activation, Elementwise):
        slope = np.asarray(activation.backward(h, a, np.ones_like(a)))[0]
        return np.asarray(slope[:, None] * weights)
    return np.asarray(activation.backward(h, a, weights.T).T)


def _best_through(factors: Array, values: Array, count: int) -> tuple[Array, NDArray[np.int64]]:
    """The best products through one more link, and for each the unit and rank it goes on to.

    Only the `count` receivers whose best continuation is largest can be on a best path, so no more are looked at.
    """
    sent, received = factors.shape
    few = min(count, received)
    strength = np.abs(factors) * np.abs(values[:, 0])
    near = np.argpartition(-strength, few - 1, axis=1)[:, :few]
    products = np.take_along_axis(factors, near, axis=1)[:, :, None] * values[near]
    flat = products.reshape(sent, -1)
    order = np.argsort(-np.abs(flat), axis=1, kind="stable")[:, :count]
    ranks = values.shape[1]
    following = np.take_along_axis(near, order // ranks, axis=1)
    return np.take_along_axis(flat, order, axis=1), np.stack([following, order % ranks], axis=-1)

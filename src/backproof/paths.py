"""The largest paths from a parameter to the cost: which chains of connections a gradient mostly comes from.

A derivative with respect to a parameter is the sum, over every path from the unit it feeds to an output, of the
product of the factors met on the way: g'(h) from a pre-activation to its activation, dh/da (in a dense layer a weight)
from there to the next pre-activation, and the error dE/dh at the output. Nothing is enumerated: dynamic programming
from the outputs down keeps, for each unit, its k best continuations, and one pass on absolute values gives the sum of
the absolute values of all paths. Through a softmax inside the network the links of its units are one: the path goes
from pre-activation to pre-activation. `list_way` names all that lies between a number and the cost in a small network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backproof.architecture import Architecture, Use
from backproof.arrays import Array
from backproof.errors import OptionError
from backproof.layers import flatten_units
from backproof.operations.layers.dense import Dense
from backproof.quantity import Kind, Quantity
from backproof.trace import Trace
from backproof.validate import check_whole


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
            return "Every path contributes 0 for this sample, since each has a factor of 0."
        shown = sum(path.share for path in self.largest)
        rest = self.total - sum(path.value for path in self.largest)
        kept = abs(self.total) / self.absolute
        many = self.count - len(self.largest)
        if not many:
            return f"These are all paths. After cancellation, {kept:.1%} of the sum of their absolute values remains."
        return (
            f"{many:.15g} of {self.count:.15g} paths are not listed; they make up {max(0.0, 1 - shown):.1%} "
            f"of the sum of absolute values and add up to {rest:.6g}. After cancellation, {kept:.1%} of it remains."
        )


#: Maximum number of entries of the matrix between two layers.
MOST_ENTRIES = 50_000_000
#: In networks of more units no way is listed.
MOST_UNITS = 60


def largest_paths(trace: Trace, name: str, count: int = 10) -> Paths:
    """The largest paths from the parameter `name` to the cost, for one sample of a trace.

    Where samples are coupled, paths run through the other samples of the batch too. Errors: NameUnknown for an unknown
    parameter or a batch without a chosen sample, OptionError for a count below 1 or layers too large for it.
    """
    count = check_whole("count", count, 1)
    row = trace.row(Quantity("a", ("",)))
    uses = trace.architecture.uses(name)
    with np.errstate(all="ignore"):  # the number of paths of a deep network may exceed 1e308
        search = _Search(trace, row, count, uses)
        found: list[Path] = []
        total, absolute, number = 0.0, 0.0, 0.0
        for use in uses:
            sent = search.local_slope(use)
            best = search.best[use.layer]
            if best is None:
                continue
            node = search.node_at(use)
            start = search.index(use.layer, node)
            found.extend(
                Path(units, sent * value, 0.0) for units, value in search.follow_paths(use.layer, node) if sent * value
            )
            total += sent * float(best.total[start])
            absolute += abs(sent) * float(best.absolute[start])
            number += float(best.ways[start]) if sent else 0.0
    found.sort(key=lambda path: -abs(path.value))
    kept = tuple(path._replace(share=abs(path.value) / absolute if absolute else 0.0) for path in found[:count])
    return Paths(name, kept, total, absolute, number)


def list_way(quantity: Quantity, architecture: Architecture) -> list[str]:
    """The names of weights and activations between a number and the cost, its own units included."""
    if sum(layer.size for layer in architecture.layers) > MOST_UNITS:
        return []
    last = quantity.denominator if quantity.is_derivative else quantity
    if not last.of:
        return []
    if last.kind is Kind.PARAMETER or last.is_of_update:
        starts = {(use.layer, use.position) for use in architecture.uses(last.of[0])}
        found = [last.of[0]]
    else:
        starts, found = {architecture.place(last.of[0])}, []
    return list(dict.fromkeys([*found, *_follow_receivers(starts, architecture)]))


def _follow_receivers(starts: set[tuple[int, int]], architecture: Architecture) -> list[str]:
    found, waiting, met = [], sorted(starts), set(starts)
    while waiting:
        layer, position = waiting.pop(0)
        unit = architecture.layers[layer].unit(position)
        found += [f"a[{unit}]", *([f"h[{unit}]"] if layer else [])]
        if architecture.output_column(layer, position) is not None:
            found.append(f"E[{unit}]")
        for receiver in architecture.receivers(layer, position):
            other = architecture.layers[receiver.layer].unit(receiver.position)
            found.append(architecture.weight_between(unit, other) or f"dh[{other}]/da[{unit}]")
            if (receiver.layer, receiver.position) not in met:
                met.add((receiver.layer, receiver.position))
                waiting.append((receiver.layer, receiver.position))
    return found


class _Best(NamedTuple):
    """For each node of a layer its best ways on, and the sum, absolute sum and number of all ways.

    `values` (nodes, ways) are their products, `trail` (nodes, ways, 3) the layer, node and rank that each goes on to,
    layer -1 for the cost.
    """

    values: Array
    trail: NDArray[np.int64]
    total: Array
    absolute: Array
    ways: Array


class _Search:
    """Best continuations from every pre-activation down to a lowest layer, the layers from the last one down.

    A node is a unit in the sample at hand; where samples are coupled, a unit in any sample, sample after sample. Of the
    lowest layer only the nodes of the parameter's uses are searched from.
    """

    def __init__(self, trace: Trace, row: int, count: int, uses: Sequence[Use]) -> None:
        self.trace, self.row, self.count = trace, row, count
        self.architecture = trace.architecture
        self.rows = slice(None) if self.architecture.couples_samples else slice(row, row + 1)
        self.best: list[_Best | None] = [None] * len(self.architecture.layers)
        self.lowest = min((use.layer for use in uses), default=0)
        nodes = dict.fromkeys(self.node_at(use) for use in uses if use.layer == self.lowest)
        self.starts = {node: at for at, node in enumerate(nodes)}
        for number in range(len(self.best) - 1, self.lowest - 1, -1):
            self.best[number] = self._search_from(number) if number else None

    def node_at(self, use: Use) -> int:
        """The node of a use in the sample at hand."""
        before = self.row * self.architecture.layers[use.layer].size if self.architecture.couples_samples else 0
        return before + use.position

    def index(self, layer: int, node: int) -> int:
        """The row of a node in the arrays of its layer."""
        return self.starts[node] if layer == self.lowest else node

    def local_slope(self, use: Use) -> float:
        """dh/dw of one use."""
        delta = self.trace.backward.dh[use.layer]
        if use.sender is not None and use.sent is not None:
            return float(flatten_units(self.trace.forward.a[use.sender])[self.row, use.sent])
        alone = np.zeros_like(delta)
        alone[self.row].flat[use.position] = 1.0  # whatever its layout
        return float(self.trace.layer_gradient(use.layer, use.role, alone)[use.entry])

    def follow_paths(self, layer: int, node: int) -> Iterator[tuple[tuple[str, ...], float]]:
        """The best ways from a node, each with the units that it runs through and its product."""
        start = self.best[layer]
        assert start is not None
        for rank, value in enumerate(start.values[self.index(layer, node)]):
            if value:
                yield tuple(self._list_units(layer, node, rank)), float(value)

    def _list_units(self, layer: int, node: int, rank: int) -> Iterator[str]:
        while layer >= 0:
            here, best = self.architecture.layers[layer], self.best[layer]
            assert best is not None
            sample, position = divmod(node, here.size)
            other = self.architecture.couples_samples and sample != self.row
            yield here.unit(position) + (f" of sample {self.trace.numbers[sample]}" if other else "")
            layer, node, rank = (int(each) for each in best.trail[self.index(layer, node), rank])

    def _search_from(self, number: int) -> _Best | None:
        found = [] if number not in self.architecture.outputs else [self._judge_end(number)]
        for listener, sender in self.architecture.listeners[number]:
            beyond = self.best[listener]
            if beyond is not None:
                factors = self._find_link(number, listener, sender)
                factors = factors[list(self.starts)] if number == self.lowest else factors
                values, following = _best_through(factors, beyond.values, self.count)
                trail = np.concatenate([np.full((*following.shape[:2], 1), listener), following], axis=2)
                ways = (factors != 0) @ beyond.ways
                found.append(_Best(values, trail, factors @ beyond.total, np.abs(factors) @ beyond.absolute, ways))
        return None if not found else found[0] if len(found) == 1 else _merge_best(found, self.count)

    def _judge_end(self, number: int) -> _Best:
        """The error that an output layer gets from the cost itself."""
        architecture, trace = self.architecture, self.trace
        if architecture.is_judged_alone:
            delta = trace.backward.dh[number]
        else:
            outputs = architecture.collect_outputs(trace.forward.a)
            da = architecture.split_outputs(trace.training.equations.cost_slope(architecture, trace.y, outputs))
            delta = trace.training.equations.error(architecture, trace.forward, number, da[number])
        errors = np.asarray(flatten_units(delta)[self.rows]).reshape(-1)
        errors = errors[list(self.starts)] if number == self.lowest else errors
        trail = np.full((len(errors), 1, 3), -1)
        return _Best(errors[:, None], trail, errors, np.abs(errors), (errors != 0).astype(float))

    def _find_link(self, number: int, listener: int, sender: int) -> Array:
        """dh of a listening layer / dh of a layer, (nodes, nodes listening): g' times dh/da."""
        layer, other = self.architecture.layers[number], self.architecture.layers[listener]
        coupled = other.works.couples_samples
        entries = layer.size * other.size * (len(self.trace.numbers) ** 2 if self.architecture.couples_samples else 1)
        if entries > MOST_ENTRIES:
            raise OptionError(
                f"the layers '{layer.name}' and '{other.name}' are connected by {entries:,} entries; paths are "
                f"searched through at most {MOST_ENTRIES:,}."
            )
        if coupled:
            return self._find_coupled_link(number, listener, sender)
        blocks = [
            self._find_row_link(number, listener, sender, row) for row in range(len(self.trace.numbers))[self.rows]
        ]
        if len(blocks) == 1:
            return blocks[0]
        whole = np.zeros((len(blocks) * layer.size, len(blocks) * other.size))
        for at, block in enumerate(blocks):
            whole[at * layer.size : (at + 1) * layer.size, at * other.size : (at + 1) * other.size] = block
        return whole

    def _find_row_link(self, number: int, listener: int, sender: int, row: int) -> Array:
        """The link of one sample, (units, units listening)."""
        layer, other = self.architecture.layers[number], self.architecture.layers[listener]
        passed = self.trace.forward.of_rows(slice(row, row + 1))
        parameters = passed.pick(self.architecture, self.trace.network.parameters.arrays, listener)
        h, a = (arrays[number][row : row + 1] for arrays in (self.trace.forward.h, self.trace.forward.a))
        if other.is_dense:
            assert isinstance(other.kind, Dense)
            slopes = other.kind.turn(parameters["weight"]).T
        else:
            delta = np.eye(other.size).reshape(other.size, *other.shape)
            received = [
                np.broadcast_to(each[row], (other.size, *each.shape[1:]))
                for each in self.trace.forward.received(self.architecture, listener)
            ]
            slopes = other.works.backward(delta, received, parameters)[sender]
        return np.asarray(flatten_units(np.asarray(layer.activation.backward(h, a, slopes))).T)

    def _find_coupled_link(self, number: int, listener: int, sender: int) -> Array:
        """The link of a whole batch whose samples act on each other."""
        layer, other = self.architecture.layers[number], self.architecture.layers[listener]
        parameters = self.trace.forward.pick(self.architecture, self.trace.network.parameters.arrays, listener)
        received = self.trace.forward.received(self.architecture, listener)
        h, a = self.trace.forward.h[number], self.trace.forward.a[number]
        columns = []
        for delta in np.eye(len(a) * other.size).reshape(-1, len(a), *other.shape):
            sent = other.works.backward(delta, received, parameters)[sender]
            columns.append(np.asarray(layer.activation.backward(h, a, sent)).reshape(-1))
        return np.stack(columns, axis=1)


def _merge_best(found: Sequence[_Best], count: int) -> _Best:
    """The best ways of several listeners together."""
    values, trail = (
        np.concatenate([each.values for each in found], 1),
        np.concatenate([each.trail for each in found], 1),
    )
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :count]
    return _Best(
        np.take_along_axis(values, order, axis=1),
        np.take_along_axis(trail, order[:, :, None], axis=1),
        *(sum(getattr(each, name) for each in found) for name in ("total", "absolute", "ways")),
    )


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

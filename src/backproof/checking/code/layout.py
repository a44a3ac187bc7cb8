"""How somebody's code keeps its parameters: which array is whose, how weights and samples lie, where the biases are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.leaves import Leaf

#: Which leaf holds the weights of each layer, and which its biases.
Pairs = tuple[tuple[int, int | None], ...]


@dataclass(frozen=True)
class Layout:
    """One way to read the arrays of a container as the layers of a network.

    `turned` is (out, in) for (in, out), `fold` says whether the biases are the "first" or the "last" of the inputs to
    each layer, kept inside the weights.
    """

    pairs: Pairs
    widths: tuple[int, ...]
    turned: bool
    fold: str = ""

    @property
    def has_biases(self) -> bool:
        """Whether any layer has biases."""
        return bool(self.fold) or any(bias is not None for _, bias in self.pairs)

    def unpack(self, arrays: Sequence[Array]) -> dict[str, Array]:
        """Arrays as they lie, as W1 (units from, units to), b1 (units to,) ...; no b where there are no biases."""
        found = {}
        for number, (weight, bias) in enumerate(self.pairs, start=1):
            sent, received = self.widths[number - 1], self.widths[number]
            whole = arrays[weight]
            if whole.ndim < 2:
                whole = whole.reshape((-1, received) if received == 1 else (sent + bool(self.fold), received))
            elif self.turned:
                whole = whole.T
            if self.fold:
                at = 0 if self.fold == "first" else sent
                found[f"b{number}"], whole = whole[at], np.delete(whole, at, 0)
            found[f"W{number}"] = whole
            if bias is not None:
                found[f"b{number}"] = arrays[bias].reshape(received)
        return found

    def locate(self, key: str, at: tuple[int, ...], arrays: Sequence[Array]) -> tuple[int, tuple[int, ...]]:
        """Where an entry of W1, b1 ... lies: the leaf, and the index in it."""
        number = int(key[1:])
        weight, bias = self.pairs[number - 1]
        if key[0] == "b" and bias is not None:
            index = np.unravel_index(at[0], arrays[bias].shape)
            return bias, tuple(int(each) for each in index)
        row, column = at if key[0] == "W" else (self.widths[number - 1], at[0])
        if self.fold == "first":
            row = 0 if key[0] == "b" else row + 1
        if arrays[weight].ndim < 2:
            return weight, (max(row, column),)[: arrays[weight].ndim]
        return weight, ((column, row) if self.turned else (row, column))

    def describe(self, leaves: Sequence[Leaf]) -> dict[str, str]:
        """The layout and the biases, in words."""
        biases = "none"
        if self.fold:
            biases = f"{self.fold} {'column' if self.turned else 'row'} of the weights"
        elif self.has_biases:
            number, place = next((at, b) for at, (_, b) in enumerate(self.pairs, 1) if b is not None)
            shape = leaves[place].array.shape
            forms = {0: "a number", 1: "(n,)"}
            biases = forms.get(len(shape)) or ("(1, n)" if shape == (1, self.widths[number]) else "(n, 1)")
        return {"layout": "(out, in)" if self.turned else "(in, out)", "biases": biases}


def find_layouts(leaves: Sequence[Leaf], inputs: int, outputs: int) -> Iterator[Layout]:
    """Every layout in which the arrays lead from this number of inputs to this number of outputs."""
    shapes = [leaf.array.shape for leaf in leaves]
    seen: set[tuple[Pairs, bool, str]] = set()
    for pairings in (_pair_all(leaves), _pair_by_names(leaves)):
        for pairs in pairings if not seen else ():
            folds = ("",) if any(bias is not None for _, bias in pairs) else ("", "last", "first")
            for turned, fold in product((False, True), folds):
                widths = _chain(pairs, shapes, inputs, outputs, turned, bool(fold))
                if widths and (pairs, turned, fold) not in seen:
                    seen.add((pairs, turned, fold))
                    yield Layout(pairs, widths, turned, fold)


def _chain(
    pairs: Pairs, shapes: Sequence[tuple[int, ...]], inputs: int, outputs: int, turned: bool, fold: bool
) -> tuple[int, ...]:
    """The number of units of each layer; empty where the arrays do not fit together."""
    widths = [inputs]
    for number, (weight, bias) in enumerate(pairs, start=1):
        found = _read_shape(shapes[weight], widths[-1] + fold, turned, outputs if number == len(pairs) else None)
        if found is None or (bias is not None and shapes[bias] not in _bias_shapes(found)):
            return ()
        widths.append(found)
    return tuple(widths) if widths[-1] == outputs else ()


def _read_shape(shape: tuple[int, ...], sent: int, turned: bool, outputs: int | None) -> int | None:
    """The number of units that weights of a shape lead to from `sent` units; None where they do not."""
    if len(shape) == 2:
        rows, columns = shape[::-1] if turned else shape
        return columns if rows == sent else None
    if len(shape) > 2:
        return None
    size = shape[0] if shape else 1
    if outputs == 1 and size == sent:
        return 1
    return size if sent == 1 else None


def _bias_shapes(units: int) -> tuple[tuple[int, ...], ...]:
    return ((units,), (1, units), (units, 1), *([()] if units == 1 else []))


def _pair_all(leaves: Sequence[Leaf]) -> Iterator[Pairs]:
    """Every way in which all arrays may be the weights and the biases of layers in order."""
    if all(leaf.letter for leaf in leaves):
        yield from _pair_by_names(leaves)
        return
    count = len(leaves)
    places = range(count)
    yield tuple((at, None) for at in places)
    if count % 2 == 0:
        half = count // 2
        yield tuple((at, at + 1) for at in range(0, count, 2))
        yield tuple((at, at + half) for at in range(half))
        yield tuple((at + half, at) for at in range(half))
        yield tuple((at + 1, at) for at in range(0, count, 2))


def _pair_by_names(leaves: Sequence[Leaf]) -> Iterator[Pairs]:
    """The arrays whose names say that they are weights or biases; others, such as a learning rate, are left out."""
    numbers = [leaf.layer_number for leaf in leaves]
    weights, biases = ([at for at, leaf in enumerate(leaves) if leaf.letter == letter] for letter in "Wb")
    if weights and all(len({numbers[at] for at in group} - {None}) == len(group) for group in (weights, biases)):
        weights.sort(key=lambda at: numbers[at] or 0)
        of = {numbers[at]: at for at in biases}
        if {*of} <= {numbers[at] for at in weights}:
            yield tuple((at, of.get(numbers[at])) for at in weights)
            return
        biases.sort(key=lambda at: numbers[at] or 0)
    if weights and len(biases) in (0, len(weights)):
        found: list[int | None] = [*biases] or [None] * len(weights)
        yield tuple(zip(weights, found, strict=True))


def match_gradients(
    gradients: Sequence[Leaf], parameters: Sequence[Leaf], layout: Layout
) -> Iterator[tuple[str, list[int | None]]]:
    """For each parameter array which gradient is its own (None: none of them), by name, by order or by layer.

    Every way that fits, each with a sentence on an order that is not the parameters'.
    """
    given = {leaf.parameter_name: at for at, leaf in enumerate(gradients)}
    wanted = [leaf.parameter_name for leaf in parameters]
    if all(given) and {*given} <= {*wanted} and len(given) == len(gradients):
        yield "", [given.get(name) for name in wanted]
        return
    own_order = [*range(len(gradients))]
    found = False
    for says, order in (("", own_order), (BACKWARDS, own_order[::-1]), (BACKWARDS, _reverse_pairs(gradients))):
        if [_squeeze(gradients[at]) for at in order] == [_squeeze(leaf) for leaf in parameters]:
            found = True
            yield says, [*order]
    if found:
        return
    for other in find_layouts(gradients, layout.widths[0], layout.widths[-1]):
        if (other.widths, other.turned, other.fold) == (layout.widths, layout.turned, layout.fold):
            both = zip(sum(layout.pairs, ()), sum(other.pairs, ()), strict=True)
            own = {mine: theirs for mine, theirs in both if mine is not None}
            # Of fewer gradients a flat one may be that of a bias, whatever it has room for.
            if len(gradients) == len(parameters) or all(
                gradients[theirs].array.ndim == parameters[mine].array.ndim
                for mine, theirs in own.items()
                if theirs is not None
            ):
                yield "", [own.get(at) for at in range(len(parameters))]
            return
    if len(gradients) == len(parameters):
        yield "", [*own_order]


BACKWARDS = "The gradients stand in the order of the layers from the last to the first."


def _squeeze(leaf: Leaf) -> tuple[int, ...]:
    return tuple(each for each in leaf.array.shape if each > 1)


def _reverse_pairs(leaves: Sequence[Leaf]) -> list[int]:
    """The order of pairs from the last layer to the first."""
    groups: dict[Any, list[int]] = {}
    for at, leaf in enumerate(leaves):
        groups.setdefault(leaf.path[0] if len(leaf.path) > 1 else at // 2, []).append(at)
    return [at for group in reversed(groups.values()) for at in group]

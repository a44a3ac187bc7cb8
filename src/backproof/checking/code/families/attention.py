"""Attention: of queries, keys and values, or of a sequence with its weights; several heads, and causal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from math import sqrt

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.recognise import turn
from backproof.checking.tape import Masked, OfActivation, Product, Rearranged, Scaled, Step, Tape
from backproof.operations.activation import activations

HEADS = (1, 2, 3, 4, 8)


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Every part that the parameters may play, with the number of heads, the scale and the mask."""
    if x.dtype.kind != "f" or x.ndim < 2 or len(outputs) != 1 or outputs[0].ndim != x.ndim:
        return
    if len(parameters) == 2:
        for names in permutations(parameters):
            keys, values = (parameters[name] for name in names)
            if (
                keys.ndim == values.ndim == x.ndim
                and keys.shape[-1] == x.shape[-1]
                and keys.shape[-2] == values.shape[-2]
            ):
                for causal, scaled in product((False, True), (True, False)):
                    tape = Tape("attention")
                    steps = tape.leaf("x", x), tape.leaf(names[0], keys), tape.leaf(names[1], values)
                    tape.made.append(_attend(tape, *steps, causal=causal, scaled=scaled))
                    yield tape
    elif len(parameters) in (3, 4) and x.ndim in (2, 3) and all(each.ndim == 2 for each in parameters.values()):
        for names in permutations(parameters):
            arrays = [parameters[name] for name in names]
            if not all(each.shape[0] == x.shape[-1] for each in arrays[:3]) or arrays[0].shape != arrays[1].shape:
                continue
            for heads, causal, scaled in product(HEADS, (False, True), (True, False)):
                made = _build(x, dict(zip(names, arrays, strict=True)), heads, causal=causal, scaled=scaled)
                if made is not None:
                    yield made


def _build(x: Array, named: Mapping[str, Array], heads: int, *, causal: bool, scaled: bool) -> Tape | None:
    """Attention of a sequence to itself; None where the heads do not divide it or the weights do not fit."""
    widths = [array.shape[1] for array in named.values()]
    if any(width % heads for width in widths[:3]) or (
        len(named) == 4 and list(named.values())[3].shape[0] != widths[2]
    ):
        return None
    tape = Tape("attention" if heads == 1 else f"attention with {heads} heads")
    leaf = tape.leaf("x", x)
    steps = []
    for (name, array), what in zip(named.items(), ("queries", "keys", "values"), strict=False):
        made = tape.do(f"the {what}", Product(), leaf, tape.leaf(name, array))
        steps.append(_split(tape, made, heads))
    h = _attend(tape, *steps, causal=causal, scaled=scaled)
    h = _merge(tape, h, heads)
    if len(named) == 4:
        name, array = list(named.items())[3]
        h = tape.do("the output weights", Product(), h, tape.leaf(name, array))
    tape.made.append(h)
    return tape


def _split(tape: Tape, step: Step, heads: int) -> Step:
    if heads == 1:
        return step
    shape = step.value.shape
    parts = tape.do("", Rearranged(tuple(range(len(shape))), (*shape[:-1], heads, shape[-1] // heads)), step)
    return turn(tape, parts, (*range(len(shape) - 2), len(shape) - 1, len(shape) - 2, len(shape)))


def _merge(tape: Tape, step: Step, heads: int) -> Step:
    if heads == 1:
        return step
    *rest, count, length, size = step.value.shape
    axes = (*range(len(rest)), len(rest) + 1, len(rest), len(rest) + 2)
    return tape.do("", Rearranged(axes, (*rest, length, count * size)), step)


def _attend(tape: Tape, queries: Step, keys: Step, values: Step, *, causal: bool, scaled: bool) -> Step:
    scores = tape.do("the scores", Product(transposed=True, words=("queries", "keys")), queries, keys)
    if scaled:
        scores = tape.do("the scale", Scaled(1 / sqrt(keys.value.shape[-1])), scores)
    if causal:
        past = np.tril(np.ones(scores.value.shape[-2:], dtype=bool))
        scores = tape.do("the causal mask", Masked(np.broadcast_to(past, scores.value.shape), 1.0, -np.inf), scores)
    weights = tape.do("the softmax", OfActivation(activations.make("softmax")), scores)
    return tape.do("the weighted values", Product(words=("the softmax's weights", "values")), weights, values)

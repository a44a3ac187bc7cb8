"""Attention: of queries, keys and values, or of a sequence with its weights; several heads, and causal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import Any

from backproof.arrays import Array
from backproof.checking.tape import Step, Tape
from backproof.operations.layers.scale import Scale
from backproof.operations.shorthand import Part
from backproof.operations.shorthands.attention import Attention

HEADS = (1, 2, 3, 4, 8)
WORDS = {
    "query": "the queries",
    "key": "the keys",
    "value": "the values",
    "products": "the scores",
    "scores": "the scale",
    "scores g": "the softmax",
    "context": "the weighted values",
    "": "the output weights",
}
ROLES = (("query", "weight"), ("key", "weight"), ("value", "weight"), ("output", "weight"))
BIASES = tuple((part, "bias") for part, _ in ROLES)


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Every part that the parameters may play, with the number of heads, the scale and the mask."""
    if x.dtype.kind != "f" or x.ndim < 2 or len(outputs) != 1 or outputs[0].ndim != x.ndim:
        return
    forms = [*product((False, True), (True, False))]
    if len(parameters) == 2:
        for names in permutations(parameters):
            keys, values = (parameters[name] for name in names)
            fits = keys.ndim == values.ndim == x.ndim and keys.shape[:-2] == values.shape[:-2] == x.shape[:-2]
            if fits and keys.shape[-1] == x.shape[-1] and keys.shape[-2] == values.shape[-2]:
                for causal, scaled in forms if x.shape[-2] == keys.shape[-2] else forms[:2]:
                    tape = Tape("attention")
                    arrays = {"x": x, names[0]: keys, names[1]: values}
                    sequences = [_flatten(tape, tape.leaf(name, array)) for name, array in arrays.items()]
                    made = dict(zip(("query", "key", "value"), sequences, strict=True))
                    h = _attend(tape, made, {}, Attention(causal=causal), scaled=scaled)
                    tape.made.append(tape.reshape(h, outputs[0].shape))
                    yield tape
    elif x.ndim in (2, 3):
        for named in _assign_roles(parameters, x.shape[-1]):
            widths = [array.shape[1] for (_, role), array in named.items() if role == "weight"]
            for heads, (causal, scaled) in product(HEADS, forms):
                if widths[0] % heads or (heads > 1 and widths[2] != widths[0]):
                    continue
                tape = Tape("attention" if heads == 1 else f"attention with {heads} heads")
                leaf = _flatten(tape, tape.leaf("x", x))
                known = {id(array): name for name, array in parameters.items()}
                roles = {role: tape.leaf(known[id(array)], array) for role, array in named.items()}
                kind = Attention(heads, widths[0], causal, bias=len(named) > 4)
                h = _attend(tape, {"0": leaf, "1": leaf}, roles, kind, scaled=scaled)
                tape.made.append(tape.reshape(h, outputs[0].shape))
                yield tape


def _assign_roles(parameters: Mapping[str, Array], size: int) -> Iterator[dict[tuple[str, str], Array]]:
    """Every way in which the matrices can be weights of queries, keys, values and outputs; biases in their order."""
    matrices, rows = ([each for each in parameters.values() if each.ndim == count] for count in (2, 1))
    if len(matrices) not in (3, 4) or len(rows) not in (0, len(matrices)) or len(parameters) > len(matrices + rows):
        return
    for order in permutations(range(len(matrices))):
        weights, biases = [matrices[at] for at in order], [rows[at] for at in order if rows]
        widths = [each.shape[1] for each in weights]
        fits = all(each.shape[0] == size for each in weights[:3]) and widths[0] == widths[1]
        if not fits or any(each.size != width for each, width in zip(biases, widths, strict=False)):
            continue
        if len(weights) == 3 or weights[3].shape[0] == widths[2]:
            yield dict(zip(ROLES, weights, strict=False)) | dict(zip(BIASES, biases, strict=False))


def _flatten(tape: Tape, step: Step) -> Step:
    """Samples of sequences, whatever the axes before them."""
    return tape.reshape(step, (-1, *step.value.shape[-2:])) if step.value.ndim != 3 else step


def _attend(
    tape: Tape, made: dict[str, Step], roles: Mapping[tuple[str, str], Step], kind: Attention, *, scaled: bool
) -> Step:
    """The parts of the shorthand, without the output weights where there are none."""
    sequences = [made[each].value.shape[1:] for each in (("0", "1") if roles else ("query", "key"))]
    parts = list(kind.expand(sequences if not roles else sequences[:1], None))
    if ("output", "weight") not in roles:
        parts = parts[:-1]
    chosen: Any = parts if scaled else [_unscale(each) for each in parts]
    return tape.expand(chosen, made, lambda name, role: roles[name, role], lambda name: WORDS.get(name, ""))


def _unscale(part: Part) -> Part:
    return part._replace(kind=Scale(1.0)) if isinstance(part.kind, Scale) else part

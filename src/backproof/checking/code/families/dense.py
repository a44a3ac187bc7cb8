"""Dense layers, on samples of any shape or at every place of a sequence, alone or with an activation; activations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backproof.arrays import Array
from backproof.checking.tape import Tape
from backproof.operations.activation import Activation, activations
from backproof.operations.layers.dense import Dense


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """An activation of x, or of x W + b with W as it lies or transposed, samples as rows or columns."""
    if len(outputs) != 1 or x.dtype.kind != "f" or len(parameters) > 2:
        return
    if not parameters:
        for activation in _list_activations():
            tape = Tape(activation.name.replace("_", " "))
            tape.made.append(tape.do(f"the {tape.kind}", activation, tape.leaf("x", x)))
            yield tape
        return
    names = sorted(parameters, key=lambda name: -parameters[name].size)
    weight, bias = names[0], names[1] if len(names) > 1 else None
    array = parameters[weight]
    if array.ndim != 2:
        return
    for columns in (False, True) if x.ndim == 2 else (False,):
        for turned in (False, True):
            rows = x.T if columns else x
            sent, units = array.shape[::-1] if turned else array.shape
            each = rows.reshape(-1, rows.shape[-1]) if rows.shape[-1] == sent else rows.reshape(len(rows), -1)
            fits = each.shape[1] == sent and outputs[0].size == len(each) * units
            if not fits or (bias is not None and parameters[bias].size != units):
                continue
            kind = Dense(units, bias=bias is not None, transposed=turned)
            for activation in _list_activations():
                also = "" if activation.name == "identity" else f" and {activation.name}"
                tape = Tape(f"a dense layer{also}")
                leaf = tape.leaf("x", x)
                flat = tape.reshape(tape.turn(leaf, (1, 0)) if columns else leaf, each.shape)
                roles = {"weight": tape.leaf(weight, array)}
                if bias is not None:
                    roles["bias"] = tape.reshape(tape.leaf(bias, parameters[bias]), (units,))
                h = tape.do("the dense layer", kind, flat, parameters=roles)
                if also:
                    h = tape.do(f"the {activation.name}", activation, h)
                tape.made.append(tape.turn(h, (1, 0)) if columns else tape.reshape(h, outputs[0].shape))
                yield tape


def _list_activations() -> list[Activation]:
    """Those that are guessed, the plain one first."""
    made = [activations.make(name) for name in activations.names()]
    return sorted((each for each in made if each.is_guessed), key=lambda each: each.name != "identity")

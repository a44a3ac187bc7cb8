"""Normalisations: over the samples (batch norm, of pictures too) or within each (layer norm), then scaled and moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from backproof.arrays import Array
from backproof.checking.code.recognise import reshape
from backproof.checking.tape import Normalise, Plus, Step, Tape, Times

EPSILONS = (1e-5, 1e-8, 1e-6, 1e-7, 1e-3, 1e-4, 1e-12, 1e-10)
#: In words, the axes that are normalised together, and the axis of the channels, by the number of axes of x.
FORMS = {
    2: (("batch norm", (0,), 1), ("layer norm", (1,), 1), ("batch norm of samples as columns", (1,), 0)),
    3: (("layer norm", (2,), 2), ("batch norm over samples and places", (0, 1), 2), ("layer norm", (1, 2), 2)),
    4: (
        ("batch norm of pictures (N, C, H, W)", (0, 2, 3), 1),
        ("batch norm of pictures (N, H, W, C)", (0, 1, 2), 3),
        ("layer norm", (1, 2, 3), 1),
        ("layer norm of channels", (3,), 3),
        ("instance norm", (2, 3), 1),
    ),
}


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Each form with each epsilon that people use, gamma and beta either way round, or without them."""
    if len(outputs) != 1 or outputs[0].shape != x.shape or x.dtype.kind != "f" or len(parameters) not in (0, 2):
        return
    orders = [(), *([tuple(parameters), tuple(parameters)[::-1]] if parameters else [])][bool(parameters) :]
    for words, axes, channel in FORMS.get(x.ndim, ()):
        for epsilon in EPSILONS:
            for names in orders:
                tape = Tape(words)
                h = tape.do("the normalisation", Normalise(axes, epsilon), tape.leaf("x", x))
                placed = [_place(tape, name, parameters[name], x.shape, channel) for name in names]
                if None in placed:
                    continue
                for work, step, what in zip(
                    (Times(gain=True), Plus(bias=True)), placed, ("gamma", "beta"), strict=False
                ):
                    assert step is not None
                    h = tape.do(what, work, h, step)
                tape.made.append(h)
                yield tape


def _place(tape: Tape, name: str, array: Array, shape: tuple[int, ...], channel: int) -> Step | None:
    """A parameter of each channel, or of each number of a sample, so that it is broadcast over the rest."""
    if array.size == shape[channel]:
        places = [1] * len(shape)
        places[channel] = array.size
        return reshape(tape, tape.leaf(name, array), tuple(places))
    return tape.leaf(name, array) if array.shape == shape[1:] else None

"""Normalisations: over the samples (batch norm, of pictures too) or within each (layer norm), then scaled and moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Tape
from backproof.operations.layers.batch_norm import BatchNorm
from backproof.operations.layers.group_norm import GroupNorm
from backproof.operations.layers.layer_norm import LayerNorm
from backproof.operations.normaliser import Normaliser

GROUPS = (2, 3, 4, 8, 16, 32)
EPSILONS = (1e-5, 1e-8, 1e-6, 1e-7, 1e-3, 1e-4, 1e-12, 1e-10)


class Form(NamedTuple):
    """A normalisation: in words, its kind by the number of channels, and how x lies if not as the kind wants it."""

    words: str
    make: Callable[[int], BatchNorm | GroupNorm | LayerNorm]
    axes: tuple[int, ...] = ()


def _normalise_batch(channels: int) -> BatchNorm:
    return BatchNorm()


def _normalise_groups(groups: int, channels: int) -> GroupNorm:
    return GroupNorm(groups)


#: By the number of axes of x.
FORMS = {
    2: (
        Form("batch norm", _normalise_batch),
        Form("layer norm", lambda channels: LayerNorm()),
        Form("batch norm of samples as columns", _normalise_batch, (1, 0)),
    ),
    3: (
        Form("layer norm", lambda channels: LayerNorm()),
        Form("batch norm over samples and places", _normalise_batch, (0, 2, 1)),
        Form("layer norm", lambda channels: LayerNorm(2)),
    ),
    4: (
        Form("batch norm of pictures (N, C, H, W)", _normalise_batch),
        Form("batch norm of pictures (N, H, W, C)", _normalise_batch, (0, 3, 1, 2)),
        Form("layer norm", partial(_normalise_groups, 1)),
        Form("layer norm", lambda channels: LayerNorm(3)),
        Form("layer norm of channels", lambda channels: LayerNorm()),
        Form("instance norm", GroupNorm),
        *(Form(f"group norm with {groups} groups", partial(_normalise_groups, groups)) for groups in GROUPS),
    ),
}


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """Each form with each epsilon that people use, gamma and beta either way round, or without them."""
    if len(outputs) != 1 or outputs[0].shape != x.shape or x.dtype.kind != "f" or len(parameters) not in (0, 2):
        return
    orders = [tuple(parameters), tuple(parameters)[::-1]] if parameters else [()]
    for words, make, given in FORMS.get(x.ndim, ()):
        axes = given or tuple(range(x.ndim))
        shape = tuple(x.shape[axis] for axis in axes)
        kind: Normaliser = make(shape[1])
        if isinstance(kind, GroupNorm) and shape[1] % kind.groups:
            continue
        wide = kind.parameter_shape(shape[1:])
        allowed = [wide] if kind.by_channel else [wide, shape[-1:]]
        for epsilon in EPSILONS:
            for names in orders:
                tape = Tape(words)
                h = tape.turn(tape.leaf("x", x), axes)
                roles = {}
                for role, name in zip(("weight", "bias"), names, strict=False):
                    fits = [each for each in allowed if np.prod(each) == parameters[name].size]
                    if fits:
                        roles[role] = tape.reshape(tape.leaf(name, parameters[name]), fits[0])
                if len(roles) < len(names):
                    continue
                buffers = {role: tape.constant(np.zeros(shape[1])) for role in kind.buffers}
                made = replace(kind, epsilon=epsilon, affine=bool(names))  # type: ignore[type-var]
                h = tape.do("the normalisation", made, h, parameters={**roles, **buffers})
                tape.made.append(tape.turn(h, np.argsort(axes)))
                yield tape

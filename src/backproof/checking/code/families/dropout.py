"""Dropout: some entries kept, all multiplied by one factor, the others 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Tape
from backproof.operations.layers.dropout import Dropout


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """The mask and the factor that the outputs show."""
    if parameters or len(outputs) != 1 or outputs[0].shape != x.shape or not (x != 0).all():
        return
    ratio = outputs[0] / x
    kept = ratio != 0
    if not kept.any() or kept.all() or np.ptp(ratio[kept]) > 1e-6 * abs(ratio[kept][0]):
        return
    factor = float(np.median(ratio[kept]))
    if ((x > 0) == kept).all() or factor < 1 - 1e-9:
        return  # the first is a rectifier
    tape = Tape("dropout")
    mask = {"mask": tape.constant(kept.astype(float))}
    tape.made.append(tape.do("the mask", Dropout(max(0.0, 1 - 1 / factor)), tape.leaf("x", x), parameters=mask))
    yield tape

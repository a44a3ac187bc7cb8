"""Dropout: some entries kept, all multiplied by one factor, the others 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Masked, Tape


def build_tapes(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Iterator[Tape]:
    """The mask and the factor that the outputs show."""
    if parameters or len(outputs) != 1 or outputs[0].shape != x.shape or not (x != 0).all():
        return
    ratio = outputs[0] / x
    kept = ratio != 0
    if not kept.any() or kept.all() or np.ptp(ratio[kept]) > 1e-6 * abs(ratio[kept][0]):
        return
    if ((x > 0) == kept).all():
        return  # which is a rectifier
    factor = float(np.median(ratio[kept]))
    tape = Tape("dropout")
    tape.made.append(tape.do("the mask", Masked(kept, factor), tape.leaf("x", x)))
    yield tape

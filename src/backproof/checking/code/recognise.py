"""What kind of layer somebody's function is: the one that gives exactly these outputs from these arrays.

Each family of layers is a file in `families/`, found by its name, and offers tapes; nothing is recognised by the names
that people use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import permutations
from pkgutil import iter_modules
from typing import TypeAlias

import numpy as np

from backproof.arrays import Array
from backproof.checking.tape import Tape

#: How near the outputs of a tape come to those of somebody's function, relative to the largest.
NEAR = {8: 1e-9, 4: 2e-5}
Family: TypeAlias = Callable[[Array, Mapping[str, Array], Sequence[Array]], Iterator[Tape]]


def recognise_layer(x: Array, parameters: Mapping[str, Array], outputs: Sequence[Array]) -> Tape | None:
    """The tape of a layer that gives these outputs; None where no family has one."""
    size = min(each.dtype.itemsize for each in outputs)
    near = NEAR.get(size, NEAR[4])
    truth = [np.asarray(each, dtype=float) for each in outputs]
    with np.errstate(all="ignore"):
        for family in list_families():
            for tape in family(x, parameters, truth):
                if _is_same([each.value for each in tape.made], truth, near):
                    return tape
    return None


def _is_same(made: Sequence[Array], truth: Sequence[Array], near: float) -> bool:
    return len(made) == len(truth) and all(
        mine.shape == theirs.shape and bool((np.abs(mine - theirs) <= near * max(np.abs(theirs).max(), 1e-3)).all())
        for mine, theirs in zip(made, truth, strict=True)
    )


def list_families() -> Iterator[Family]:
    """The function `build_tapes` of every family."""
    package = import_module("backproof.checking.code.families")
    for module in sorted(each.name for each in iter_modules(package.__path__)):
        yield import_module(f"{package.__name__}.{module}").build_tapes


def assign_shapes(
    parameters: Mapping[str, Array], shapes: Sequence[Sequence[tuple[int, ...]]]
) -> Iterator[tuple[str, ...]]:
    """Every way in which the parameters, all of them, can play parts of these shapes (each part has several)."""
    if len(parameters) != len(shapes):
        return
    for names in permutations(parameters):
        if all(parameters[name].shape in allowed for name, allowed in zip(names, shapes, strict=True)):
            yield names

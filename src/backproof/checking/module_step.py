"""What mistakes look at in a step of somebody's module: its loss, its last operation, its outputs, its gradients."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from backproof.arrays import Array


class Fix(Enum):
    """What makes a module right again."""

    LAST_OPERATION_OUT = auto()
    LOG_SOFTMAX_IN = auto()
    TARGETS_LIKE_OUTPUTS = auto()
    GRAPH_JOINED = auto()
    GRADIENTS_FROM_ZERO = auto()
    NONE = auto()


class Repair(NamedTuple):
    """What was found, where, and the fix; `explains` names parameters, where they are known."""

    says: str
    where: str
    fix: Fix
    explains: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModuleStep:
    """A module's step, in the words of PyTorch.

    Attributes
    ----------
    loss : str
        The loss, such as ``"CrossEntropyLoss"``.
    last : str
        The operation that makes the outputs, such as ``"softmax"``; empty where it is not known.
    outputs : ndarray
        Their shape is that of the module's.
    targets : tuple of int
        The shape of the targets.
    elementwise : bool
        Whether the loss compares every output with a target of its own.
    cuts : tuple of str
        The places where the graph is cut, so that parameters before get no gradient that would get one.
    unused : tuple of tuple of str and tuple of str
        Layers that the outputs do not depend on, each with its parameters.
    repeats : int
        How many times the gradients that the module holds contain that of this step.
    """

    loss: str
    last: str
    outputs: Array
    targets: tuple[int, ...] = ()
    elementwise: bool = False
    cuts: tuple[str, ...] = ()
    unused: tuple[tuple[str, tuple[str, ...]], ...] = ()
    repeats: int = 1

    def are_probabilities(self, axis: int) -> bool:
        """Whether the outputs along an axis are from 0 and add up to 1."""
        return _sum_to_one(self.outputs, axis)

    def are_logs(self, axis: int) -> bool:
        """Whether the outputs along an axis are the logarithms of such numbers."""
        return _sum_to_one(np.exp(np.minimum(self.outputs, 1.0)), axis)


def _sum_to_one(values: Array, axis: int) -> bool:
    known = values.ndim > axis and bool((values >= 0).all())
    return known and bool(np.allclose(values.sum(axis), 1, atol=1e-4))

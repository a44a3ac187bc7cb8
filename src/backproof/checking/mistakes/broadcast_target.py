"""Targets of shape (n,) meet outputs of shape (n, 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, final

from backproof.architecture import Architecture
from backproof.checking.backward_pass import BackwardPass, Candidate
from backproof.checking.equations import AlteredEquations
from backproof.checking.mistake import Mistake
from backproof.checking.module_step import Fix, ModuleStep, Repair
from backproof.checking.submitted import WrongShape
from backproof.propagation import Forward


@final
@dataclass(frozen=True)
class BroadcastTarget(Mistake):
    """Every output is compared with the targets of all samples: (n,) against (n, 1) is broadcast to (n, n).

    Why: NumPy stretches both shapes without a word, and the cost that comes out looks reasonable.
    Example: a - y with a of shape (32, 1) and y of shape (32,): 1024 differences.
    See it: the network learns the mean of the targets.
    """

    frequency = 6

    def in_code(self, code: BackwardPass) -> Iterator[Candidate]:
        if code.outputs == 1 and code.samples > 1:
            for reduced, reduce in REDUCED.items():
                yield code.output(
                    Crossed(code, f"every output was compared with the targets of all samples ({reduced})", reduce)
                )

    def in_module(self, step: ModuleStep) -> Iterator[Repair]:
        apart, shape = step.targets != step.outputs.shape, step.outputs.shape
        if step.elementwise and apart and prod(step.targets) == prod(shape) == len(step.outputs):
            says = f"outputs {shape} are compared with targets {step.targets}, every one with all: give both one shape"
            yield Repair(says, "the loss", Fix.TARGETS_LIKE_OUTPUTS)

    def explain_shape(self, shape: WrongShape) -> str:
        count = shape.samples
        wrong = ((count,), (1, count), (count, count)) if shape.is_bias else ((shape.expected[0], count),)
        if not shape.is_single or count == 1 or shape.received not in wrong:
            return ""
        return (
            "Targets of shape (n,) seem to be subtracted from outputs (n, 1): their difference is (n, n). "
            "Give both the same shape."
        )


Reduce = Callable[[Any], Any]
#: How a matrix of n outputs by n targets is brought back to one number a sample.
REDUCED: dict[str, Reduce] = {
    "summed over the targets": lambda matrix: matrix.sum(1, keepdims=True),
    "the mean over the targets": lambda matrix: matrix.mean(1, keepdims=True),
    "summed over the outputs": lambda matrix: matrix.sum(0)[:, None],
    "the mean over the outputs": lambda matrix: matrix.mean(0)[:, None],
}


class Crossed(AlteredEquations):
    """delta from a matrix of every output against every target."""

    def __init__(self, code: BackwardPass, says: str, reduce: Reduce) -> None:
        self.code, self.says, self.reduce = code, says, reduce

    def cost_slope(self, network: Architecture, y: Any, a: Any) -> Any:
        return self.reduce(super().cost_slope(network, y.T, a))

    def output_error(self, network: Architecture, passed: Forward, y: Any, da: Any) -> Any:
        if network.identity is None:
            return self.error(network, passed, network.depth, da)
        matrix = network.identity.delta(passed.a[-1], y.T, y.T)
        share = 1 / len(y) if network.reduction == "mean" else 1
        return share * self.reduce(matrix)

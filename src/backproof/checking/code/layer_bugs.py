"""Naming the bug in the backward pass of a layer: which slip, in which step, returns exactly the wrong arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backproof.arrays import Array
from backproof.checking.code.naming import NamedMistake, drop_repeats
from backproof.checking.mistake import Mistake, every_mistake
from backproof.checking.tape import StepSlip, Tape

#: Maximum distance of a slip from what was claimed, relative to its largest number, and to the distance of the truth.
NEAR, NEARER = 1e-7, 0.02
#: Beside the largest of all numbers such a one may be rounding: that of a bias of keys, whose gradient is 0.
TINY = 1e-6


@dataclass(frozen=True)
class Match:
    """A slip that returns some of the wrong arrays and leaves the right ones right."""

    mistake: Mistake
    slip: StepSlip
    explains: frozenset[str]
    steps: int

    @property
    def rank(self) -> tuple[float, ...]:
        """What comes first: explaining more, the frequent one, fewer steps."""
        return -len(self.explains), -self.mistake.frequency, self.steps


def name_layer_bugs(
    tape: Tape, upstream: Sequence[Array], claimed: Mapping[str, Array], wrong: Iterable[str], coarse: float = 1.0
) -> tuple[NamedMistake, ...]:
    """The mistakes, best first: what explains all the wrong arrays, else what explains most of them, and the rest."""
    compared = _Compared(tape, upstream, claimed, tuple(wrong), NEAR * coarse)
    with np.errstate(all="ignore"):
        found = sorted(compared.matches(), key=lambda each: each.rank)
    left, chosen = set(compared.wrong), list[Match]()
    while left:
        most = max((len(left & each.explains) for each in found), default=0)
        if not most:
            break
        best = next(each for each in found if len(left & each.explains) == most)
        chosen += [each for each in found if each.explains == best.explains]
        left -= best.explains
    return drop_repeats(_name(tape, each, compared.wrong) for each in chosen)


def _name(tape: Tape, match: Match, order: Sequence[str]) -> NamedMistake:
    where = f"{tape.kind}, {match.slip.where}" if match.slip.where else tape.kind
    names = tuple(name for name in order if name in match.explains)
    return NamedMistake(match.mistake.id, match.slip.says, where, names)


@dataclass(frozen=True)
class _Compared:
    tape: Tape
    upstream: Sequence[Array]
    claimed: Mapping[str, Array]
    wrong: tuple[str, ...]
    near: float

    def matches(self) -> Iterator[Match]:
        """Every slip of every mistake that explains something and spoils nothing."""
        truth = self.tape.backward(self.upstream)
        right = [name for name in self.claimed if name not in self.wrong]
        if not all(self._is_near(truth[name], self.claimed[name]) for name in right):
            return  # what the layer does is not what it was taken for
        for mistake in every_mistake():
            for slip in mistake.in_layer(self.tape):
                made = self._run(slip)
                if made is None or not all(self._is_near(made[name], self.claimed[name]) for name in right):
                    continue
                explains = frozenset(name for name in self.wrong if self._explains(made[name], truth[name], name))
                if explains:
                    steps = sum(slip.applies(each) for each in self.tape.steps)
                    yield Match(mistake, slip, explains, steps)

    def _run(self, slip: StepSlip) -> dict[str, Array] | None:
        upstream = [
            each if slip.outputs is None or at in slip.outputs else 0 * each for at, each in enumerate(self.upstream)
        ]
        try:
            return self.tape.backward(upstream, slip)
        except ValueError:  # arrays that do not fit together, as NumPy says it
            return None

    def _is_near(self, made: Array, claimed: Array) -> bool:
        sizes = (float(np.abs(claimed).max()), float(np.abs(made).max()), TINY * self._largest)
        return made.shape == claimed.shape and float(np.abs(made - claimed).max()) <= self.near * max(sizes)

    @cached_property
    def _largest(self) -> float:
        return max(float(np.abs(each).max()) for each in self.claimed.values())

    def _explains(self, made: Array, truth: Array, name: str) -> bool:
        claimed = self.claimed[name]
        if not claimed.any() and not made.any():
            return True
        off = float(np.abs(claimed - truth).max())
        return self._is_near(made, claimed) and float(np.abs(made - claimed).max()) <= NEARER * off

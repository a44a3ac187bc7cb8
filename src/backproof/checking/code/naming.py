"""Naming the bug in somebody's backward pass: which slip, made where, returns exactly the wrong arrays.

Every mistake is made wherever code can make it, each time in an otherwise right backward pass. What returns the wrong
arrays, all of them, and leaves the right ones right, is named. Where no single slip does, two together are tried: one
in the equations that the other has changed, or a slip with a constant factor on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from backproof.arrays import Array
from backproof.checking.backward_pass import BackwardPass, Candidate, Gradients
from backproof.checking.mistake import Mistake, every_mistake
from backproof.checking.submitted import SubmittedGradients

#: Maximum distance of a slip from what was claimed, as a part of the distance of the truth.
NEARER = 0.05
#: Maximum number of first slips that get a second one on top; FEWER where a pass takes more than HEAVY products.
MOST_FIRST, FEWER, HEAVY = 8, 2, 2e6


@dataclass(frozen=True)
class NamedMistake:
    """A slip that explains wrong arrays: which mistake, in words, where, and the names of the arrays.

    `besides` says that it was made on top of the one before it, which alone does not explain them.
    """

    id: str
    says: str
    where: str
    explains: tuple[str, ...]
    besides: bool = False


def relate_mistakes(named: Sequence[NamedMistake]) -> list[tuple[str, NamedMistake]]:
    """Each mistake with "or" before it where it gives the same arrays as the first one, "and" where it is another."""
    return [
        ("" if not at else "and" if each.besides or each.explains != named[0].explains else "or", each)
        for at, each in enumerate(named)
    ]


@dataclass(frozen=True)
class Match:
    """A candidate that returns some of the wrong arrays exactly and leaves the right ones right."""

    mistake: Mistake
    candidate: Candidate
    explains: frozenset[str]
    sums: tuple[float, ...]

    @property
    def rank(self) -> tuple[float, ...]:
        """What comes first: explaining more, fitting less, one slip before two, the frequent one, fewer layers."""
        own = (-self.mistake.frequency, self.candidate.breadth)
        return (-len(self.explains), self.candidate.constants, self.candidate.slips, *own)

    def named(self, order: Iterable[str], explains: Iterable[str] | None = None, also: str = "") -> NamedMistake:
        """As reports have it; the arrays in their order."""
        chosen = set(self.explains if explains is None else explains)
        names = tuple(name for name in order if name in chosen)
        return NamedMistake(self.mistake.id, self.candidate.says + also, self.candidate.where, names)


@dataclass(frozen=True)
class Comparison:
    """SubmittedGradients arrays, some of them wrong, beside the truth and its sizes."""

    code: BackwardPass
    truth: Mapping[str, Array]
    sizes: Mapping[str, Array]
    wrong: tuple[str, ...]

    @property
    def submitted(self) -> SubmittedGradients:
        """What was claimed."""
        return self.code.submitted

    @cached_property
    def telling(self) -> bool:
        """Whether anything can be told: weights' gradients that are all 0 could come from anywhere."""
        zero = [name for name in self.wrong if not self.submitted.arrays[name].any()]
        if any(array.any() for array in self.submitted.arrays.values()):
            return True
        return len(zero) < len(self.wrong) or all(self.submitted.places[name].key[0] == "b" for name in zero)

    def matches(self, made: Array, name: str) -> bool:
        """Whether a slip's array is the claimed one, but for rounding."""
        claimed, size = self.submitted.arrays[name], self.sizes[name]
        most = float(np.abs(made).max())
        grown = max(1.0, most / max(float(np.abs(self.truth[name]).max()), 1e-300))
        if not np.isfinite(grown):
            grown = 1.0
        apart = np.abs(made - claimed)
        return bool((apart <= self.submitted.slack(made, size * grown, name)).all())

    def explains(self, made: Array, name: str) -> bool:
        """Whether a slip's array is the claimed, wrong one - and much nearer to it than the truth is."""
        if not self.matches(made, name):
            return False
        claimed = self.submitted.arrays[name]
        off = float(np.abs(claimed - self.truth[name]).max())
        return float(np.abs(made - claimed).max()) <= NEARER * off

    def judge(self, mistake: Mistake, candidate: Candidate) -> tuple[Match | None, dict[str, Array]]:
        """What a candidate explains - None where nothing, or where it spoils what is right - and its arrays."""
        made = self._made(candidate)
        if not made:
            return None, made
        if any(not self.matches(made[name], name) for name in self.submitted.arrays if name not in self.wrong):
            return None, {}
        explained = frozenset(name for name in self.wrong if self.explains(made[name], name))
        if candidate.constants and sum(self._differing(name) for name in explained) <= candidate.constants:
            return None, made
        sums = tuple(float(f"{np.nan_to_num(made[name].sum()):.9g}") for name in self.wrong)
        evidence = any(self.submitted.arrays[n].any() or self.submitted.places[n].key[0] == "b" for n in explained)
        told = bool(explained) and (evidence or candidate.gives_zeros)
        return (Match(mistake, candidate, explained, sums) if told else None), made

    def _differing(self, name: str) -> int:
        return int((self.submitted.arrays[name] != self.truth[name]).sum())

    def _made(self, candidate: Candidate) -> dict[str, Array]:
        """The candidate's arrays; none where the slip cannot be made in these shapes or gives nothing finite."""
        try:
            made = self.submitted.pick(candidate.gradients())
        except ValueError:  # arrays that do not fit together, as NumPy says it
            return {}
        claimed = self.submitted.arrays
        screen = self.code.screen
        whole = all(
            array.shape == claimed[name].shape and (np.isfinite(array).all() or (screen and array is screen.nothing))
            for name, array in made.items()
        )
        return made if whole else {}


def find_bugs(comparison: Comparison) -> tuple[NamedMistake, ...]:
    """The mistakes, best first: what explains all the wrong arrays together, else two together, else parts."""
    if not comparison.wrong or not comparison.telling:
        return ()
    found: list[Match] = []
    scaled: list[tuple[Match, float]] = []
    for mistake, candidate in _candidates(comparison.code):
        one, made = comparison.judge(mistake, candidate)
        if one is not None:
            found.append(one)
        elif made:
            scaled.extend(_scaled(comparison, mistake, candidate, made))
    found.sort(key=lambda each: each.rank)
    everything = frozenset(comparison.wrong)
    found = [narrow_match(comparison, each) if each.explains == everything else each for each in found]
    found.sort(key=lambda each: each.rank)
    whole = [each.named(comparison.wrong) for each in found if each.explains == everything]
    best = whole or _with_factor(comparison, scaled) or _pair(comparison, found) or _cover(comparison, found)
    return drop_repeats(best)


def narrow_match(comparison: Comparison, match: Match) -> Match:
    """The same slip in the fewest layers that give the same arrays: elsewhere it changes nothing, or is not made."""
    for candidate in comparison.code.narrow(match.candidate):
        narrower, _ = comparison.judge(match.mistake, candidate)
        if narrower is not None and narrower.explains == match.explains:
            return narrow_match(comparison, narrower)
    return match


def _candidates(code: BackwardPass) -> Iterator[tuple[Mistake, Candidate]]:
    for mistake in every_mistake():
        found = mistake.in_code if code.network.architecture.is_chain else mistake.in_graph
        yield from ((mistake, candidate) for candidate in found(code))


def drop_repeats(named: Iterable[NamedMistake]) -> tuple[NamedMistake, ...]:
    """Each mistake once for the same arrays, where it was found first."""
    seen: dict[tuple[str, tuple[str, ...]], NamedMistake] = {}
    for each in named:
        seen.setdefault((each.id, each.explains), each)
    return tuple(seen.values())


def _factors(code: BackwardPass) -> dict[float, tuple[str, str]]:
    """The constant factors that a second slip puts on everything, and the slip."""
    found: dict[float, tuple[str, str]] = {}
    for mistake in every_mistake():
        for factor in mistake.factors({"samples": code.samples, "outputs": code.outputs}):
            found.setdefault(factor.value, (mistake.id, factor.says))
    return found


def _scaled(
    comparison: Comparison, mistake: Mistake, candidate: Candidate, made: Mapping[str, Array]
) -> Iterator[tuple[Match, float]]:
    """A candidate that returns all wrong arrays but for one known factor, where every array is wrong."""
    if candidate.constants or len(comparison.wrong) != len(comparison.submitted.arrays):
        return
    first = comparison.wrong[-1]
    size = float((made[first] ** 2).sum())
    ratio = float((made[first] * comparison.submitted.arrays[first]).sum()) / size if size else 0.0
    for factor in _factors(comparison.code):
        if abs(ratio - factor) <= 1e-3 * abs(factor) and all(
            comparison.explains(factor * made[each], each) for each in comparison.wrong
        ):
            yield Match(mistake, candidate, frozenset(comparison.wrong), ()), factor


def _with_factor(comparison: Comparison, scaled: list[tuple[Match, float]]) -> list[NamedMistake]:
    """A slip and a factor on top of it."""
    if not scaled:
        return []
    found, factor = min(scaled, key=lambda each: each[0].rank)
    id, says = _factors(comparison.code)[factor]
    second = NamedMistake(id, f"{says}, besides", "all layers", comparison.wrong, besides=True)
    return [found.named(comparison.wrong), second]


def _pair(comparison: Comparison, found: list[Match]) -> list[NamedMistake]:
    """Two slips that explain everything together: the second is made in the equations that hold the first."""
    code = comparison.code
    heavy = code.samples * code.network.wiring.count > HEAVY
    firsts: dict[tuple[float, ...], Match] = {}
    for each in found:
        if each.candidate.equations is not None and each.explains:
            firsts.setdefault(each.sums, each)
    everything = frozenset(comparison.wrong)
    best: tuple[float, list[NamedMistake]] | None = None
    for first in list(firsts.values())[: FEWER if heavy else MOST_FIRST]:
        equations = first.candidate.equations
        assert equations is not None
        other = replace(comparison, code=code.over(equations))
        for mistake, candidate in _candidates(other.code):
            if candidate.constants:
                continue
            second, _ = other.judge(mistake, candidate)
            if second is not None and second.explains == everything:
                likely = mistake.frequency + first.mistake.frequency
                if best is None or likely > best[0]:
                    rest = everything - first.explains
                    best = likely, [first.named(comparison.wrong), second.named(comparison.wrong, rest)]
    return best[1] if best else []


def _cover(comparison: Comparison, found: list[Match]) -> list[NamedMistake]:
    """What explains most; then what explains most of the rest; and what ties with either."""
    left = set(comparison.wrong)
    chosen: list[Match] = []
    while left:
        gains = {index: len(left & each.explains) for index, each in enumerate(found)}
        most = max(gains.values(), default=0)
        if not most:
            break
        best = next(found[index] for index, gain in gains.items() if gain == most)
        chosen.extend(each for each in found if each.explains == best.explains)
        left -= best.explains
    return [each.named(comparison.wrong) for each in chosen]


__all__ = ["Comparison", "Gradients", "NamedMistake", "find_bugs", "relate_mistakes"]

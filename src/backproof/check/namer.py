"""Naming the bug in somebody's backward pass: which slip, made where, returns exactly the wrong arrays.

Every mistake is made wherever code can make it, each time in an otherwise right backward pass. What returns the wrong
arrays, all of them, and leaves the right ones right, is named. Where no single slip does, two together are tried: one
in the equations that the other has changed, or a slip with a constant factor on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from backproof.arrays import Array
from backproof.check.claimed import Claimed
from backproof.check.code import Code, Gradients, Suspect
from backproof.check.mistake import Mistake
from backproof.check.search import every_mistake

#: A slip must come so much nearer to what was claimed than the truth does.
NEARER = 0.05
#: So many first slips get a second one on top, fewer where a pass takes many multiplications.
MOST_FIRST, FEWER, HEAVY = 8, 2, 2e6


@dataclass(frozen=True)
class Named:
    """A slip that explains wrong arrays: which mistake, in words, where, and the names of the arrays."""

    id: str
    says: str
    where: str
    explains: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A suspect that returns some of the wrong arrays exactly and leaves the right ones right."""

    mistake: Mistake
    suspect: Suspect
    explains: frozenset[str]
    sums: tuple[float, ...]

    @property
    def rank(self) -> tuple[float, ...]:
        """What comes first: explaining more, fitting less, being seen more often."""
        return (-len(self.explains), self.suspect.constants, -self.mistake.frequency)

    def named(self, order: Iterable[str], explains: Iterable[str] | None = None, also: str = "") -> Named:
        """As reports have it; the arrays in their order."""
        chosen = set(self.explains if explains is None else explains)
        names = tuple(name for name in order if name in chosen)
        return Named(self.mistake.id, self.suspect.says + also, self.suspect.where, names)


@dataclass(frozen=True)
class Lineup:
    """Claimed arrays, some of them wrong, beside the truth and its sizes."""

    code: Code
    truth: Mapping[str, Array]
    sizes: Mapping[str, Array]
    wrong: tuple[str, ...]

    @property
    def claimed(self) -> Claimed:
        """What was claimed."""
        return self.code.claimed

    @cached_property
    def telling(self) -> bool:
        """Whether anything can be told: weights' gradients that are all 0 could come from anywhere."""
        zero = [name for name in self.wrong if not self.claimed.arrays[name].any()]
        return len(zero) < len(self.wrong) or all(self.claimed.places[name].key[0] == "b" for name in zero)

    def matches(self, made: Array, name: str) -> bool:
        """Whether a slip's array is the claimed one, but for rounding."""
        claimed, size = self.claimed.arrays[name], self.sizes[name]
        most = float(np.abs(made).max())
        grown = max(1.0, most / max(float(np.abs(self.truth[name]).max()), 1e-300))
        if not np.isfinite(grown):
            grown = 1.0
        apart = np.abs(made - claimed)
        return bool((apart <= self.claimed.slack(made, size * grown)).all())

    def explains(self, made: Array, name: str) -> bool:
        """Whether a slip's array is the claimed, wrong one - and much nearer to it than the truth is."""
        if not self.matches(made, name):
            return False
        claimed = self.claimed.arrays[name]
        off = float(np.abs(claimed - self.truth[name]).max())
        return float(np.abs(made - claimed).max()) <= NEARER * off

    def judge(self, mistake: Mistake, suspect: Suspect) -> tuple[Found | None, dict[str, Array]]:
        """What a suspect explains - None where nothing, or where it spoils what is right - and its arrays."""
        made = self._made(suspect)
        if not made:
            return None, made
        if any(not self.matches(made[name], name) for name in self.claimed.arrays if name not in self.wrong):
            return None, {}
        explained = frozenset(name for name in self.wrong if self.explains(made[name], name))
        if suspect.constants and sum(self._differing(name) for name in explained) <= suspect.constants:
            return None, made
        sums = tuple(float(f"{made[name].sum():.9g}") for name in self.wrong)
        evidence = any(self.claimed.arrays[n].any() or self.claimed.places[n].key[0] == "b" for n in explained)
        return (Found(mistake, suspect, explained, sums) if evidence else None), made

    def _differing(self, name: str) -> int:
        return int((self.claimed.arrays[name] != self.truth[name]).sum())

    def _made(self, suspect: Suspect) -> dict[str, Array]:
        """The suspect's arrays; none where the slip cannot be made in these shapes or gives nothing finite."""
        try:
            made = self.claimed.pick(suspect.gradients())
        except ValueError:  # arrays that do not fit together, as NumPy says it
            return {}
        claimed = self.claimed.arrays
        whole = all(array.shape == claimed[name].shape and np.isfinite(array).all() for name, array in made.items())
        return made if whole else {}


def name(lineup: Lineup) -> tuple[Named, ...]:
    """The mistakes, best first: what explains all the wrong arrays together, else two together, else parts."""
    if not lineup.wrong or not lineup.telling:
        return ()
    found: list[Found] = []
    scaled: list[tuple[Found, float]] = []
    for mistake, suspect in _suspects(lineup.code):
        one, made = lineup.judge(mistake, suspect)
        if one is not None:
            found.append(one)
        elif made:
            scaled.extend(_scaled(lineup, mistake, suspect, made))
    found.sort(key=lambda each: each.rank)
    everything = frozenset(lineup.wrong)
    whole = [each.named(lineup.wrong) for each in found if each.explains == everything]
    return _once(whole or _with_factor(lineup, scaled) or _pair(lineup, found) or _cover(lineup, found))


def _suspects(code: Code) -> Iterator[tuple[Mistake, Suspect]]:
    for mistake in every_mistake():
        for suspect in mistake.in_code(code):
            yield mistake, suspect


def _once(named: Iterable[Named]) -> tuple[Named, ...]:
    """Each mistake once for the same arrays, where it was found first."""
    seen: dict[tuple[str, tuple[str, ...]], Named] = {}
    for each in named:
        seen.setdefault((each.id, each.explains), each)
    return tuple(seen.values())


def _factors(code: Code) -> dict[float, tuple[str, str]]:
    """The constant factors that a second slip puts on everything, and the slip."""
    named = {-1.0: ("sign_flipped", "the sign is the wrong way round")}
    for count, what in ((code.samples, "samples"), (code.outputs, "outputs")):
        if count > 1:
            named.setdefault(1 / count, ("mean_vs_sum", f"averaged over the {what} where the sum is meant"))
            named.setdefault(count, ("mean_vs_sum", f"summed over the {what} where the mean is meant"))
    named.setdefault(2.0, ("factor_2_or_half", "a factor 2 too much"))
    named.setdefault(0.5, ("factor_2_or_half", "a factor 1/2 too much"))
    return named


def _scaled(
    lineup: Lineup, mistake: Mistake, suspect: Suspect, made: Mapping[str, Array]
) -> Iterator[tuple[Found, float]]:
    """A suspect that returns all wrong arrays but for one known factor, where every array is wrong."""
    if suspect.constants or len(lineup.wrong) != len(lineup.claimed.arrays):
        return
    first = lineup.wrong[-1]
    size = float((made[first] ** 2).sum())
    ratio = float((made[first] * lineup.claimed.arrays[first]).sum()) / size if size else 0.0
    for factor in _factors(lineup.code):
        if abs(ratio - factor) <= 1e-3 * abs(factor) and all(
            lineup.explains(factor * made[each], each) for each in lineup.wrong
        ):
            yield Found(mistake, suspect, frozenset(lineup.wrong), ()), factor


def _with_factor(lineup: Lineup, scaled: list[tuple[Found, float]]) -> list[Named]:
    """A slip and a factor on top of it."""
    if not scaled:
        return []
    found, factor = min(scaled, key=lambda each: each[0].rank)
    id, says = _factors(lineup.code)[factor]
    second = Named(id, f"{says}, besides", "all layers", lineup.wrong)
    return [found.named(lineup.wrong), second]


def _pair(lineup: Lineup, found: list[Found]) -> list[Named]:
    """Two slips that explain everything together: the second is made in the equations that hold the first."""
    code = lineup.code
    heavy = code.samples * code.network.wiring.count > HEAVY
    firsts: dict[tuple[float, ...], Found] = {}
    for each in found:
        if each.suspect.equations is not None and each.explains:
            firsts.setdefault(each.sums, each)
    everything = frozenset(lineup.wrong)
    best: tuple[float, list[Named]] | None = None
    for first in list(firsts.values())[: FEWER if heavy else MOST_FIRST]:
        equations = first.suspect.equations
        assert equations is not None
        other = replace(lineup, code=code.over(equations))
        for mistake, suspect in _suspects(other.code):
            if suspect.constants:
                continue
            second, _ = other.judge(mistake, suspect)
            if second is not None and second.explains == everything:
                likely = mistake.frequency + first.mistake.frequency
                if best is None or likely > best[0]:
                    rest = everything - first.explains
                    best = likely, [first.named(lineup.wrong), second.named(lineup.wrong, rest)]
    return best[1] if best else []


def _cover(lineup: Lineup, found: list[Found]) -> list[Named]:
    """What explains most; then what explains most of the rest; and what ties with either."""
    left = set(lineup.wrong)
    chosen: list[Found] = []
    while left:
        gains = {index: len(left & each.explains) for index, each in enumerate(found)}
        most = max(gains.values(), default=0)
        if not most:
            break
        best = next(found[index] for index, gain in gains.items() if gain == most)
        chosen.extend(each for each in found if each.explains == best.explains)
        left -= best.explains
    return [each.named(lineup.wrong) for each in chosen]


__all__ = ["Gradients", "Lineup", "Named", "name"]

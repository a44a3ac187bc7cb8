"""One measured figure, and how it is measured: interleaved with its peers, the median quoted."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

Work = Callable[[], object]
#: Maximum ratio of the median time to the least; above it times say little about the work.
STEADY = 2.5


class Figure(NamedTuple):
    """What was measured, what came out, and what it should be; `met` is None where nothing is asked, or known."""

    work: str
    measured: str
    wanted: str = ""
    met: bool | None = None

    @classmethod
    def against(
        cls, work: str, ours: list[float], theirs: list[float], wanted: float, scale: float = 1.0, more: str = ""
    ) -> Figure:
        """How many times as fast we are (see `faster`); without a verdict where something disturbed the times."""
        measured = faster(ours, theirs, scale)
        factor = f"{measured:.{2 if measured < 10 else 0}f} x{more}"
        if not steady(ours, theirs):
            return cls(work, f"{factor}: unsteady, measure again", f"{wanted:g} x")
        return cls(work, factor, f"{wanted:g} x", measured >= wanted)


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def typical(work: Work, runs: int = 7) -> float:
    """The median time of some runs, in seconds, after one that is not counted."""
    work()
    return median(seconds(work) for _ in range(runs))


def ratio(work: Work, peer: Work, runs: int = 15) -> float:
    """The median of the ratios work / peer, each pair run one after the other."""
    ours, theirs = in_turn(work, peer, runs=runs)
    return faster(theirs, ours)


def in_turn(*works: Work, runs: int) -> list[list[float]]:
    """The seconds of each, run after run in turn, after one of each that is not counted."""
    for work in works:
        work()
    rounds = [[seconds(work) for work in works] for _ in range(runs)]
    return [list(times) for times in zip(*rounds, strict=True)]


def steady(*times: list[float]) -> bool:
    """Whether the median of each is near its least: pools of threads take many times as long on a busy machine."""
    return all(median(each) <= STEADY * min(each) for each in times)


def faster(ours: list[float], theirs: list[float], scale: float = 1.0) -> float:
    """How many times as fast we are: the median ratio of their times (of a part, to be scaled) to ours."""
    return median(scale * peer / own for own, peer in zip(ours, theirs, strict=True))

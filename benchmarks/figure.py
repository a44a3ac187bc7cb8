"""One measured figure, and how it is measured: interleaved with its peer, the median quoted."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple


class Figure(NamedTuple):
    """What was measured, what came out, and what it should be."""

    work: str
    measured: str
    wanted: str
    met: bool


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def typical(work: Callable[[], object], runs: int = 7) -> float:
    """The median time of some runs, in seconds, after one that is not counted."""
    work()
    return median(seconds(work) for _ in range(runs))


def ratio(work: Callable[[], object], peer: Callable[[], object], runs: int = 15) -> float:
    """The median of the ratios work / peer, each pair run one after the other."""
    work(), peer()
    return median(seconds(work) / seconds(peer) for _ in range(runs))

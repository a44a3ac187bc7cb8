"""Kinds of layer that compute nothing: each of their numbers is one that was received, in another place, or a zero.

Which one, their forward pass says itself: it is run on the numbers of the places.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np

from backproof.operations.layer import Linear, Positions, Products, Shape, Shapes, positions


class Arrangement(Linear):
    """Abstract: h_p = a^r_q, the number q of the layer r received from, or 0, as forward puts them."""

    def products(self, position: int, shapes: Shapes) -> tuple[Products, ...]:
        sources = find_sources(self, tuple(shapes))
        sent = int(sources.sent[position])
        if sent < 0:
            return ()
        sender = int(np.searchsorted(sources.starts, sent, side="right")) - 1
        return (Products(sender, positions(sent - int(sources.starts[sender]))),)

    def receivers(self, sender: int, position: int, shapes: Shapes) -> Positions:
        sources = find_sources(self, tuple(shapes))
        sent = int(sources.starts[sender]) + position
        first, last = (np.searchsorted(sources.sent, sent, side, sources.order) for side in ("left", "right"))
        return sources.order[first:last]


class Sources(NamedTuple):
    """For each h the number that it is, counted through all layers received from, or -1; the h in the order of these.

    `starts` is where each layer begins to count.
    """

    sent: Positions
    order: Positions
    starts: Positions


@lru_cache(maxsize=32)
def find_sources(kind: Hashable, shapes: tuple[Shape, ...]) -> Sources:
    """Where the numbers of a kind that arranges come from."""
    assert isinstance(kind, Arrangement)
    ends = np.cumsum([prod(shape) for shape in shapes])
    parts = np.split(np.arange(1, ends[-1] + 1), ends[:-1])
    numbered = [part.reshape(1, *shape) for part, shape in zip(parts, shapes, strict=True)]
    sent = np.asarray(kind.forward(numbered, {})).reshape(-1) - 1
    return Sources(sent, np.argsort(sent, kind="stable"), np.array([0, *ends[:-1]]))

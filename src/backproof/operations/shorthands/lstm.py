"""The long short-term memory (Hochreiter & Schmidhuber 1997; with the forget gate of Gers et al. 2000)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.operations.layers.add import Add
from backproof.operations.layers.identity import Identity
from backproof.operations.layers.multiply import Multiply
from backproof.operations.recurrence import Recurrence
from backproof.operations.shorthand import Part

GATES = {"i": "sigmoid", "f": "sigmoid", "g": "tanh", "o": "sigmoid"}


@final
@dataclass(frozen=True)
class Lstm(Recurrence):
    """c_t = f_t c_(t-1) + i_t g_t, h_t = o_t tanh(c_t)

    i, f and o are sigmoid(x_t W + h_(t-1) U + b), g is tanh of such a sum, each with its own W, U and b. An activation
    that is given takes the place of both tanh.
    """

    states: ClassVar[tuple[str, ...]] = ("h", "c")
    rows: ClassVar[tuple[tuple[str, ...], ...]] = (
        *((f"u_{gate}", f"v_{gate}", gate) for gate in GATES),
        ("kept", "added", "c"),
        ("r", "h"),
    )

    def write_step(self, prefix: str, step: int, before: dict[str, str], activation: Any) -> Iterator[Part]:
        squash = "tanh" if activation is None else activation
        for gate, usual in GATES.items():
            yield from self.write_sum(prefix, step, before["h"], squash if gate == "g" else usual, gate, gate)
        i, f, g, o, kept, added, c, r, h = (
            f"{prefix}{name}{step}" for name in ("i", "f", "g", "o", "kept", "added", "c", "r", "h")
        )
        yield Part(kept, Multiply(), (f, before["c"]))
        yield Part(added, Multiply(), (i, g))
        yield Part(c, Add(), (kept, added))
        yield Part(r, Identity(), (c,), squash)
        yield Part(h, Multiply(), (o, r))

"""The gated recurrent unit (Cho et al. 2014), with the reset gate after the product, as in PyTorch and cuDNN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from backproof.operations.layers.add import Add
from backproof.operations.layers.multiply import Multiply
from backproof.operations.layers.subtract import Subtract
from backproof.operations.recurrence import Recurrence
from backproof.operations.shorthand import Part


@final
@dataclass(frozen=True)
class Gru(Recurrence):
    """n_t = tanh(x_t W_n + b_n + r_t (h_(t-1) U_n + c_n)), h_t = n_t + z_t (h_(t-1) - n_t)

    r and z are sigmoid(x_t W + h_(t-1) U + b), each with its own W, U and b. An activation that is given takes the
    place of tanh.
    """

    rows: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("u_r", "v_r", "r"),
        ("u_z", "v_z", "z"),
        ("u_n", "v_n", "m", "n"),
        ("d", "e", "h"),
    )

    def write_step(self, prefix: str, step: int, before: dict[str, str], activation: Any) -> Iterator[Part]:
        for gate in "rz":
            yield from self.write_sum(prefix, step, before["h"], "sigmoid", gate, gate)
        yield self.write_input(prefix, step, "_n")
        yield self.write_state(prefix, step, before["h"], "_n", bias=self.bias)
        r, z, u, v, m, n, d, e, h = (
            f"{prefix}{name}{step}" for name in ("r", "z", "u_n", "v_n", "m", "n", "d", "e", "h")
        )
        yield Part(m, Multiply(), (r, v))
        yield Part(n, Add(), (u, m), "tanh" if activation is None else activation)
        yield Part(d, Subtract(), (before["h"], n))
        yield Part(e, Multiply(), (z, d))
        yield Part(h, Add(), (n, e))

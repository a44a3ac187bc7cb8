"""The numbers of a table stand one column off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from backproof.checking.graph import LARGE, Graph
from backproof.checking.mistake import Mistake, StandIn
from backproof.quantity import Quantity


@final
@dataclass(frozen=True)
class ShiftedColumns(Mistake):
    """Every number of a row stands under the name of its neighbour.

    Why: a row of a table is filled in from the wrong cell on; a list begins at 0 in one place and at 1 in the other.
    Example: delta_2 and delta_3 printed as delta_1 and delta_2.
    See it: several numbers are right for the next unit or weight.
    """

    frequency = 2
    fewest_claims = 2

    def stand_ins(self, graph: Graph, quantity: Quantity) -> Iterator[StandIn]:
        row = _row(graph, quantity)
        if quantity.of and quantity.of[-1] in row:
            place = row.index(quantity.of[-1])
            for step, words in ((1, "after"), (-1, "before")):
                if 0 <= place + step < len(row) and len(row) > 2:
                    other = graph.normal(
                        Quantity(quantity.form, (*quantity.of[:-1], row[place + step])),
                        quantity.step or 1,
                        quantity.sample if isinstance(quantity.sample, int) else None,
                    )
                    yield StandIn(other, f"{other.name}, the one {words} it in its row", 1.0, words)


def _row(graph: Graph, quantity: Quantity) -> tuple[str, ...]:
    """The units of the layer, or the parameters in their order."""
    architecture = graph.network.architecture
    if len(quantity.of) == 1 and architecture.find_unit(quantity.of[0]) is not None:
        return graph.network.units[graph.network.place(quantity.of[0])[0]]
    return tuple(graph.network.wiring.names()) if graph.network.wiring.count <= LARGE else ()

"""What an object says of itself when it is shown: one report for each kind of object."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

import numpy as np

from backproof.checking.claims import Report
from backproof.checking.code import GradientReport, PlainReport
from backproof.document import Block, Document, Paragraph, Picture, Piece, Printed, Table, Text
from backproof.labels import Labels
from backproof.network import Network
from backproof.quantity import Quantity
from backproof.reports.explanation import describe_network, explanation
from backproof.reports.gradient import judged
from backproof.reports.marking import marking
from backproof.reports.matrices import layer_table
from backproof.reports.training import draw_costs, tabulate_costs
from backproof.trace import Trace
from backproof.train.history import History
from backproof.worksheet import Worksheet

#: Maximum number of parameters, of samples and of claims that are listed.
MOST = 20


@singledispatch
def describe_object(shown: Any) -> Document:
    """The report of an object. Raise TypeError if objects of its kind have none."""
    raise TypeError(f"{type(shown).__name__} has no report")


@describe_object.register
def _(shown: Report) -> Document:
    return marking(shown)


@describe_object.register
def _(shown: GradientReport | PlainReport) -> Document:
    return judged(shown, Labels(), "")


@describe_object.register
def _(shown: Trace) -> Document:
    return explanation(
        shown, f"Step {shown.step}" if shown.sample is None else f"Step {shown.step}, sample {shown.sample}"
    )


@describe_object.register
def _(shown: Network) -> Document:
    blocks = (Paragraph(f"{describe_network(shown)}."), layer_table(shown.architecture), *_list_parameters(shown))
    return Document("Network", blocks, shown.labels)


@describe_object.register
def _(shown: History) -> Document:
    best = f" The best epoch, {shown.best_epoch:,}, is kept." if shown.best_epoch else ""
    ended = f" Training ended early: {shown.stopped.replace('_', ' ')}." if shown.stopped else ""
    start: tuple[Piece, ...] = ("from ", float(shown.costs[0]), " ") if len(shown) else ()
    sentence = Paragraph((f"{len(shown):,} epochs; the cost went ", *start, "to ", shown.final_cost, f".{best}{ended}"))
    table = (tabulate_costs(shown.cost),) if len(shown) else ()
    return Document("Training", (sentence, *draw_costs(shown), *table), shown.network.labels)


@describe_object.register
def _(shown: Worksheet) -> Document:
    trace = shown.trace()
    blocks = (
        Paragraph(f"{describe_network(shown.network)}. {len(shown.x)} sample{'s' if len(shown.x) > 1 else ''}."),
        Picture(trace),
        *_list_parameters(shown.network),
        *_list_samples(shown),
        *_list_claims(shown),
    )
    return Document(shown.title or "Worksheet", blocks, trace.labels, shown.source)


def _list_parameters(network: Network) -> Iterator[Block]:
    if 0 < network.wiring.count <= 3 * MOST:
        rows = tuple(
            (Quantity("w", (name,)), float(network.parameter(name).pick(network.parameters.arrays)))
            for name in network.wiring.names()
        )
        yield Table(("parameter", "value"), rows)


def _list_samples(sheet: Worksheet) -> Iterator[Block]:
    inputs = sheet.network.units[0]
    outputs = sheet.network.architecture.output_units if sheet.network.cost.needs_target else ()
    if len(inputs) + len(outputs) > MOST:
        return
    header: tuple[Text, ...] = (
        "sample",
        *((Quantity("a", (unit,)),) for unit in inputs),
        *((Quantity("y", (unit,)),) for unit in outputs),
    )
    numbers = np.hstack([sheet.x[:MOST].reshape(len(sheet.x[:MOST]), -1), sheet.y[:MOST, : len(outputs)]])
    rows: tuple[tuple[Piece, ...], ...] = tuple(
        (str(number), *map(float, row)) for number, row in enumerate(numbers, start=1)
    )
    more = len(sheet.x) - len(rows)
    yield Table(header, rows, f"Data; {more:,} more samples are not listed" if more else "Data")


def _list_claims(sheet: Worksheet) -> Iterator[Block]:
    if sheet.claims:
        rows = tuple(
            (claim.of, Printed(claim.value), "" if claim.sample is None else str(claim.sample), claim.where)
            for claim in sheet.claims[:MOST]
        )
        more = len(sheet.claims) - len(rows)
        yield Table(("claim", "printed", "sample", "where"), rows, f"Claims; {more} more" if more else "Claims")

"""The main job on the article's own network: one training step of an OR gate, all four samples, then training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from backproof.checking.claim import SOUND
from backproof.checking.claims import examine
from backproof.document import Block, Document, Heading, Note, Paragraph, Picture, Printed, Table, Verdict, Worked
from backproof.quantity import Quantity
from backproof.reports.marking import because
from backproof.reports.training import describe_outcome
from backproof.trace import Trace, trace_of
from backproof.train.history import History
from backproof.training import Training
from backproof.worksheet import Worksheet

#: The targets that the article's partner notebook trains on, three lines below the table of OR: they are XOR's.
XOR = np.array([[0.0], [1.0], [1.0], [0.0]])


def one_step(article: Worksheet, gate: Worksheet) -> tuple[Block, ...]:
    """Forward, cost, backward and update for the article's sample, and its printed numbers beside the true ones."""
    row = (article.claims[0].sample or 1) - 1
    chosen = slice(row, row + 1)
    trace = trace_of(article.network, article.x[chosen], article.y[chosen], gate.training)
    return (Picture(trace), *_derivations(trace), *_printed(article))


def _derivations(trace: Trace) -> Iterator[Block]:
    hidden, output = trace.network.units[1], trace.network.units[-1][0]
    names = list(trace.network.wiring.names())
    sections: tuple[tuple[str, Sequence[str]], ...] = (
        ("Forward pass", [f"{letter}[{unit}]" for unit in (*hidden, output) for letter in "ha"]),
        ("Cost", ["E"]),
        ("Backpropagation: the output layer", [f"dE/da[{output}]", f"delta[{output}]", "dE/dw5", "dE/dw6", "dE/db3"]),
        ("Backpropagation: the hidden layer", [f"dE/d{name}" for name in names if name not in ("w5", "w6", "b3")]),
        ("Weight update", ["new w5", "new w1"]),
    )
    for heading, wanted in sections:
        yield Heading(heading)
        yield from (Worked(trace.explain(name)) for name in wanted)


def _printed(article: Worksheet) -> Iterator[Block]:
    """The article's numbers, each with its verdict and what is behind it."""
    yield Heading("What the article prints")
    works = examine(article).works
    rows = tuple(
        (work.claim.of, Printed(work.printed), work.truth, Verdict(work.verdict), because(work)) for work in works
    )
    right = sum(work.verdict in SOUND for work in works)
    yield Table(("quantity", "printed", "true", "verdict", "because"), rows)
    yield Paragraph(f"{right} of {len(works)} printed numbers are right. More on each: backproof check or_article.")


def all_samples(gate: Worksheet) -> tuple[Block, ...]:
    """The gradients over the four samples of OR, beside those for the targets of XOR."""
    trace = gate.trace()
    other = trace_of(gate.network, gate.x, XOR, Training(gate.training.rate))
    names = list(gate.network.wiring.names())
    rows = tuple((Quantity("dE/dw", (name,)), trace[f"dE/d{name}"], other[f"dE/d{name}"]) for name in names)
    return (
        Heading("All four samples of OR"),
        Worked(trace.explain("E")),
        Worked(trace.explain("dE/dw5")),
        Worked(trace.explain("dE/dw1")),
        Table(("gradient", "targets of OR: 0 1 1 1", "targets of XOR: 0 1 1 0"), rows, "Summed over the four samples"),
        Note(
            "The article's partner notebook trains on the targets 0 1 1 0: those of XOR, not of OR. Its printed sums "
            "(such as 0.013 for dE/db3) are the last column; for an OR gate the middle column is true.",
            "warning",
        ),
    )


def training(history: History, gate: Worksheet) -> tuple[Block, ...]:
    """The run that makes an OR gate of it."""
    learned = bool(np.all(np.abs(history.network.predict(gate.x) - gate.y) < 0.1))
    verdict = "The gate is learned: each answer is within 0.1 of its target." if learned else "The gate is not learned."
    return (Heading("Training until it is an OR gate"), *describe_outcome(history, gate.x, gate.y), Paragraph(verdict))


def demonstration(article: Worksheet, gate: Worksheet, history: History) -> Document:
    """The whole demonstration as one document."""
    blocks = (
        Paragraph(
            "A published article works one training step of this 2-2-1 sigmoid network by hand, for the sample (1, 0) "
            "of an OR gate with target 1. Here is every number of it, derived and computed."
        ),
        *one_step(article, gate),
        *all_samples(gate),
        *training(history, gate),
    )
    return Document("An OR gate, one training step and all of them", blocks, gate.trace().labels, article.source)

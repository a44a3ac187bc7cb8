"""`backproof train WORKSHEET`: its network on its samples."""

from __future__ import annotations

from typing import Any

import click

from backproof.cli._interrupt import CODE, interruptible
from backproof.cli._output import form, write_report
from backproof.cli._progress import progress
from backproof.document import Document, Note
from backproof.reports.training import describe_members, outcome
from backproof.train.history import INTERRUPTED
from backproof.train.loop import fit
from backproof.train.many import check_any
from backproof.worksheet import Worksheet, load

REPORT = ("output", "target", "notation", "digits")
#: Options of `fit` that are handed on as they are.
OF_FIT = ("schedule", "l1", "l2", "dropout", "clip", "engine", "dtype")


def train(source: str, given: dict[str, Any]) -> None:
    """Train, and report what came of it."""
    report: dict[str, Any] = {name: given.get(name) for name in REPORT}
    form(report["output"], report["target"])
    sheet = load(source)
    for warning in sheet.warnings:
        click.echo(f"backproof: warning: {warning}", err=True)
    options = _options(sheet, given)
    restarts, engine = given.get("restarts", 1), given.get("engine", "auto")
    many = {"networks": restarts} if restarts > 1 else {}
    with interruptible() as stop, progress(stop, restarts, quiet=given["quiet"], asked=engine) as shown:
        history = fit(sheet.network, sheet.x, sheet.y, callbacks=[shown, stop], **many, **options)
    check_any(history)
    blocks = outcome(history, sheet.x, sheet.y)
    if restarts > 1:
        blocks = (*describe_members(history, options["seed"]), *blocks)
    early = history.stopped == INTERRUPTED
    if early:
        done = f"after {len(history)} of {options['epochs']} epochs"
        if 0 < len(history.members) < restarts:
            done = f"in network {len(history.members)} of {restarts}"
        blocks = (Note(f"Interrupted {done}.", "warning"), *blocks)
    write_report(Document(f"Training: {sheet.title}", blocks, sheet.network.labels, sheet.source), **report)
    raise click.exceptions.Exit(CODE if early else 0)


def _options(sheet: Worksheet, given: dict[str, Any]) -> dict[str, Any]:
    """The options of `fit`: what is given, else the worksheet's own."""
    own = sheet.training
    size = given.get("batch_size")
    return {
        "epochs": given.get("epochs", 1000),
        "learning_rate": given.get("learning_rate", 0.1 if own.rate is None else own.rate),
        "optimizer": given.get("optimizer", own.optimiser),
        "batch_size": size,
        "batches": own.batches if size is None else (),
        "seed": given.get("seed", 0),
        **{name: given[name] for name in OF_FIT if name in given},
    }

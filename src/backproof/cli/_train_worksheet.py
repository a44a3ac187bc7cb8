"""`backproof train WORKSHEET`: its network on its samples."""

from __future__ import annotations

from typing import Any

import click

from backproof.cli._interrupt import CODE, interruptible
from backproof.cli._output import form, write_report
from backproof.cli._progress import show_progress
from backproof.document import Document, Note
from backproof.reports.training import describe_members, describe_outcome
from backproof.train.fit import fit
from backproof.train.history import INTERRUPTED
from backproof.train.many import check_any
from backproof.train.option import options_of
from backproof.train.options import TrainingOptions
from backproof.worksheet import Worksheet, load

REPORT = ("output", "target", "notation", "digits")


def train(source: str, given: dict[str, Any]) -> None:
    """Train, and report what came of it."""
    report: dict[str, Any] = {name: given.get(name) for name in REPORT}
    form(report["output"], report["target"])
    sheet = load(source)
    for warning in sheet.warnings:
        click.echo(f"backproof: warning: {warning}", err=True)
    options = _collect_options(sheet, given)
    restarts, engine = options["networks"] or 1, options["engine"]
    with interruptible() as stop, show_progress(stop, restarts, quiet=given["quiet"], asked=engine) as shown:
        history = fit(sheet.network, sheet.x, sheet.y, callbacks=[shown, stop], **options)
    check_any(history)
    blocks = describe_outcome(history, sheet.x, sheet.y)
    if restarts > 1:
        blocks = (*describe_members(history, options["seed"]), *blocks)
    early = history.stopped == INTERRUPTED
    if early:
        done = f"after {len(history)} of {options['epochs']} epochs"
        if 0 < len(history.members) < restarts:
            done = f"in network {len(history.members)} of {restarts}"
        blocks = (Note(f"Interrupted {done}.", "warning"), *blocks)
    write_report(
        Document(f"Training: {sheet.title}", blocks, sheet.network.labels, sheet.source), quiet=given["quiet"], **report
    )
    raise click.exceptions.Exit(CODE if early else 0)


def _collect_options(sheet: Worksheet, given: dict[str, Any]) -> dict[str, Any]:
    """The options of `fit`: what is given, else the worksheet's own."""
    own = sheet.training
    options: dict[str, Any] = {
        each.name: given.get(each.name, each.default) for each in options_of(TrainingOptions) if each.flag
    }
    options["optimizer"] = given.get("optimizer", own.optimiser)
    if "learning_rate" not in given and own.rate is not None:
        options["learning_rate"] = own.rate
    if "batch_size" not in given:
        options["batches"] = own.batches
    if options["networks"] == 1:
        options["networks"] = None
    return options

"""`backproof train WORKSHEET`: its network on its samples."""

from __future__ import annotations

from typing import Any

import click

from backproof.cli._console import print_warnings
from backproof.cli._interrupt import CODE, interruptible
from backproof.cli._output import form, write_report
from backproof.cli._progress import show_progress
from backproof.document import Document, Note
from backproof.dropout import remove_dropout
from backproof.network import Network
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
    print_warnings(sheet.warnings)
    options = _collect_options(sheet, given)
    restarts, engine = options["networks"] or 1, options["engine"]
    with interruptible() as stop, show_progress(stop, restarts, quiet=given["quiet"], asked=engine) as shown:
        history = fit(_take_plain(sheet)[0], sheet.x, sheet.y, callbacks=[shown, stop], **options)
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


def _take_plain(sheet: Worksheet) -> tuple[Network, tuple[float, ...]]:
    """The network without the dropout that is an option of training, and the rates of its hidden layers."""
    architecture, rates = remove_dropout(sheet.network.architecture)
    return (Network.of(architecture, sheet.network.parameters), rates[1:]) if rates else (sheet.network, ())


def _collect_options(sheet: Worksheet, given: dict[str, Any]) -> dict[str, Any]:
    """The options of `fit`: what is given, else the worksheet's own."""
    own = sheet.training
    options: dict[str, Any] = {
        each.name: given.get(each.name, each.default) for each in options_of(TrainingOptions) if each.flag
    }
    options["optimizer"] = given.get("optimizer", own.optimiser)
    said: dict[str, Any] = {
        "learning_rate": own.rate,
        "l1": own.l1,
        "l2": own.l2,
        "clip": own.clip,
        "schedule": own.schedule,
    }
    said |= {"epochs": own.epochs, "dropout": _take_plain(sheet)[1] or 0.0}
    options |= {name: value for name, value in said.items() if name not in given and value is not None}
    if "batch_size" not in given:
        options["batches"] = own.batches
    if options["networks"] == 1:
        options["networks"] = None
    return options

"""`backproof check`: somebody's working held against the truth."""

from __future__ import annotations

from typing import Any

import click

from backproof.checking.claims import Report, check
from backproof.cli._console import announce_long
from backproof.cli._output import form, report_options, write_report, write_text
from backproof.reports.marking import marking


@click.command()
@click.argument("working")
@click.option("--network", metavar="WORKSHEET", help="Read WORKING as a document about this worksheet's network.")
@click.option("--sample", type=click.IntRange(1), help="The sample that a document is about, counting from 1.")
@click.option("--step", type=click.IntRange(1), help="The training step that a document is about.")
@report_options
def command(working: str, network: str | None, sample: int | None, step: int | None, **options: Any) -> None:
    """Check the numbers of a written working and name the mistakes.

    WORKING is a worksheet with claims (a file, '-' for standard input, or a shipped example such as 'or_article');
    with --network it is a document, Markdown, LaTeX, plain text or a notebook, whose equations are read. Each claim is
    right, rounded, carried (computed correctly from an earlier wrong number), wrong, or undecided (too few digits to
    tell); a known mistake that gives exactly the printed number is named.

    Exit code 0: nothing is wrong or carried; 1: something is; 2: the working could not be read.

    \b
    Examples:
      backproof check or_article
      backproof check my.toml -o report.html
      backproof check article.md --network or --sample 2
    """
    if network is None and (sample or step):
        raise click.UsageError("--sample and --step say what a document is about; give --network as well.")
    with announce_long("checking") as tell:
        report = check(working, network=network, sample=sample, step=step, progress=tell)
    show(report, **options)
    raise click.exceptions.Exit(0 if report.right else 1)


def show(report: Report, **options: Any) -> None:
    """The report in the form that was asked for; JSON has a form of its own."""
    if form(options["output"], options["target"]) == "json":
        write_text(report.to_json(), options["output"], "json")
    else:
        write_report(marking(report), **options)

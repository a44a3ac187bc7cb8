"""`backproof check`: somebody's working held against the truth."""

from __future__ import annotations

from typing import Any

import click

from backproof.check.report import Report, check
from backproof.cli._output import form, report_options, write_report, write_text
from backproof.reports.marking import marking


@click.command()
@click.argument("worksheet")
@report_options
def command(worksheet: str, **options: Any) -> None:
    """Judge the claims of a worksheet and name the mistakes.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or_article'. Each claim is right,
    rounded, carried (right from an earlier number that is not) or wrong; where a known mistake makes exactly the
    printed number, it is named. Exit code 0: nothing is wrong or carried; 1: something is; 2: it could not be read.

    \b
    Examples:
      backproof check or_article
      backproof check my.toml --format json
      backproof check my.toml -o report.html
    """
    report = check(worksheet)
    show(report, **options)
    raise click.exceptions.Exit(0 if report.right else 1)


def show(report: Report, **options: Any) -> None:
    """The report in the form that was asked for; JSON has a form of its own."""
    if form(options["output"], options["target"]) == "json":
        write_text(report.to_json(), options["output"])
    else:
        write_report(marking(report), **options)

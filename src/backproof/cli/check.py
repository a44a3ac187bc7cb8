"""`backproof check`: somebody's working, or the workings of a class, held against the truth."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from backproof.checking.claims import Report, check
from backproof.checking.claims.class_report import ClassReport, Person, check_class, is_worksheet
from backproof.cli._console import announce_long
from backproof.cli._folder import check_folder, write_folder
from backproof.cli._output import STDOUT, check_keeps, form, report_options, write_report, write_text
from backproof.document import Document
from backproof.render import render, suffixes
from backproof.reports.class_table import class_table
from backproof.reports.marking import marking

#: The files that a folder of reports consists of; so no working is taken for one.
_OURS = re.compile(r"(class|report-.+)\.(txt|md|tex|html|json)")


@click.command()
@click.argument("workings", nargs=-1, required=True, metavar="WORKING...")
@click.option("--network", metavar="WORKSHEET", help="Read WORKING as a document about this worksheet's network.")
@click.option("--sample", type=click.IntRange(1), help="The sample that a document is about, counting from 1.")
@click.option("--step", type=click.IntRange(1), help="The training step that a document is about.")
@click.option("--force", is_flag=True, help="Replace a folder of reports.")
@report_options
def command(
    workings: tuple[str, ...], network: str | None, sample: int | None, step: int | None, force: bool, **options: Any
) -> None:
    """Check the numbers of a written working and name the mistakes.

    WORKING is a worksheet with claims (a file, '-' for standard input, or a shipped example such as 'or_article');
    with --network it is a document, Markdown, LaTeX, plain text or a notebook, whose equations are read, unless it
    ends in .toml. Each claim is right, rounded, carried (computed correctly from an earlier wrong number), wrong, or
    undecided (too few digits to tell); a known mistake that gives exactly the printed number is named, and 'backproof
    explain NAME' tells more of it. An empty answer is blank.

    Several workings give the table of a class: people by claims, and the slips of all. With -o FOLDER the folder
    holds this table and a report of each person, as HTML or as --format says.

    Exit code 0: nothing is wrong or carried; 1: something is; 2: a working could not be read.

    \b
    Examples:
      backproof check or_article
      backproof check my.toml -o report.html
      backproof check article.md --network or --sample 2
      backproof check class/*.md --network or -o reports
    """
    if network is None and (sample or step):
        raise click.UsageError("--sample and --step say what a document is about; give --network as well.")
    check_keeps(options["output"], network, *workings)
    if len(workings) > 1:
        raise click.exceptions.Exit(_check_class(workings, network, sample, step, force, **options))
    working = workings[0]
    with announce_long("checking") as tell:
        if network is None or is_worksheet(working):
            report = check(working, progress=tell)
        else:
            report = check(working, network=network, sample=sample, step=step, progress=tell)
    show(report, **options)
    raise click.exceptions.Exit(0 if report.right else 1)


def show(report: Report, **options: Any) -> None:
    """The report in the form that was asked for; JSON has a form of its own."""
    if form(options["output"], options["target"]) == "json":
        write_text(report.to_json(), options["output"], "json")
    else:
        write_report(marking(report), **options)


def _check_class(
    workings: tuple[str, ...], network: str | None, sample: int | None, step: int | None, force: bool, **options: Any
) -> int:
    """Check all, write the class, and return the exit code."""
    output = options["output"]
    place = None
    if output not in STDOUT and _is_folder(output):
        place = check_folder(output, force=force, ours=lambda file: _OURS.fullmatch(file.as_posix()) is not None)
    else:
        form(output, options["target"])  # before long work, so that a slip costs none
    with announce_long("checking", unit="file") as tell:
        report = check_class(workings, network=network, sample=sample, step=step, progress=tell)
    if place is not None:
        made = dict(_files(report, **options))
        write_folder(place, made)
        click.echo(f"{output}: {len(made)} files; begin with {next(iter(made))}.", err=True)
        for person in report.people:
            if person.report is None:
                named = person.file in person.error
                click.echo(f"backproof: {'' if named else f'{person.file}: '}{person.error}", err=True)
    elif form(output, options["target"]) == "json":
        write_text(report.to_json(), output, "json")
    else:
        write_report(class_table(report), **options)
    return report.code


def _is_folder(output: str) -> bool:
    """Whether -o names a folder: one that exists, or no file by its ending."""
    return os.path.isdir(output) or not Path(output).suffix or output.endswith(("/", os.sep))


def _files(
    report: ClassReport, *, target: str | None, notation: str, digits: int, **_: Any
) -> Iterator[tuple[str, str]]:
    """The table of the class and the report of each person, by the names of their files."""
    chosen = target or "html"
    suffix = next(ending for ending, name in suffixes().items() if name == chosen)
    names = dict(zip((person.file for person in report.people), _name_reports(report, suffix), strict=True))

    def write(document: Document) -> str:
        return render(document, chosen, notation=notation, digits=digits).rstrip("\n") + "\n"

    def link(person: Person) -> str:
        return names[person.file]

    yield f"class{suffix}", f"{report.to_json()}\n" if chosen == "json" else write(class_table(report, link))
    for person in report.people:
        if person.report is not None:
            own = f"{person.report.to_json()}\n" if chosen == "json" else write(marking(person.report))
            yield names[person.file], own


def _name_reports(report: ClassReport, suffix: str) -> Iterator[str]:
    """A file name for each person: by the name of the working, with a number where another has the same."""
    taken: set[str] = set()
    for person in report.people:
        stem = Path(person.name).stem if person.name != "-" else "standard-input"
        stem = re.sub(r"[^\w.-]+", "-", stem)[:100]
        name, again = stem, 2
        while name.casefold() in taken:
            name, again = f"{stem}-{again}", again + 1
        taken.add(name.casefold())
        yield f"report-{name}{suffix}"

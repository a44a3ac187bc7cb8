"""`backproof exercise`: fresh variants of a worksheet, blank for learners and with the key for the marker."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from backproof.cli._console import print_warnings
from backproof.cli._folder import check_folder, write_folder
from backproof.exercises import KINDS, Exercises, make
from backproof.exercises.sheet import write_blank
from backproof.exercises.variants import MOST_VARIANTS
from backproof.render import render
from backproof.render.notation import NOTATIONS
from backproof.reports.exercise import MORE, key, learners
from backproof.worksheet import load
from backproof.worksheet.writer import dumps

FORMS = {"markdown": ("md",), "latex": ("tex",), "html": ("html",), "both": ("md", "tex")}
_TARGETS = {"md": "markdown", "tex": "latex", "html": "html"}
_OURS = re.compile(r"(exercises|key)\.(md|tex|html|pdf|aux|log)|(key/)?variant-\d+\.toml")


@click.command()
@click.argument("worksheet")
@click.option(
    "--count", type=click.IntRange(1, MOST_VARIANTS), default=10, show_default=True, help="Number of variants."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Random seed; the same seed gives the same variants.",
)
@click.option(
    "--hide",
    multiple=True,
    metavar="KIND|QUANTITY",
    help=f"What to ask for: {', '.join(KINDS)}, all (the default) or a name such as dE/dw1; repeatable.",
)
@click.option(
    "--sample",
    "samples",
    type=click.IntRange(1),
    multiple=True,
    help="Keep only this sample of the data, counting from 1; repeatable.",
)
@click.option(
    "--questions",
    type=click.IntRange(1),
    help="Number of these numbers to ask for, from every part of the pass; the seed chooses which.",
)
@click.option(
    "--digits", type=click.IntRange(2, 12), default=4, show_default=True, help="Significant digits of an answer."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    default="both",
    show_default=True,
    help="Format of the printed sheets; both: Markdown and LaTeX.",
)
@click.option(
    "--notation",
    type=click.Choice(list(NOTATIONS)),
    default="article",
    show_default=True,
    help="Notation of the formulas.",
)
@click.option("-o", "--output", default="exercises", show_default=True, help="Folder to create.")
@click.option("--force", is_flag=True, help="Replace existing exercises.")
def command(
    worksheet: str, count: int, seed: int, hide: tuple[str, ...], samples: tuple[int, ...],
    questions: int | None, digits: int, form: str, notation: str, output: str, force: bool,
) -> None:  # fmt: skip
    """Make exercises from a worksheet: the same network with fresh numbers.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or'. The folder then holds, for
    learners, exercises.md and .tex (a page or more for each variant, with blanks) and variant-01.toml, ... (worksheets
    to fill in, for 'backproof check'); for the marker, key.md and .tex (answers with their working) and
    key/variant-01.toml, ... All numbers of earlier training steps are given.

    \b
    Examples:
      backproof exercise or --sample 2 --count 5 --questions 10
      backproof exercise or --count 3 --seed 7 --hide backward --hide gradients
      backproof exercise mazur --hide dE/dw1 --hide update -o friday
    """
    place = check_folder(output, force=force, ours=lambda file: _OURS.fullmatch(file.as_posix()) is not None)
    sheet = load(worksheet)
    print_warnings(sheet.warnings)
    made = make(sheet, count=count, seed=seed, hide=hide, samples=samples, digits=digits, questions=questions)
    write_folder(place, dict(_files(made, form, notation)))
    asked = len(made.variants[0].questions)
    several = f"{count} variants" if count > 1 else "1 variant"
    click.echo(f"{several} of {asked} question{'s' if asked > 1 else ''} in {output}: exercises and variant-*.toml for")
    click.echo("learners, key and key/ for the marker.")


def _files(made: Exercises, form: str, notation: str) -> Iterator[tuple[str, str]]:
    """Every file by its path in the folder."""
    for name, document in (("exercises", learners(made)), ("key", key(made))):
        for suffix in FORMS[form]:
            text = render(document, _TARGETS[suffix], notation=notation, digits=made.digits + MORE)
            yield f"{name}.{suffix}", text
    width = max(2, len(str(len(made.variants))))
    for variant in made.variants:
        file = f"variant-{variant.number:0{width}}.toml"
        yield file, write_blank(variant, file)
        yield f"key/{file}", dumps(variant.key)

"""`backproof explain`: the numbers of a training step as worked derivations."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

import click

from backproof.cli._console import announce_long, print_warnings
from backproof.cli._output import check_keeps, form, report_options, write_report, write_text
from backproof.cli._samples import load_samples, sample_options
from backproof.errors import OptionError
from backproof.reports.explanation import Wanted, explanation
from backproof.trace import Trace
from backproof.training import Training
from backproof.worksheet.source import is_example


@click.command()
@click.argument("worksheet")
@click.option("--of", "names", multiple=True, metavar="QUANTITY", help="What to explain, such as dE/dw1; repeatable.")
@click.option("--sample", type=click.IntRange(1), help="Sample to explain, counting from 1.")
@click.option(
    "--step", type=click.IntRange(1), default=1, show_default=True, help="Training step to explain, counting from 1."
)
@click.option(
    "--prediction", is_flag=True, help="Explain a prediction: running statistics, nothing dropped, no update."
)
@sample_options
@report_options
def command(
    worksheet: str,
    names: tuple[str, ...],
    sample: int | None,
    step: int,
    prediction: bool,
    inputs: str | None,
    targets: str | None,
    cost: str | None,
    **options: Any,
) -> None:
    """Explain the numbers of a training step.

    WORKSHEET is a file, '-' for standard input, or a shipped example such as 'or' (see 'backproof examples').
    An ONNX model (.onnx) is explained on samples that --inputs and --targets give.
    Without --of the whole pass is explained: forward, cost, backward and update.

    The name of a mistake, or of an activation, cost, layer or optimiser, is explained itself; 'mistakes',
    'activations' and so on list all of them.

    \b
    Names of numbers, for a unit h1 and a weight or bias w5:
      h[h1]  a[h1]  E  dE/da[h1]  dE/dh[h1] (or delta[h1])  da/dh[h1]
      dE/dw5  w5  new w5  step w5  eta, and products such as delta[o]*w5
    Symbols as a report prints them are names too, in Unicode, ASCII or LaTeX.

    \b
    Examples:
      backproof explain or --sample 2
      backproof explain or --of dE/dw1 --of "new w1"
      backproof explain mazur --notation nielsen -o mazur.html
      backproof explain tanh
      backproof explain model.onnx --inputs x.npy --targets y.npy --sample 1
    """
    check_keeps(options["output"], *(each for each in (worksheet, inputs, targets) if each))
    if _is_name(worksheet):
        chosen = {
            "--of": names, "--sample": sample, "--step": step != 1, "--prediction": prediction, "--inputs": inputs,
            "--targets": targets, "--cost": cost,
        }  # fmt: skip
        _explain_name(worksheet, [option for option, value in chosen.items() if value], **options)
        return
    sheet = load_samples(worksheet, inputs, targets, cost)
    print_warnings(sheet.warnings)
    with announce_long(f"training up to step {step:,}"):
        trace = sheet.trace(step=step, sample=None if prediction else sample)
        if prediction:
            predicting = replace(sheet, network=trace.network.for_prediction(), training=Training())
            trace = predicting.trace(sample=sample)
    wanted = _read_names(names, trace, options["notation"])
    write_report(explanation(trace, sheet.title, wanted, source=sheet.source), **options)


def _is_name(source: str) -> bool:
    """Whether it can only be the name of a mistake or an operation: no file, no example."""
    plain = re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_+-]*", source) is not None
    return plain and not is_example(source) and not os.path.exists(source)


def _explain_name(name: str, chosen: list[str], **options: Any) -> None:
    """What a name means, in the form that was asked for; JSON has a form of its own."""
    from backproof.reports.reference import reference, reference_json

    document = reference(name)
    if chosen:
        raise OptionError(f"'{name}' is not a worksheet: it has no numbers that {' and '.join(chosen)} could choose.")
    if form(options["output"], options["target"]) == "json":
        write_text(reference_json(name), options["output"], "json")
    else:
        write_report(document, **options)


def _read_names(names: tuple[str, ...], trace: Trace, notation: str) -> list[Wanted]:
    """The numbers that are asked for; printers of all notations are loaded for symbols alone."""
    if not names:
        return []
    from backproof.render.symbols import read_symbol

    return [read_symbol(name, trace, notation) for name in names]

"""`backproof check-code`: somebody's backward pass held against the truth."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

import click

from backproof.checking.code import check_gradient, check_handed_over, run_guarded
from backproof.cli._output import check_keeps, form, report_options, write_report, write_text
from backproof.errors import OptionError, did_you_mean
from backproof.reports.gradient import PLAIN_LABELS, judged
from backproof.worksheet import load

WITHOUT_WORKSHEET = (
    "without --network, expected a function of nothing that returns a mapping of parameters, gradients, x, y, outputs "
    "and loss"
)
EXIT_CODES = {True: 0, False: 1, None: 2}
EXPECTED = "expected a module that can be imported from this folder"


@click.command()
@click.argument("function", metavar="MODULE:FUNCTION")
@click.option("--network", metavar="WORKSHEET", help="The network, its parameters and its data.")
@report_options
def command(function: str, network: str | None, **options: Any) -> None:
    """Check hand-written backward code and name its bug.

    With a worksheet FUNCTION is called with (parameters, x, y): parameters by W1, b1, W2 ..., x (samples, inputs) and
    y (samples, outputs), all of them copies. It returns the gradients of the worksheet's cost under the same names, or
    as a list in that order.

    Without a worksheet FUNCTION is called with nothing and returns a mapping of what its code has: parameters,
    gradients, x, y, outputs and loss; or before, after, x, y, learning_rate, outputs and loss, for code that only
    updates; or layer and x. The arrays may be laid out as they are in the code: the network is worked out.

    MODULE is imported from the current folder; what it prints goes to standard error.

    Exit code 0: all gradients are right; 1: some are wrong; 2: they could not be computed, or a question is open.

    \b
    Examples:
      backproof check-code mine:backward --network or
      backproof check-code mine:one_step --format json
    """
    chosen = form(options["output"], options["target"])
    check_keeps(options["output"], network)
    sheet = load(network) if network is not None else None
    with redirect_stdout(sys.stderr):
        mine = _import_function(function)
        if sheet is not None:
            report: Any = check_gradient(mine, sheet.network, sheet.x, sheet.y, training=sheet.training)
        else:
            report = check_handed_over(run_guarded(mine, WITHOUT_WORKSHEET))
    if chosen == "json":
        write_text(report.to_json(), options["output"], "json")
    elif sheet is not None:
        write_report(judged(report, sheet.network.labels, sheet.title, sheet.source), **options)
    else:
        write_report(judged(report, PLAIN_LABELS, function), **options)
    raise click.exceptions.Exit(EXIT_CODES[report.right])


def _import_function(function: str) -> Callable[..., Any]:
    """The function of that name, or one message that says what is missing."""
    module, colon, name = function.partition(":")
    if not (colon and module and name):
        raise OptionError(f"'{function}': expected MODULE:FUNCTION, such as mine:backward.")
    if module.endswith(".py") or "/" in module or os.sep in module:
        bare = module.removesuffix(".py").replace(os.sep, "/").strip("/").replace("/", ".")
        raise OptionError(f"'{module}' is a file; write its module, {bare}:{name}.")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    found: Any = run_guarded(lambda: import_module(module), EXPECTED, f"importing '{module}'")
    for part in name.split("."):
        if not hasattr(found, part):
            known = [each for each in vars(found) if not each.startswith("_")] if hasattr(found, "__dict__") else []
            raise OptionError(f"'{module}' has no function '{name}'.{did_you_mean(part, known)}")
        found = getattr(found, part)
    if not callable(found):
        raise OptionError(f"'{function}' is not a function but an object of type {type(found).__name__}.")
    function_found: Callable[..., Any] = found
    return function_found

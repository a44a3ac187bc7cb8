"""One mapping with everything that a check of code takes: which check it is for shows in its keys."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from backproof.checking.code.backward import check_backward, check_update
from backproof.checking.code.gradient import GradientReport
from backproof.checking.code.layer import check_layer
from backproof.checking.code.plain import PlainReport
from backproof.errors import NameUnknown, OptionError, did_you_mean

#: What shows which check is meant, and the check.
CHECKS: dict[str, Callable[..., Any]] = {"gradients": check_backward, "after": check_update, "layer": check_layer}


def check_handed_over(given: Any) -> GradientReport | PlainReport:
    """Check what one mapping holds: the arguments of `check_backward`, `check_update` or `check_layer` by name."""
    chosen = next((check for key, check in CHECKS.items() if isinstance(given, Mapping) and key in given), None)
    if chosen is None:
        of = f"a mapping of {', '.join(map(str, given))}" if given else "an empty mapping"
        what = of if isinstance(given, Mapping) else type(given).__name__
        known = {name for check in CHECKS.values() for name in inspect.signature(check).parameters}
        odd = [str(key) for key in given if key not in known] if isinstance(given, Mapping) else []
        near = "".join(did_you_mean(key, [*CHECKS]) for key in odd)
        raise OptionError(
            "expected a mapping with parameters, gradients, x, y, outputs and loss; or with before, after, x, y, "
            f"learning_rate, outputs and loss; or with layer and x; received {what}.{near}"
        )
    taken = inspect.signature(chosen).parameters
    for key in given:
        if key not in taken:
            near = did_you_mean(str(key), [*taken])
            raise NameUnknown(f"unknown argument '{key}'; expected some of {', '.join(taken)}.{near}")
    missing = [name for name, each in taken.items() if each.default is each.empty and name not in given]
    if missing:
        raise OptionError(f"'{missing[0]}' is missing; expected {', '.join(taken)}.")
    report: GradientReport | PlainReport = chosen(**given)
    return report

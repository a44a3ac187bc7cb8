"""Validation: after each epoch, the cost and metrics on samples that training does not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backproof.data.source import ArraySource
from backproof.errors import OptionError
from backproof.train.callbacks.callback import Callback
from backproof.train.evaluate import evaluate
from backproof.train.metrics import Metric
from backproof.train.run import Epochs, Run
from backproof.validate import describe


class Validation(Callback):
    """Adds `PREFIX_cost` and `PREFIX_METRIC` to each epoch's metrics; the prefix is `validation` unless given."""

    def __init__(
        self, data: ArraySource, metrics: Sequence[tuple[str, Metric]] = (), prefix: str = "validation"
    ) -> None:
        self.data, self.prefix = data, prefix
        self.metrics: dict[str, Metric] = dict(metrics)

    def after(self, run: Run, epochs: Epochs) -> str | None:
        seen = evaluate(run.recipe, run.state.parameters, self.data, run.options.dtype)
        epochs.metrics[f"{self.prefix}_cost"] = seen.cost
        y = self.data.y.astype(np.result_type(self.data.y, seen.outputs), copy=False)
        for name, metric in self.metrics.items():
            with np.errstate(over="ignore", invalid="ignore"):
                epochs.metrics[f"{self.prefix}_{name}"] = _to_number(name, metric.compute(y, seen.outputs))
        return None


def _to_number(name: str, value: Any) -> float:
    """What a metric answers, as a number. Errors: OptionError for anything else."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise OptionError(f"metrics: '{name}' must return a number, received {describe(value)}.") from None

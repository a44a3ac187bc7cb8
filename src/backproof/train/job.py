"""A Job: a plan with the samples that it is for; from a file and what is wished, or from the folder of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from backproof.data.data_file import compute_checksum
from backproof.data.preparation_json import preparation_to_json
from backproof.data.reading import read_table
from backproof.data.source import ArraySource, Batch
from backproof.data.targets import RegressionTarget
from backproof.data.training_data import TrainingData, count_parquet_rows, load_stream, load_table, should_stream
from backproof.errors import DataError, OptionError
from backproof.network import Network
from backproof.train.defaults import defaults, share_held, steps
from backproof.train.evaluate import evaluate
from backproof.train.history import History
from backproof.train.loop import run_of, train_in
from backproof.train.many import check_any, fit_many
from backproof.train.plan import Plan
from backproof.train.range_test import RangeTest, range_test
from backproof.train.run import Run
from backproof.train.score import Score, score
from backproof.train.store.run_folder import RunFolder
from backproof.train.targets import class_weights
from backproof.train.watchers.early_stopping import EarlyStopping
from backproof.train.watchers.validation import Validation
from backproof.train.watchers.watcher import Watcher
from backproof.validate import check_precision, check_whole

#: Learning rates are tried on no more samples than this.
TRIED = 2000
#: How the columns of a file are taken.
COLUMNS = ("categorical", "numeric", "drop")


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be done, and with what."""

    plan: Plan
    samples: TrainingData

    @classmethod
    def new(cls, data: str, target: str, wishes: Mapping[str, Any]) -> Job:
        """The job for a file: what is wished, and the defaults for its rows. Errors: DataError, OptionError."""
        wishes = dict(wishes)
        said: dict[str, Any] = {"data": data, "target": target, "checksum": compute_checksum(data)}
        columns: dict[str, Any] = {name: tuple(wishes.get(name, ())) for name in COLUMNS}
        chosen: dict[str, Any] = {name: wishes.get(name) for name in ("impute", "problem")}
        stream = should_stream(data, wishes.get("stream"))
        table = None if stream else read_table(data, target=target, **columns)
        rows = count_parquet_rows(data) if table is None else len(table)
        wishes.setdefault("validation", share_held(rows, table is not None and table.test is not None))
        wishes.setdefault("dtype", steps(rows, wishes)["dtype"])
        options = {**chosen, "validation": wishes["validation"], "dtype": np.dtype(wishes["dtype"])}
        seed = check_whole("seed", wishes.get("seed", 0), 0)
        samples = (
            load_stream(data, target, seed, **columns, **options)
            if table is None
            else load_table(table, target, seed, **options)
        )
        said |= {**columns, **chosen, "stream": stream}
        return cls(Plan(**{**defaults(samples.preparation, samples.source.count, wishes), **wishes, **said}), samples)

    @classmethod
    def again(cls, plan: Plan) -> Job:
        """The job of a plan, on the same data as ever. Errors: DataError where that has changed."""
        if compute_checksum(plan.data) != plan.checksum:
            raise DataError(
                "the file has changed since the run was begun; bring the old one back, or train anew in another "
                "folder.",
                source=plan.data,
            )
        columns: dict[str, Any] = {name: getattr(plan, name) for name in COLUMNS}
        options: dict[str, Any] = {name: getattr(plan, name) for name in ("validation", "impute", "problem")}
        options["dtype"] = np.dtype(check_precision(plan.dtype))
        if plan.stream:
            return cls(plan, load_stream(plan.data, plan.target, plan.seed, **columns, **options))
        table = read_table(plan.data, target=plan.target, **columns)
        return cls(plan, load_table(table, plan.target, plan.seed, **options))

    @cached_property
    def network(self) -> Network:
        """The network that training starts from."""
        return self.plan.network(self.samples.preparation)

    @cached_property
    def source(self) -> Any:
        """The training samples, with the weights that their classes have."""
        source = self.samples.source
        if self.plan.class_weight is None:
            return source
        if not isinstance(source, ArraySource) or isinstance(self.samples.preparation.target, RegressionTarget):
            what = (
                "an amount has no classes" if isinstance(source, ArraySource) else "a stream's samples weigh the same"
            )
            raise OptionError(f"class_weight: {what}; leave it out.")
        weights = class_weights(self.plan.class_weight, None, source.y)
        return replace(source, weights=np.asarray(weights, dtype=np.float64))

    def find_rate(self) -> tuple[Job, RangeTest]:
        """The same job with the best of many learning rates, each tried for a few steps on some of the samples."""
        data = self._some(next(iter(self.source.blocks(0))))
        scaling = self.source.scaling
        x = data.x if scaling is None else (data.x - scaling.shift) * scaling.scale
        options = {name: value for name, value in self.plan.options.items() if name not in ("epochs", "learning_rate")}
        tried = range_test(
            self.network, x, data.y, sample_weight=data.weights, engine=self.plan.engine, **options,
        )  # fmt: skip
        return replace(self, plan=replace(self.plan, learning_rate=tried.suggestion)), tried

    def _some(self, data: Batch) -> Batch:
        """Some of the samples, drawn by the seed."""
        if len(data.x) <= TRIED:
            return data
        rows = np.random.default_rng(self.plan.seed).choice(len(data.x), TRIED, replace=False)
        return Batch(*(None if part is None else part[rows] for part in data))

    @property
    def many(self) -> bool:
        """Whether many networks are trained at once."""
        return self.plan.restarts > 1

    def run(self, engine: str) -> Run:
        """The run of the one network."""
        chosen = self.plan.settings(self.network, self.source.count)
        return run_of(chosen)(self.network, self.source, chosen, engine=engine, attentive=bool(self.watchers))

    @cached_property
    def watchers(self) -> list[Watcher]:
        """Those that measure after each epoch, and the one that keeps the best network and ends the run."""
        plan, held = self.plan, self.samples.validation
        amount = isinstance(self.samples.preparation.target, RegressionTarget)
        measuring = [] if held is None else [Validation(held, ["r2" if amount else "accuracy"])]
        monitor = "cost" if held is None else "validation_cost"
        ending = held is not None or plan.patience is not None
        return [*measuring, *([EarlyStopping(monitor, False, plan.patience)] if ending else [])]

    def train(self, folder: RunFolder, run: Run, others: Sequence[Watcher]) -> History:
        """Train one network, from where the folder's checkpoint is. Errors: Diverged."""
        return train_in(folder, run, self.watchers, preparation_to_json(self.samples.preparation), others)

    def train_many(self, folder: RunFolder, watchers: Sequence[Watcher]) -> History:
        """Train many networks at once; the best one's model and history are kept."""
        plan, source = self.plan, self.source
        if not isinstance(source, ArraySource):
            raise OptionError("many networks at once need their samples in memory; leave out --stream or --restarts.")
        history = fit_many(
            self.network, source, plan.restarts, None, held_out=self.samples.validation, initialiser=plan.initialiser,
            engine=plan.engine, watchers=watchers, **plan.options,
        )  # fmt: skip
        check_any(history)
        rate = plan.learning_rate
        folder.history.append(*({"epoch": n, "cost": cost, "rate": rate} for n, cost in enumerate(history.cost, 1)))
        folder.save_model(
            history.network, preparation=preparation_to_json(self.samples.preparation), facts={"epoch": len(history)}
        )
        return history

    def score(self, network: Network) -> tuple[str, Score]:
        """How good a network is, on the source's own test rows, else those held back, else those it was trained on.

        A stream's training rows are too many: the first block of them stands for them.
        """
        parts = {"test": self.samples.test, "validation": self.samples.validation}
        part, data = next(((name, rows) for name, rows in parts.items() if rows is not None), ("training", None))
        if data is None:
            block = next(iter(self.source.blocks(0)))
            data = ArraySource(block.x, block.y, None, self.source.scaling)
        recipe = self.plan.settings(network, len(data.x)).recipe(network, scaled=data.scaling is not None)
        outputs = evaluate(recipe, network.parameters, data, self.plan.dtype).outputs
        return part, score(self.samples.preparation.target, data.y, outputs)

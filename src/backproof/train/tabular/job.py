"""A Job: a configuration with the samples that it is for; from a file and what is wished, or from a run's folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from backproof.data.data_file import compute_checksum
from backproof.data.error_list import ErrorList
from backproof.data.pictures import infer_picture_shape, scale_alike
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import preparation_to_json
from backproof.data.reading import read_table
from backproof.data.source import ArraySource, Batch
from backproof.data.table import Table, match_table
from backproof.data.targets import ClassTarget, RegressionTarget, list_targets
from backproof.data.training_data import TrainingData, count_parquet_rows, load_stream, load_table, should_stream
from backproof.errors import DataError, OptionError
from backproof.network import Network
from backproof.operations.cost import costs
from backproof.operations.picture_network import PictureNetwork, networks
from backproof.schema import shown
from backproof.train.callbacks.callback import Callback
from backproof.train.callbacks.early_stopping import EarlyStopping
from backproof.train.callbacks.validation import Validation
from backproof.train.evaluate import evaluate
from backproof.train.history import INTERRUPTED, History
from backproof.train.loop import run_class, train, train_in_folder
from backproof.train.many import check_any, fit_many
from backproof.train.metrics import named_metric
from backproof.train.option import options_of
from backproof.train.options import TrainingOptions
from backproof.train.range_test import RangeTest, range_test
from backproof.train.run import Run
from backproof.train.source import weigh_classes
from backproof.train.step import Recipe
from backproof.train.store.run_folder import RunFolder
from backproof.train.tabular.config import TabularConfig
from backproof.train.tabular.defaults import choose_defaults, choose_steps, choose_validation_share
from backproof.train.tabular.evaluation import Evaluation, evaluate_network
from backproof.train.tabular.pictures import count_products, make_picture_network
from backproof.validate import check_whole

#: Learning rates are tried on no more samples than this.
TRIED = 2000
#: How the columns of a file are taken.
COLUMNS = ("categorical", "numeric", "date", "text", "drop")
#: How the rows of a table are taken.
ROWS = ("impute", "problem", "drop_missing_target", "weights", "ids", "header", "missing")
#: Options that a trial of learning rates does without.
NOT_TRIED = ("epochs", "learning_rate", "networks", "patience", "class_weight", "micro_batches", "fast_sums")


@dataclass(frozen=True, eq=False)
class Job:
    """What is to be done, and with what."""

    config: TabularConfig
    samples: TrainingData

    @classmethod
    def new(cls, data: str, target: str | Sequence[str], wishes: Mapping[str, Any]) -> Job:
        """The job for a file and a target, or several: what is wished, and the defaults for its rows.

        Errors: DataError, OptionError.
        """
        wishes, targets = dict(wishes), list_targets(target)
        network = _choose_network(wishes)
        said: dict[str, Any] = {"data": data, "targets": targets, "checksum": compute_checksum(data)}
        columns: dict[str, Any] = {name: tuple(wishes.get(name, ())) for name in COLUMNS}
        chosen: dict[str, Any] = {name: wishes.get(name) for name in ROWS}
        chosen |= {name: tuple(wishes.get(name, ())) for name in ("ids", "missing")}
        chosen["drop_missing_target"] = bool(chosen["drop_missing_target"])
        reading = {**chosen, "skip_bad_rows": bool(wishes.get("skip_bad_rows"))}
        errors = ErrorList()
        stream = should_stream(data, wishes.get("stream"))
        if stream:
            _refuse_streamed({**chosen, "test": wishes.get("test")})
        table = None if stream else _read_rows(data, targets, network, columns, reading, wishes.get("test"), errors)
        rows = count_parquet_rows(data) if table is None else len(table)
        wishes.setdefault("validation", choose_validation_share(rows, table is not None and table.test is not None))
        wishes.setdefault("dtype", choose_steps(rows, wishes)["dtype"])
        options = {**chosen, "validation": wishes["validation"], "dtype": np.dtype(wishes["dtype"])}
        seed = check_whole("seed", wishes.get("seed", 0), 0)
        samples = (
            load_stream(data, targets, seed, **columns, **_of_stream(options))
            if table is None
            else load_table(table, targets, seed, **options, errors=errors)
        )
        shape, products, preparation = tuple(wishes.get("shape", ())), None, samples.preparation
        if network is not None:
            shape, notes = infer_picture_shape(table, targets, preparation.width, shape, os.path.basename(data))
            samples = samples._replace(warnings=(*samples.warnings, *notes))
            products = count_products(network, shape, preparation.output_count)
        said |= {**columns, **reading, "test": wishes.get("test"), "stream": stream, "network": network, "shape": shape}
        said |= {"search": wishes.get("search"), "searched": wishes.get("searched", ())}
        values = {**choose_defaults(preparation, samples.source.count, wishes, products), **wishes, **said}
        if values["refit"]:
            _check_refit(values)
        _check_cost(values["cost"], preparation)
        return cls(TabularConfig.of(values), samples)

    @classmethod
    def again(cls, config: TabularConfig) -> Job:
        """The job of a configuration, on the same data as ever. Errors: DataError where that has changed."""
        if compute_checksum(config.data) != config.checksum:
            raise DataError(
                "the file has changed since the run started; restore the old one, or start a new run in another "
                "folder.",
                source=config.data,
            )
        columns: dict[str, Any] = {name: getattr(config, name) for name in COLUMNS}
        chosen: dict[str, Any] = {name: getattr(config, name) for name in ROWS}
        options: dict[str, Any] = {"validation": config.validation, **chosen}
        options["dtype"] = np.dtype(config.options.dtype)
        seed = config.options.seed
        if config.stream:
            return cls(config, load_stream(config.data, config.targets, seed, **columns, **_of_stream(options)))
        reading = {**chosen, "skip_bad_rows": config.skip_bad_rows}
        table = _read_rows(config.data, config.targets, config.network, columns, reading, config.test)
        return cls(config, load_table(table, config.targets, seed, **options))

    @property
    def options(self) -> TrainingOptions:
        """How it is trained."""
        return self.config.options

    @cached_property
    def network(self) -> Network:
        """The network that training starts from."""
        return make_network(self.config, self.samples.preparation)

    @cached_property
    def source(self) -> Any:
        """The training samples, with the weights that their classes have."""
        source = self.samples.source
        if self.config.options.class_weight is None:
            return source
        targets = self.samples.preparation.targets
        refusals = {
            "all samples of a stream have the same weight": not isinstance(source, ArraySource),
            "a numeric target has no classes": isinstance(targets[0], RegressionTarget),
            "a row has a class of each of several targets": len(targets) > 1,
        }
        if what := next((what for what, holds in refusals.items() if holds), ""):
            raise OptionError(f"class_weight: {what}; leave it out.")
        assert isinstance(source, ArraySource)
        weights = weigh_classes(self.config.options.class_weight, None, source.y)
        return replace(source, weights=np.asarray(weights, dtype=np.float64))

    def find_rate(self) -> tuple[Job, RangeTest]:
        """The same job with the best of many learning rates, each tried for a few steps on some of the samples."""
        data = self._some(next(iter(self.source.blocks(0))))
        scaling = self.source.scaling
        x = data.x if scaling is None else scaling.apply(data.x)
        options = {each.name: getattr(self.options, each.name) for each in options_of(TrainingOptions)
                   if each.name not in NOT_TRIED}  # fmt: skip
        tried = range_test(self.network, x, data.y, sample_weight=data.weights, **options)
        return replace(self, config=self.config.with_values({"learning_rate": tried.suggestion})), tried

    def _some(self, data: Batch) -> Batch:
        """Some of the samples, drawn by the seed."""
        if len(data.x) <= TRIED:
            return data
        rows = np.random.default_rng(self.options.seed).choice(len(data.x), TRIED, replace=False)
        return Batch(*(None if part is None else part[rows] for part in data))

    @property
    def many(self) -> bool:
        """Whether many networks are trained at once."""
        return (self.options.networks or 1) > 1

    def run(self, engine: str) -> Run:
        """The run of the one network."""
        chosen = replace(self.options, engine=engine)
        chosen.check_fits(self.network.depth, self.source.count)
        return run_class(chosen)(self.network, self.source, chosen, needs_every_epoch=bool(self.callbacks))

    @cached_property
    def callbacks(self) -> list[Callback]:
        """Those that measure after each epoch, and the one that keeps the best network and ends the run."""
        patience, held = self.options.patience, self.samples.validation
        first, *others = self.samples.preparation.targets
        metric = "r2" if isinstance(first, RegressionTarget) else "label_accuracy" if others else "accuracy"
        measuring = [] if held is None else [Validation(held, [named_metric(metric)])]
        monitor = "cost" if held is None else "validation_cost"
        ending = held is not None or patience is not None
        return [*measuring, *([EarlyStopping(monitor, False, patience)] if ending else [])]

    def train(self, folder: RunFolder, run: Run, others: Sequence[Callback]) -> History:
        """Train one network, from where the folder's checkpoint is. Errors: Diverged."""
        return train_in_folder(folder, run, self.callbacks, preparation_to_json(self.samples.preparation), others)

    def refit(self, history: History, folder: RunFolder, callbacks: Sequence[Callback]) -> Refit:
        """Train on all rows, those held back included, as the run of a history was; the folder's model is then this.

        It goes on to the last epoch, since no row is left to end it earlier. An interrupted one leaves the model as it
        was. Errors: Diverged, DataError where the file has changed.
        """
        whole = Job.again(self.config.with_values({"validation": 0.0, "patience": None, "engine": history.engine}))
        made = train(whole.run(history.engine), callbacks)
        if made.stopped != INTERRUPTED:
            prepared = preparation_to_json(whole.samples.preparation)
            folder.save_model(made.network, preparation=prepared, facts={"epoch": len(made)})
        return Refit(whole, made)

    def train_many(self, folder: RunFolder, callbacks: Sequence[Callback]) -> History:
        """Train many networks at once; the best one's model and history are kept."""
        source = self.source
        if not isinstance(source, ArraySource):
            raise OptionError(
                "training many networks at once needs the samples in memory; leave out --stream or --restarts."
            )
        history = fit_many(self.network, source, self.options, held_out=self.samples.validation, callbacks=callbacks)
        check_any(history)
        rate = self.options.learning_rate
        folder.history.append(*({"epoch": n, "cost": cost, "rate": rate} for n, cost in enumerate(history.cost, 1)))
        folder.save_model(
            history.network, preparation=preparation_to_json(self.samples.preparation), facts={"epoch": len(history)}
        )
        return history

    def evaluate(self, network: Network, *, baselines: bool = True) -> Evaluation:
        """Evaluate a network on the source's own test rows, else those held back, else those it was trained on.

        A stream's training rows are too many: the first block of them stands for them.
        """
        training = next(iter(self.source.blocks(0)))
        trained = ArraySource(training.x, training.y, training.weights, self.source.scaling)
        parts = {"test": self.samples.test, "validation": self.samples.validation}
        part, data = next(((name, rows) for name, rows in parts.items() if rows is not None), ("training", trained))
        recipe = Recipe.of(network.architecture, self.options, scaled=data.scaling is not None)
        outputs = evaluate(recipe, network.parameters, data, self.options.dtype).outputs
        targets, seed = self.samples.preparation.targets, self.options.seed
        return evaluate_network(part, targets, data, outputs, trained, baselines=baselines, seed=seed)


class Refit(NamedTuple):
    """The training on all rows: its job, which holds nothing back, and its history."""

    job: Job
    history: History


def make_network(config: TabularConfig, preparation: Preparation) -> Network:
    """The network that training starts from: inputs and outputs as the data has them."""
    (target, *_), units, options = preparation.targets, preparation.output_count, config.options
    if config.network is not None:
        return make_picture_network(
            config.network, config.shape, units, activation=config.activation, last=target.activation,
            cost=config.cost, initialiser=options.initialiser, seed=options.seed, reduction="mean",
        )  # fmt: skip
    return Network.dense(
        [preparation.width, *config.hidden, units],
        activation=[*[config.activation] * len(config.hidden), target.activation],
        cost=config.cost, initialiser=options.initialiser, seed=options.seed, reduction="mean",
    )  # fmt: skip


def _choose_network(wishes: Mapping[str, Any]) -> PictureNetwork | None:
    """The named network that is wished for, if any. Raise OptionError for wishes that do not go with it."""
    if wishes.get("network") is None:
        if wishes.get("shape"):
            raise OptionError("--shape is that of pictures, for a network for pictures; give --network too.")
        return None
    network = networks.make(wishes["network"])
    if wishes.get("hidden"):
        raise OptionError(f"--hidden is for dense layers; leave it out with --network {network.name}.")
    return network


def _read_rows(
    data: str,
    targets: Sequence[str],
    network: PictureNetwork | None,
    columns: Mapping[str, Any],
    rows: Mapping[str, Any],
    test: str | None,
    errors: ErrorList | None = None,
) -> Table:
    """The rows of a file, and those of a file for the test; those of pictures are scaled alike.

    Texts of the test file stay texts: the preparation reads dates and decimals in them as it does in the training rows.
    """
    if found := {*rows["ids"]}.intersection(targets):
        raise OptionError(f"--id: the column {shown(min(found))} is a target.")
    if rows.get("weights") in (*columns["drop"], *rows["ids"]):
        raise OptionError(f"--weights: the column {shown(rows['weights'])} is left out by --drop or --id.")
    taken = {**columns, "drop": (*columns["drop"], *rows["ids"]), "errors": errors}
    taken |= {name: rows[name] for name in ("header", "missing", "skip_bad_rows")}
    table = read_table(data, target=targets, **taken)
    if test is not None:
        table = replace(table, test=match_table(read_table(test, target=targets, like=table, **taken), table))
    return table if network is None else scale_alike(table, targets)


def _of_stream(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a stream has, too."""
    names = ("validation", "impute", "problem", "missing", "drop_missing_target", "dtype")
    return {name: options[name] for name in names}


def _check_cost(cost: Any, preparation: Preparation) -> None:
    """Raise OptionError for a cost that one output for two labels cannot be trained with."""
    two = any(isinstance(target, ClassTarget) and target.units == 1 for target in preparation.targets)
    if two and costs.make(cost).name == "cross_entropy":
        raise OptionError(
            "--cost cross_entropy needs an output for each class, and two labels have one output, which would learn "
            "nothing but 1; leave it out, or give --cost binary_cross_entropy."
        )


def _check_refit(values: Mapping[str, Any]) -> None:
    """Raise OptionError where there is nothing to train again on, or no way to."""
    if not values["validation"]:
        raise OptionError("--refit: all rows are trained on already, since none is held back; leave it out.")
    if values["stream"]:
        raise OptionError("--refit needs the rows in memory; leave it out, or --stream.")
    if (values.get("networks") or 1) > 1:
        raise OptionError("--refit trains one network again; leave it out, or --restarts.")


def _refuse_streamed(chosen: Mapping[str, Any]) -> None:
    """Raise OptionError for what needs the rows in memory."""
    for name, flag in (("weights", "--weights"), ("ids", "--id"), ("test", "--test")):
        if chosen[name]:
            raise OptionError(f"{flag} needs the rows in memory; leave it out, or --stream.")

"""A Predictor: a trained network and the preparation of its inputs, for new data."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backproof.arrays import AnyArray
from backproof.data.columns import find_missing, list_values
from backproof.data.prediction_batches import read_prediction_batches
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import preparation_from_json
from backproof.data.remarks import Remarks
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, RegressionTarget, Target, split_columns
from backproof.errors import BackproofError, DataError, ModelError
from backproof.network import Network
from backproof.train.store.model_file import Model, load_model
from backproof.train.tabular.score import Score, score_targets


@dataclass(frozen=True, eq=False)
class Predictions:
    """What is predicted for some rows, by target: labels or quantities, the chance of each label, the score if known.

    values: None where a prediction is not a finite number. unscored: why there is no score although the rows
    have a target. ids: the columns that identify the rows. remarks: what training did not see, row by row. warnings:
    the same in sentences, counted.
    """

    values: dict[str, list[Any]]
    probabilities: dict[str, dict[str, AnyArray]]
    scores: dict[str, Score]
    unscored: str = ""
    ids: dict[str, list[Any]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Predictor:
    """Predicts for rows that are encoded as in training: with the scaling and the categories of the training rows."""

    network: Network
    preparation: Preparation

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Predictor:
        """The predictor of a run folder or a model file. Raise ModelError if there is none, or a damaged one."""
        if not os.path.exists(path):
            raise ModelError(
                f"there is no run or model {os.fspath(path)!r}; 'backproof train DATA --target COLUMN' makes one."
            )
        return cls.of(load_model(path), repr(os.fspath(path)))

    @classmethod
    def of(cls, model: Model, place: str = "the model") -> Predictor:
        """The predictor of a model. Raise ModelError, at its place, if it has no preparation, or a damaged one."""
        if model.preparation is None:
            raise ModelError(
                f"{place} holds a network that was not trained on a table, so nothing says how to prepare "
                "one for it; use Network.load(...).predict(x) in Python."
            )
        try:
            preparation = preparation_from_json(model.preparation)
        except BackproofError as error:
            raise ModelError(f"{place}: preparation: {error}") from None
        architecture = model.network.architecture
        if (preparation.width, preparation.output_count) != (architecture.layers[0].size, architecture.output_count):
            raise ModelError(f"{place}: the preparation does not fit the network.")
        return cls(model.network, preparation)

    def predict(self, source: Any) -> Predictions:
        """Predict for the rows of a file, however many, of a data frame, or of a mapping of names to columns.

        Raise DataError with row and column.
        """
        outputs, targets, scored, unscored, notes = [], [], [], "", dict[str, None]()
        ids: dict[str, list[Any]] = {}
        remarks = Remarks(by_row=defaultdict(list))
        for table in read_prediction_batches(self.preparation, source):
            notes |= dict.fromkeys(table.notes)
            outputs.append(self._compute_outputs(table, remarks))
            for name in self.preparation.ids:
                if name in table.names:
                    ids.setdefault(name, []).extend(list_values(table[name]))
            known = self._find_targets(table)
            scored.append(known)
            if known.any() and not unscored:
                try:
                    targets.append(self.preparation.encode_targets(table.take_rows(np.flatnonzero(known))))
                except DataError as error:
                    unscored = str(error)
            remarks.start += len(table)
        if not outputs:
            raise DataError("there is no row of values.", source=str(source))
        joined, goals = np.concatenate(outputs), self.preparation.targets
        values: dict[str, list[Any]] = {}
        chances: dict[str, dict[str, AnyArray]] = {}
        for target, part in split_columns(goals):
            values[target.name] = _decode_outputs(target, joined[:, part])
            if isinstance(target, ClassTarget):
                shares = target.label_probabilities(joined[:, part]).T
                chances[target.name] = dict(zip(map(str, target.labels), shares, strict=True))
        finite, judged = np.isfinite(joined).all(axis=1), np.concatenate(scored)
        scores: dict[str, Score] = {}
        if targets and not unscored and (judged & finite).any():
            scores = score_targets(goals, np.concatenate(targets)[finite[judged]], joined[judged & finite])
        told = remarks.list_by_row(len(joined))
        return Predictions(values, chances, scores, unscored, ids, told, (*notes, *remarks.list_sentences()))

    def _compute_outputs(self, table: Table, remarks: Remarks) -> AnyArray:
        """The outputs of the network; NaN for a target whose prediction is not a finite number, and in unread rows."""
        remarks.unread = unread = table.unread
        if unread is not None:
            remarks.add("unread", "", unread, lambda row: f"row {table.row_of(row)}")
        with np.errstate(all="ignore"):
            found = self.network.predict(self.preparation.encode_inputs(table, remarks=remarks).to_array())
            for target, part in split_columns(self.preparation.targets):
                own = found[:, part]
                known = np.array(target.decode(own)) if isinstance(target, RegressionTarget) else own.sum(axis=1)
                beyond = ~np.isfinite(known)
                remarks.add("beyond", target.name, beyond, lambda row: f"row {table.row_of(row)}")
                own[beyond if unread is None else beyond | unread] = np.nan
        return found

    def _find_targets(self, table: Table) -> NDArray[np.bool_]:
        """Which rows have every target, and can be scored."""
        names = self.preparation.target_names
        if not {*names} <= {*table.names}:
            return np.zeros(len(table), dtype=bool)
        return np.asarray(np.all([~find_missing(table[name]) for name in names], axis=0))


def _decode_outputs(target: Target, outputs: AnyArray) -> list[Any]:
    """What each row of outputs stands for; None for one that is not a finite number."""
    finite = np.asarray(np.isfinite(outputs).all(axis=1))
    return [each if known else None for each, known in zip(target.decode(outputs), finite, strict=True)]

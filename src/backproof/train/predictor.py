"""A Predictor: a trained network with how its inputs are prepared, for new data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from backproof.arrays import AnyArray
from backproof.data.passing import read_prediction_batches
from backproof.data.preparation import Preparation
from backproof.data.preparation_json import preparation_from_json
from backproof.data.table import Table
from backproof.data.targets import ClassTarget, RegressionTarget
from backproof.errors import BackproofError, DataError, ModelError
from backproof.network import Network
from backproof.train.score import Score, score
from backproof.train.store.model_file import load_model


@dataclass(frozen=True, eq=False)
class Predictions:
    """The answers to rows: labels or amounts; the probability of each label; how good they are, where that is known.

    `unscored` says why nothing is known of that although the rows have a target.
    """

    target: str
    values: list[Any]
    probabilities: dict[str, AnyArray]
    score: Score | None
    unscored: str = ""


@dataclass(frozen=True, eq=False)
class Predictor:
    """Answers as rows are prepared now: with the scaling and the categories of the rows that trained."""

    network: Network
    preparation: Preparation

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Predictor:
        """That of a run's folder, or of a model's file. Errors: ModelError."""
        if not os.path.exists(path):
            raise ModelError(
                f"there is no run or model {os.fspath(path)!r}; 'backproof train DATA --target COLUMN' makes one."
            )
        model = load_model(path)
        if model.preparation is None:
            raise ModelError(
                f"{os.fspath(path)!r} holds a network that was not trained on a table, so nothing says how to prepare "
                "one for it; use Network.load(...).predict(x) in Python."
            )
        try:
            preparation = preparation_from_json(model.preparation)
        except BackproofError as error:
            raise ModelError(f"{os.fspath(path)!r}: preparation: {error}") from None
        if (preparation.width, preparation.target.units) != (len(model.network.units[0]), len(model.network.units[-1])):
            raise ModelError(f"{os.fspath(path)!r}: the preparation does not fit the network.")
        return cls(model.network, preparation)

    def predict(self, source: str | os.PathLike[str]) -> Predictions:
        """The answers to the rows of a file, however many. Errors: DataError with row and column."""
        outputs, targets, unscored = [], [], ""
        for piece in read_prediction_batches(self.preparation, source):
            outputs.append(self._outputs(piece))
            if self._has_target(piece) and not unscored:
                try:
                    targets.append(self.preparation.targets(piece))
                except DataError as error:
                    unscored = str(error)
        found, what = np.concatenate(outputs), self.preparation.target
        known = score(what, np.concatenate(targets), found) if targets and not unscored else None
        return Predictions(what.name, what.decode(found), self._probabilities(found), known, unscored)

    def _outputs(self, table: Table) -> AnyArray:
        """What the network answers to rows. Errors: DataError for a row that leads beyond all numbers."""
        target = self.preparation.target
        with np.errstate(all="ignore"):
            found = self.network.predict(self.preparation.inputs(table).array())
            sound = np.isfinite(target.decode(found) if isinstance(target, RegressionTarget) else found.sum(axis=1))
        if not sound.all():
            raise table.fault(
                "the answer to this row is no finite number; it lies too far from those that trained.",
                int(np.argmin(sound)),
            )
        return found

    def _has_target(self, table: Table) -> bool:
        return self.preparation.target.name in table.names

    def _probabilities(self, outputs: AnyArray) -> dict[str, AnyArray]:
        target = self.preparation.target
        if not isinstance(target, ClassTarget):
            return {}
        return dict(zip(map(str, target.labels), target.probabilities(outputs).T, strict=True))

"""A trained network in one file: its numbers as W1, b1, W2 ..., and all else in the JSON document of the header.

As any safetensors file of those names it can also stand as `parameters` in a worksheet.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from backproof import files
from backproof.arrays import AnyArray
from backproof.errors import BackproofError, ModelError, OptionError
from backproof.network import Network, same_network
from backproof.schema import Fault, as_is, mapping
from backproof.train.store import structure
from backproof.train.store.container import Kind, read_arrays, to_model_error, write_arrays

if TYPE_CHECKING:
    from backproof.train.tabular.predictor import Predictions

MODEL = Kind("model", 1, ("network", "preparation", "facts"))
#: What the model of a run is called in its folder.
NAME = "model.safetensors"


class Model(NamedTuple):
    """A saved network with what belongs to it; that of a run on a table predicts for tables.

    Attributes
    ----------
    network : Network
    preparation : mapping or None
        How the columns of a table become inputs, as a JSON object; None if the inputs are used as they are.
    facts : mapping
        What else was saved, such as the final cost.
    """

    network: Network
    preparation: Mapping[str, Any] | None
    facts: Mapping[str, Any]

    def predict(self, data: Any) -> AnyArray:
        """Predict the target of new rows, or several: labels, or quantities in the unit of the target.

        Parameters
        ----------
        data : data frame, mapping of str to array_like, array_like, or path of a data file
            Rows with the columns that the model was trained on, in any order; others are not used. They are prepared as
            in training.

        Returns
        -------
        ndarray of shape (rows,), or (rows, targets) in the order of `targets` for a model of several

        Raises
        ------
        DataError
            If the data cannot be read, or columns are missing.
        ModelError
            If the model was not trained on a table.

        Warns
        -----
        UserWarning
            For what training did not see, counted for each column: unknown categories, missing values, numbers far
            outside, texts that are no numbers.

        See Also
        --------
        predict_proba : The probability of each label.
        Network.predict : The outputs of a network for inputs as they are.

        Examples
        --------
        >>> import subprocess, sys
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> train = "-m backproof train fish.csv --target kind --epochs 100 --no-baselines -q"
        >>> with TemporaryDirectory() as folder:
        ...     rows = ["length,kind", *(f"{n},{'small' if n < 10 else 'large'}" for n in range(20))]
        ...     _ = Path(folder, "fish.csv").write_text("\\n".join(rows))
        ...     _ = subprocess.run([sys.executable, *train.split()], cwd=folder, capture_output=True, check=True)
        ...     model = load_model(f"{folder}/fish-run")
        >>> model.predict({"length": [3, 15]}).tolist()
        ['small', 'large']
        >>> model.labels, model.predict_proba({"length": [3, 15]}).round().tolist()
        (('large', 'small'), [[0.0, 1.0], [1.0, 0.0]])
        """
        columns = [np.asarray(values) for values in self._predict(data).values.values()]
        if len({column.dtype.kind for column in columns}) > 1:  # words beside numbers stay what they are
            columns = [column.astype(object) for column in columns]
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def predict_proba(self, data: Any) -> AnyArray:
        """Predict the probability of each label for new rows, in the order of `labels`.

        Parameters
        ----------
        data : data frame, mapping of str to array_like, array_like, or path of a data file
            As for `predict`.

        Returns
        -------
        ndarray of shape (rows, labels), or for several targets (rows, targets) with that of the second label of each

        Raises
        ------
        DataError
            If the data cannot be read, or columns are missing.
        ModelError
            If the model predicts a quantity, or was not trained on a table.

        Warns
        -----
        UserWarning
            As for `predict`.
        """
        found = self._predict(data).probabilities
        if not found:
            raise ModelError("this model predicts a quantity, which has no labels with probabilities; use predict.")
        if len(found) > 1:
            return np.column_stack([list(chances.values())[1] for chances in found.values()])
        return np.column_stack([*found.popitem()[1].values()])

    def _predict(self, data: Any) -> Predictions:
        from backproof.train.tabular.predictor import Predictor

        found = Predictor.of(self).predict(data)
        for sentence in found.warnings:
            warnings.warn(sentence, UserWarning, stacklevel=3)
        return found

    @property
    def labels(self) -> tuple[Any, ...]:
        """The labels that a model of classes tells apart, for several targets those of each; none for quantities."""
        from backproof.train.tabular.predictor import Predictor

        found = [each.labels for each in Predictor.of(self).preparation.targets if hasattr(each, "labels")]
        return found[0] if len(found) == 1 else tuple(found)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the columns that are predicted."""
        from backproof.train.tabular.predictor import Predictor

        return Predictor.of(self).preparation.target_names


def save(
    network: Network,
    path: str | os.PathLike[str],
    *,
    preparation: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write a network, and JSON objects that belong to it, to one file.

    Errors: OptionError where the file cannot be written, or could not be read again as the same network.
    """
    files.check_name(path)
    document = {"network": structure.write_network(network)}
    _check_again(document["network"], network)
    if preparation is not None:
        document["preparation"] = dict(preparation)
    write_arrays(path, MODEL, {**document, "facts": dict(facts or {})}, network.parameters)


def _check_again(document: Any, network: Network) -> None:
    try:
        same = same_network(structure.read_network(document, ("network",), network.parameters), network)
    except (Fault, BackproofError) as error:
        raise OptionError(f"this network cannot be saved: {error}") from None
    if not same:
        raise OptionError("this network cannot be saved: reading it back would give a different network.")


def load_model(path: str | os.PathLike[str]) -> Model:
    """Load a model with its preparation and facts.

    Parameters
    ----------
    path : str or path
        A .safetensors file that `Network.save` or a run wrote, or the folder of a run.

    Returns
    -------
    Model
        A named tuple (network, preparation, facts).

    Raises
    ------
    ModelError
        If the file does not exist, is damaged, or is not a model.

    See Also
    --------
    Network.load : Load the network alone.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from backproof import Network
    >>> with TemporaryDirectory() as folder:
    ...     Network.dense([2, 3, 1]).save(f"{folder}/small.safetensors")
    ...     load_model(f"{folder}/small.safetensors").network
    Network(2-3-1, sigmoid, sigmoid, half_squared_error, 13 parameters)
    """
    files.check_name(path)
    file = os.path.join(path, NAME) if os.path.isdir(path) else path
    try:
        return _read_model(file)
    except Fault as fault:
        raise to_model_error(file, fault) from None


def _read_model(file: str | os.PathLike[str]) -> Model:
    document, arrays = read_arrays(file, MODEL)
    network = structure.read_network(document.need("network", as_is), ("network",), arrays)
    return Model(network, document.maybe("preparation", mapping), document.take("facts", mapping, {}))


def load_network(path: str | os.PathLike[str]) -> Network:
    """The network in a file, or in the folder of a run."""
    return load_model(path).network

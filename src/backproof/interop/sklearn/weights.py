"""The weights of an estimator: `coefs_` and `intercepts_`, and what they answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from backproof.architecture import Architecture
from backproof.arrays import AnyArray
from backproof.interop.sklearn import layers, options
from backproof.interop.sklearn.frames import fit_vectorizer
from backproof.interop.sklearn.parameters import Parameters
from backproof.interop.sklearn.sparse import to_dense, to_rows
from backproof.network import Network
from backproof.operations.cost import Cost
from backproof.trace import Trace
from backproof.training import Training


class Weights(Parameters, BaseEstimator, ABC):
    """Abstract. The weights are in `coefs_` and `intercepts_` and nowhere else, so that they can be set by hand."""

    coefs_: list[AnyArray]
    intercepts_: list[AnyArray]
    n_layers_: int
    out_activation_: Any
    _vectorizer: Any

    @abstractmethod
    def _cost(self) -> Cost:
        """The cost."""

    @abstractmethod
    def _labels(self, targets: AnyArray) -> Any:
        """What targets or outputs stand for: labels, or numbers."""

    @abstractmethod
    def _targets(self, y: AnyArray) -> AnyArray:
        """Targets (samples, outputs) of labels or numbers that are known to be right."""

    def _activations(self) -> list[Any]:
        return [*layers.list_activations(self.activation, self.n_layers_ - 2), self.out_activation_]

    def _arrays(self) -> dict[str, AnyArray]:
        """W1, b1, W2 ..."""
        pairs = enumerate(zip(self.coefs_, self.intercepts_, strict=True), start=1)
        return {f"{letter}{layer}": array for layer, both in pairs for letter, array in zip("Wb", both, strict=True)}

    def _put(self, arrays: Any, dtype: Any) -> None:
        """Parameters W1, b1, ... as `coefs_` and `intercepts_`."""
        layers = range(1, self.n_layers_)
        self.coefs_ = [arrays[f"W{layer}"].astype(dtype) for layer in layers]
        self.intercepts_ = [arrays[f"b{layer}"].astype(dtype) for layer in layers]

    def _architecture(self, names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())) -> Architecture:
        """The architecture that the weights belong to, its inputs and outputs under names where there are any."""
        units = [len(self.coefs_[0]), *(coefs.shape[1] for coefs in self.coefs_)]
        return layers.make_architecture(units, self._activations(), self._cost(), *names)

    def _name_units(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What inputs and outputs are called after: columns, and classes; of two classes the output is the second."""
        columns, classes = getattr(self, "feature_names_in_", ()), getattr(self, "classes_", ())
        if self._is_vectorized:
            columns = self._vectorizer.get_feature_names_out()
        judged = classes[1:] if len(classes) == 2 else classes
        return tuple(map(str, columns)), () if isinstance(classes, list) else tuple(map(str, judged))

    def _network(self) -> Network:
        """The network with its weights."""
        return Network.of(self._architecture(), self._arrays())

    def _to_numbers(self, X: Any, reset: bool) -> Any:
        """X, where it is a frame with other columns than numbers, as numbers."""
        if reset:
            self._vectorizer = fit_vectorizer(X, self)
        return self._vectorizer.transform(X) if self._is_vectorized and hasattr(X, "columns") else X

    @property
    def _is_vectorized(self) -> bool:
        """Whether it was fitted on a frame with other columns than numbers."""
        return getattr(self, "_vectorizer", None) is not None

    def _keep_columns(self) -> None:
        """Have the names and the number of the inputs be those of the frame that was given."""
        if self._is_vectorized:
            self.feature_names_in_ = np.array(list(self._vectorizer.feature_names_in_), object)
            self.n_features_in_ = len(self.feature_names_in_)

    def _check(self, X: Any) -> Any:
        """The inputs that a caller gave after the fit, checked."""
        numbers = self._to_numbers(X, False)
        if self._is_vectorized:
            return check_array(numbers)
        return validate_data(self, numbers, accept_sparse=["csr", "csc"], reset=False)

    def _outputs(self, X: AnyArray) -> AnyArray:
        return layers.compute_outputs(self._architecture(), self._arrays(), X)

    def _answered(self, X: Any) -> AnyArray:
        """The outputs for what a caller gave."""
        check_is_fitted(self)
        return self._outputs(to_rows(self._check(X)))

    def explain(self, x: ArrayLike, y: Any = None) -> Trace:
        """Explain the answer to one sample: every number of its step as a derivation.

        Inputs are named after the columns that the estimator was fitted on, outputs after the classes; in a name,
        what is neither a letter nor a digit becomes ``_``.

        Parameters
        ----------
        x : array_like of shape (inputs,) or (1, inputs)
            The sample.
        y : label or target, optional
            What would have been right; left out, what is predicted.

        Returns
        -------
        Trace
            Print it, or let a notebook show it; ``trace.names()`` lists its numbers, ``trace.explain(name)`` derives
            one. The update is that of the solver, in a first step.

        Examples
        --------
        >>> import pandas
        >>> from backproof.sklearn import MLPClassifier
        >>> table = pandas.DataFrame({"width (cm)": [0.2, 0.4, 1.9, 2.1] * 5, "length": [1.0, 1.5, 5.0, 6.0] * 5})
        >>> kinds = ["setosa", "setosa", "virginica", "other"] * 5
        >>> model = MLPClassifier((2,), solver="lbfgs", random_state=0).fit(table, kinds)
        >>> trace = model.explain(table[:1], "setosa")
        >>> [name for name in trace.names() if name.startswith("a[")]
        ['a[l1.1]', 'a[l1.2]', 'a[other]', 'a[setosa]', 'a[virginica]', 'a[width_cm]', 'a[length]']
        >>> trace.explain("dE/dw[1][width_cm,l1.1]").value == trace["dE/dw[1][width_cm,l1.1]"]
        True
        """
        check_is_fitted(self)
        x = np.atleast_2d(x) if np.ndim(x) == 1 else x
        X = to_dense(self._check(x)).astype(np.float64)
        if len(X) != 1:
            raise ValueError(f"explain takes one sample, received {len(X)}.")
        network = Network.of(self._architecture(self._name_units()), self._arrays())
        targets = self._targets(self._labels(self._outputs(X)) if y is None else np.asarray(y)[None])
        training = Training(float(self.learning_rate_init), options.make_optimiser(self))
        return Trace(network, X, targets.astype(np.float64), training)

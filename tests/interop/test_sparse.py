"""Sparse inputs give what the same numbers give densely, and are never made dense as a whole."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

import scipy.sparse as sp

from backproof.interop.sklearn import sparse
from backproof.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
DENSE = np.where(RANDOM.uniform(size=(90, 40)) < 0.1, RANDOM.normal(size=(90, 40)), 0.0)
CLASSES = RANDOM.integers(0, 3, 90)
KINDS = [sp.csr_matrix, sp.csc_matrix, sp.csr_array]
FORMATS = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.fixture
def only_parts(monkeypatch):
    """Sparse matrices that refuse to be made dense with more than 30 rows."""
    for kind in KINDS:
        dense = kind.toarray

        def refuse(self, *given, dense=dense, **options):
            assert self.shape[1] != 40 or self.shape[0] <= 30, "a whole matrix was made dense"
            return dense(self, *given, **options)

        monkeypatch.setattr(kind, "toarray", refuse)
    monkeypatch.setattr(sparse, "BLOCK", 30 * 40 * 8)


@FORMATS
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("options", [
    {"engine": "numpy"}, {"engine": "jax", "precision": "float64"}, {"solver": "lbfgs"}, {"early_stopping": True},
    {"solver": "sgd", "batch_size": 17}, {"shuffle": False}, {"engine": "numpy", "dropout": 0.2}, {"batch_size": 90},
    {"engine": "jax", "precision": "float64", "batch_size": 90},
    {"engine": "numpy", "precision": "float32"}, {"hidden_layer_sizes": ()},
], ids=str)  # fmt: skip
def test_it_is_as_with_dense_inputs(kind, estimator, options, only_parts):
    if options.get("engine") == "jax":
        pytest.importorskip("jax")
    options = {"hidden_layer_sizes": (6,), "max_iter": 8, "batch_size": 20, "random_state": 0, **options}
    weights = np.linspace(0.5, 2, 90)
    here, there = (estimator(**options).fit(X, CLASSES, sample_weight=weights) for X in (kind(DENSE), DENSE))
    near = 1e-3 if options.get("precision") == "float32" else 1e-6 if options.get("solver") == "lbfgs" else 1e-9
    assert here.engine_ == there.engine_
    for mine, yours in zip(here.coefs_, there.coefs_, strict=True):
        np.testing.assert_allclose(mine, yours, rtol=near, atol=near)
    np.testing.assert_allclose(here.predict(kind(DENSE)), there.predict(DENSE), rtol=near, atol=near)


@FORMATS
def test_a_partial_fit_and_a_warm_start_go_on(kind, only_parts):
    X = kind(DENSE)
    model = MLPClassifier((5,), max_iter=3, warm_start=True, random_state=0).fit(X, CLASSES).fit(X, CLASSES)
    model.partial_fit(X[:1] if kind is not sp.csc_matrix else X.tocsr()[:1], CLASSES[:1])
    assert model.predict_proba(X).shape == (90, 3)
    assert model.explain(X.tocsr()[:1]).network.units[0]


@FORMATS
def test_large_numbers_of_sparse_inputs_are_not_computed_in_single_precision(kind):
    model = MLPRegressor(hidden_layer_sizes=4, engine="numpy", max_iter=1).fit(kind(1e18 * DENSE), CLASSES)
    assert model.precision_ == "float64"

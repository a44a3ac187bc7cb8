"""scikit-learn's multi-layer perceptrons, trained and explained by the equations of this package."""

from backproof.interop.sklearn.classifier import MLPClassifier
from backproof.interop.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

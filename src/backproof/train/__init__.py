"""Training: the equations of `propagation`, step after step, on data."""

from backproof.train.fit import fit
from backproof.train.history import History

__all__ = ["History", "fit"]

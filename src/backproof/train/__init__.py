"""Training: the equations of `propagation`, step after step, on data."""

from backproof.train.history import History
from backproof.train.loop import fit

__all__ = ["History", "fit"]

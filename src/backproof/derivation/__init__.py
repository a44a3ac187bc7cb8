"""A Derivation: one number of a training step, worked line by line from its definition to its value."""

from backproof.derivation.model import WHOLE, Derivation, Line

__all__ = ["WHOLE", "Derivation", "Line"]

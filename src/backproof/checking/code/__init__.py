"""Code judged: gradients that somebody's backward pass returns, and the bug that makes wrong ones so."""

from backproof.checking.code.calling import CodeError, run_guarded
from backproof.checking.code.gradient import GradientReport, check_gradient
from backproof.checking.code.naming import NamedMistake

__all__ = ["CodeError", "GradientReport", "NamedMistake", "check_gradient", "run_guarded"]

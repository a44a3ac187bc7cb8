"""Code judged: gradients that somebody's backward pass returns, and the bug that makes wrong ones so."""

from backproof.checking.code.backward import check_backward, check_update
from backproof.checking.code.calling import CodeError, run_guarded
from backproof.checking.code.gradient import GradientReport, check_gradient
from backproof.checking.code.handed_over import check_handed_over
from backproof.checking.code.inference import infer_network
from backproof.checking.code.layer import check_layer
from backproof.checking.code.naming import NamedMistake, relate_mistakes
from backproof.checking.code.plain import PlainReport

__all__ = [
    "CodeError",
    "GradientReport",
    "NamedMistake",
    "PlainReport",
    "check_backward",
    "check_gradient",
    "check_handed_over",
    "check_layer",
    "check_update",
    "infer_network",
    "relate_mistakes",
    "run_guarded",
]

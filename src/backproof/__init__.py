"""Backproof: backpropagation you can prove.

Explain every number of a training step of a neural network as a worked derivation, and train with the very same
equations. Everything below is imported when it is first used, so that `import backproof` is quick.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as typing has it; importing typing would be a third of the time that `import backproof` takes
if TYPE_CHECKING:
    from typing import Any

    from backproof.checking.claims import check as check
    from backproof.checking.code import check_backward as check_backward
    from backproof.checking.code import check_gradient as check_gradient
    from backproof.checking.code import check_layer as check_layer
    from backproof.checking.code import check_update as check_update
    from backproof.checking.code import infer_network as infer_network
    from backproof.custom import activation as activation
    from backproof.derivation import Derivation as Derivation
    from backproof.errors import BackproofError as BackproofError
    from backproof.functions import absolute as absolute
    from backproof.functions import arctan as arctan
    from backproof.functions import cos as cos
    from backproof.functions import cosh as cosh
    from backproof.functions import erf as erf
    from backproof.functions import exp as exp
    from backproof.functions import log as log
    from backproof.functions import maximum as maximum
    from backproof.functions import minimum as minimum
    from backproof.functions import sigmoid as sigmoid
    from backproof.functions import sign as sign
    from backproof.functions import sin as sin
    from backproof.functions import sinh as sinh
    from backproof.functions import softplus as softplus
    from backproof.functions import sqrt as sqrt
    from backproof.functions import tanh as tanh
    from backproof.functions import where as where
    from backproof.network import Network as Network
    from backproof.trace import Trace as Trace
    from backproof.train.store import load_model as load_model
    from backproof.version import __version__ as __version__
    from backproof.worksheet import Worksheet as Worksheet
    from backproof.worksheet import load as load

_FUNCTIONS = (
    "absolute", "arctan", "cos", "cosh", "erf", "exp", "log", "maximum", "minimum", "sigmoid", "sign", "sin", "sinh",
    "softplus", "sqrt", "tanh", "where",
)  # fmt: skip
_HOME = {
    "BackproofError": "errors",
    "Derivation": "derivation",
    "Network": "network",
    "Trace": "trace",
    "Worksheet": "worksheet",
    "activation": "custom",
    "check": "checking.claims",
    "check_backward": "checking.code",
    "check_gradient": "checking.code",
    "check_layer": "checking.code",
    "check_update": "checking.code",
    "infer_network": "checking.code",
    "load": "worksheet",
    "__version__": "version",
    "load_model": "train.store",
    **dict.fromkeys(_FUNCTIONS, "functions"),
}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'backproof' has no attribute '{name}'")
    return getattr(import_module(f"backproof.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

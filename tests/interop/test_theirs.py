"""scikit-learn's own tests of its multi-layer perceptrons, and its checks of any estimator, on ours."""

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("sklearn")

from sklearn import neural_network
from sklearn.utils.estimator_checks import parametrize_with_checks

from backproof.sklearn import MLPClassifier, MLPRegressor

# They ask for few epochs on purpose, and skip by a warning what an estimator does not claim.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
]

#: Their tests that cannot be run on ours, each with its reason.
INAPPLICABLE = {
    "test_gradient": "calls a private method that works on packed arrays; test_explain_has_the_true_gradients is ours",
}


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_scikit_learns_checks_of_any_estimator(estimator, check):
    check(estimator)


class _Rate:
    """Some of their tests look the learning rate up where theirs keeps it."""

    @property
    def _optimizer(self):
        return SimpleNamespace(learning_rate=self.learning_rate_)


class Classifier(_Rate, MLPClassifier):
    pass


class Regressor(_Rate, MLPRegressor):
    pass


def theirs():
    """Their test module, read anew with our estimators in the place of theirs."""
    spec = find_spec("sklearn.neural_network.tests.test_mlp")
    module = module_from_spec(spec)
    stand_in = ModuleType("sklearn.neural_network")
    vars(stand_in).update(vars(neural_network), MLPClassifier=Classifier, MLPRegressor=Regressor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sklearn.neural_network", stand_in)
        spec.loader.exec_module(module)
    return module


THEIRS = theirs()


@pytest.fixture
def global_random_seed():
    return 42


def test_what_is_left_out_is_there():
    assert set(INAPPLICABLE) <= set(vars(THEIRS))


for name, test in vars(THEIRS).items():
    if name.startswith("test_") and name not in INAPPLICABLE:
        globals()[name] = test

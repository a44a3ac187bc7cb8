"""Our estimators beside scikit-learn's: the same numbers from the same parameters, and what theirs have not."""

import ast
import doctest
import inspect
import pickle
import re
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import config_context, neural_network
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_classification, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, UnsetMetadataPassedError
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

import backproof
from backproof.sklearn import MLPClassifier, MLPRegressor
from backproof.train.callbacks.callback import Callback

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = (IRIS - IRIS.mean(0)) / IRIS.std(0)
MULTILABEL = make_multilabel_classification(n_samples=80, n_features=6, n_classes=3, random_state=0)
CURVE = np.column_stack([np.sin(2 * IRIS[:, 0]) + IRIS[:, 1], IRIS[:, 2] * IRIS[:, 3]])
COLUMNS = np.column_stack([np.array(["a", "b", "c"])[SPECIES], np.where(IRIS[:, 0] > 0, "big", "small")])
PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]
FIXED = {"shuffle": False, "random_state": 3, "hidden_layer_sizes": (7, 5), "max_iter": 25}

pairs = pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["classifier", "regressor"])


def data(ours, case="plain"):
    """What a case is about: X, y and sample weights."""
    X, y = IRIS, SPECIES if ours is MLPClassifier else CURVE[:, 0]
    if case == "binary":
        return X[:100], y[:100], None
    if case == "several":
        return (*MULTILABEL, None) if ours is MLPClassifier else (X, CURVE, None)
    return X, y, np.linspace(0.1, 2, len(X)) if case == "weighted" else None


def fitted(kind, case="plain", X=None, y=None, **options):
    given = data(MLPClassifier if issubclass(kind, neural_network.MLPClassifier | MLPClassifier) else kind, case)
    X, y = given[0] if X is None else X, given[1] if y is None else y
    return kind(**{**FIXED, **options}).fit(X, y, sample_weight=given[2])


@pairs
def test_every_parameter_of_theirs_is_there_with_its_place_and_default(ours, theirs):
    here, there = (list(inspect.signature(each).parameters.values()) for each in (ours, theirs))
    assert [(each.name, each.default, each.kind) for each in here[: len(there)]] == [
        (each.name, each.default, each.kind) for each in there
    ]
    assert all(each.kind == each.KEYWORD_ONLY for each in here[len(there) :])


@pairs
@pytest.mark.parametrize("options", [{}, {"solver": "lbfgs"}, {"solver": "sgd", "early_stopping": True}], ids=str)
def test_every_attribute_of_theirs_is_there(ours, theirs, options):
    here, there = (fitted(each, **options) for each in (ours, theirs))
    public = {name for name in vars(there) if name.endswith("_") and not name.startswith("_")}
    assert public <= set(vars(here))
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        if not (name == "n_iter_" and options.get("solver") == "lbfgs"):
            assert getattr(here, name) == getattr(there, name)


@pairs
@pytest.mark.parametrize("case", ["plain", "binary", "several", "weighted"])
@pytest.mark.parametrize("options", [
    {}, {"activation": "logistic", "alpha": 0.5}, {"activation": "tanh", "batch_size": 32, "learning_rate_init": 0.02},
    {"solver": "sgd", "batch_size": 40}, {"solver": "sgd", "nesterovs_momentum": False, "alpha": 0.1},
    {"solver": "sgd", "momentum": 0, "learning_rate": "invscaling", "learning_rate_init": 0.1},
    {"solver": "sgd", "momentum": 0, "learning_rate": "adaptive", "tol": 0.02, "n_iter_no_change": 2, "max_iter": 80},
    {"early_stopping": True, "learning_rate_init": 0.05, "max_iter": 60, "n_iter_no_change": 3},
], ids=str)  # fmt: skip
def test_it_takes_the_very_steps_that_theirs_takes(ours, theirs, case, options):
    """But for epsilon, which theirs adds before the correction of the moments, and Kingma & Ba after it."""
    options = {"epsilon": 1e-14, **options}
    here, there = fitted(ours, case, engine="numpy", **options), fitted(theirs, case, **options)
    sums = ours is MLPRegressor and case == "several"  # ours shows the sum that both minimise, theirs the mean
    if sums and options.get("learning_rate") == "adaptive":
        return
    for mine, yours in zip(here.coefs_ + here.intercepts_, there.coefs_ + there.intercepts_, strict=True):
        np.testing.assert_allclose(mine, yours, rtol=1e-4, atol=1e-5)
    if not sums:
        np.testing.assert_allclose(here.loss_curve_, there.loss_curve_, rtol=1e-6)
    names = ["n_iter_", "t_", "validation_scores_", "best_validation_score_"]
    for name in names if sums else [*names, "best_loss_", "_no_improvement_count"]:
        mine, yours = getattr(here, name), getattr(there, name)
        assert mine is yours is None or mine == pytest.approx(yours, rel=1e-5)


@pairs
def test_poisson_and_lbfgs_find_what_theirs_find(ours, theirs):
    options = {"solver": "lbfgs", "alpha": 1.0, "max_iter": 2000, "tol": 1e-6, "activation": "identity"}
    cases = [{}] if ours is MLPClassifier else [{}, {"loss": "poisson", "y": np.round(np.exp(IRIS[:, 0]))}]
    for case in cases:
        here, there = fitted(ours, **options, **case), fitted(theirs, **options, **case)
        found = [each.predict_proba if ours is MLPClassifier else each.predict for each in (here, there)]
        np.testing.assert_allclose(found[0](IRIS), found[1](IRIS), rtol=2e-3, atol=1e-3)


@pairs
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
def test_lbfgs_takes_the_iterations_that_theirs_takes(ours, theirs, activation, dtype):
    options = {"solver": "lbfgs", "activation": activation, "max_iter": 12, "X": IRIS.astype(dtype)}
    here, there = fitted(ours, **options), fitted(theirs, **options)
    assert here.n_iter_ == there.n_iter_
    assert here.precision_ == here.coefs_[0].dtype == dtype
    assert here.loss_ == pytest.approx(there.loss_, rel=1e-3 if dtype == np.float32 else 1e-9)


@pairs
def test_the_same_words_are_said(ours, theirs, capsys):
    said = []
    for kind in (ours, theirs):
        fitted(kind, verbose=True, early_stopping=True, n_iter_no_change=2, tol=0.05, batch_size=75, epsilon=1e-14)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_lbfgs_stops_after_max_fun_evaluations():
    with pytest.warns(ConvergenceWarning, match="EVALUATIONS"):
        assert fitted(MLPClassifier, solver="lbfgs", max_fun=5, max_iter=200).n_iter_ < 5


@pytest.mark.parametrize("case", ["plain", "binary", "several"])
def test_weights_set_by_hand_change_the_answers(case):
    model = fitted(MLPClassifier, case)
    X = data(MLPClassifier, case)[0]
    before = model.predict_proba(X)
    model.coefs_[-1] = 2 * model.coefs_[-1]
    assert not np.allclose(model.predict_proba(X), before)


def test_explain_has_the_true_gradients():
    model = fitted(MLPClassifier, activation="tanh")
    trace = model.explain(IRIS[:1], SPECIES[0])
    for layer, (row, column) in enumerate([(2, 4), (6, 0), (3, 1)], start=1):
        costs = []
        for step in (1e-5, -1e-5):
            moved = pickle.loads(pickle.dumps(model))
            moved.coefs_[layer - 1][row, column] += step
            costs.append(log_loss(SPECIES[:1], moved.predict_proba(IRIS[:1]), labels=[0, 1, 2]))
        assert trace.backward.gradients[f"W{layer}"][row, column] == pytest.approx(
            (costs[0] - costs[1]) / 2e-5, rel=1e-6
        )


@pairs
def test_explain_derives_every_number_of_a_sample(ours, theirs):
    model = fitted(ours, hidden_layer_sizes=2)
    trace = model.explain(IRIS[:1])
    name = f"dE/d{trace.network.wiring.name_at(backproof.wiring.Place('W1', (0, 0)))}"
    derivation = trace.explain(name)
    assert derivation.value == pytest.approx(trace[name])
    assert model.explain(IRIS[0])[name] == trace[name]
    with pytest.raises(ValueError, match="one sample"):
        model.explain(IRIS)


def test_class_weights_are_sample_weights():
    weights = {0: 3.0, 1: 0.5, 2: 1.0}
    here = fitted(MLPClassifier, class_weight=weights)
    there = MLPClassifier(**FIXED).fit(IRIS, SPECIES, sample_weight=np.array([weights[each] for each in SPECIES]))
    assert all(np.array_equal(*each) for each in zip(here.coefs_, there.coefs_, strict=True))


def test_balanced_weights_help_the_rare_class():
    X, y = make_classification(600, weights=[0.97], flip_y=0, class_sep=0.4, random_state=1)
    found = [MLPClassifier(random_state=0, max_iter=40, class_weight=each).fit(X, y).predict(X)[y == 1].mean()
             for each in (None, "balanced")]  # fmt: skip
    assert found[1] > found[0]
    with pytest.raises(ValueError, match="balanced"):
        MLPClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1])


def test_each_layer_has_an_activation_of_its_own():
    mish = backproof.activation("mish_here", lambda h: h * backproof.tanh(backproof.log(1 + backproof.exp(h))))
    model = fitted(MLPClassifier, activation=["gelu", mish])
    assert [each.name for each in model.explain(IRIS[:1]).network.activations] == ["gelu", "mish_here", "softmax"]
    with pytest.raises(ValueError, match="expected 2, one for each hidden layer"):
        fitted(MLPClassifier, activation=["tanh"])


def test_cost_and_output_can_be_chosen():
    model = fitted(MLPRegressor, loss="huber", out_activation="softplus", y=np.abs(CURVE[:, 0]))
    assert (model.predict(IRIS) > 0).all()
    assert model.explain(IRIS[:1]).network.cost.name == "huber"
    model = fitted(MLPClassifier, loss="squared_error", out_activation="tanh")
    assert set(model.predict(IRIS)) <= {0, 1, 2}
    assert not hasattr(model, "predict_proba")


def test_a_cost_that_does_not_go_with_the_outputs_is_warned_of():
    with pytest.warns(UserWarning, match="finite only for outputs"), pytest.raises(ValueError, match="non-finite"):
        fitted(MLPClassifier, out_activation="tanh")


@pytest.mark.parametrize("options", [{"dropout": 0.3}, {"dropout": [0.1, 0.4]}, {"l1": 1.0}, {"clip": 0.01}], ids=str)
def test_what_makes_it_general_makes_other_weights(options):
    plain, other = fitted(MLPClassifier), fitted(MLPClassifier, **options)
    assert not np.allclose(plain.coefs_[0], other.coefs_[0])
    if "l1" not in options:
        with pytest.raises(ValueError, match="only available for stochastic"):
            fitted(MLPClassifier, solver="lbfgs", **options)


@pairs
def test_the_loss_of_what_is_held_out_is_kept(ours, theirs):
    model = fitted(ours, early_stopping=True)
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == model.n_iter_
    assert model.validation_loss_curve_[-1] < model.validation_loss_curve_[0]


@pytest.mark.parametrize("scoring", ["neg_log_loss", "balanced_accuracy", lambda model, X, y: -model.loss_of_mine])
def test_early_stopping_goes_by_any_scorer(scoring):
    MLPClassifier.loss_of_mine = 1.0
    model = fitted(MLPClassifier, early_stopping=True, scoring=scoring, n_iter_no_change=4, max_iter=60)
    del MLPClassifier.loss_of_mine
    assert model.best_validation_score_ == max(model.validation_scores_)
    if callable(scoring):
        assert model.n_iter_ == 6
    if scoring == "neg_log_loss":
        np.testing.assert_allclose(
            model.validation_scores_, [-each for each in model.validation_loss_curve_], rtol=1e-6
        )


def test_callbacks_are_called_and_can_end_it():
    seen = []

    class Watching(Callback):
        def after(self, run, epochs):
            seen.append(epochs.number)

    model = fitted(MLPClassifier, callbacks=[Watching(), lambda run, epochs: epochs.number == 4])
    assert model.n_iter_ == 4
    assert seen == [1, 2, 3, 4]


@pairs
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_warm_start_that_keeps_the_optimiser_goes_on_as_if_it_had_not_stopped(ours, theirs, solver):
    options = {"solver": solver, "shuffle": True, "batch_size": 30, "n_iter_no_change": np.inf}
    whole = fitted(ours, max_iter=20, **options)
    half = fitted(ours, max_iter=10, warm_start=True, keep_optimizer=True, **options)
    half.fit(*data(ours)[:2])
    assert half.loss_curve_ == whole.loss_curve_
    assert all(np.array_equal(*each) for each in zip(half.coefs_, whole.coefs_, strict=True))


@pairs
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_partial_fit_is_an_epoch_of_a_fit(ours, theirs, solver):
    options = {**FIXED, "solver": solver, "shuffle": True, "batch_size": 30, "n_iter_no_change": np.inf}
    whole, parts = ours(**options).fit(*data(ours)[:2]), ours(**options)
    first = {"classes": [0, 1, 2]} if ours is MLPClassifier else {}
    for _ in range(FIXED["max_iter"]):
        parts.partial_fit(*data(ours)[:2], **first)
    assert parts.loss_curve_ == whole.loss_curve_
    assert all(np.array_equal(*each) for each in zip(parts.coefs_, whole.coefs_, strict=True))


@pairs
def test_a_warm_start_may_go_on_in_another_way(ours, theirs):
    X, y, _ = data(ours)
    model = ours(**FIXED, warm_start=True, solver="lbfgs").fit(X, y)
    for options in ({"solver": "adam"}, {"early_stopping": True}, {"solver": "sgd", "keep_optimizer": True}):
        model.set_params(**options).fit(X, y)
        assert len(model.loss_curve_) >= model.n_iter_ > 0


def test_several_columns_of_classes():
    model = MLPClassifier(random_state=0, max_iter=300, learning_rate_init=0.01).fit(IRIS, COLUMNS)
    assert model.predict(IRIS).shape == COLUMNS.shape
    assert model.score(IRIS, COLUMNS) > 0.95
    assert [list(each) for each in model.classes_] == [["a", "b", "c"], ["big", "small"]]
    for column, (probabilities, classes) in enumerate(zip(model.predict_proba(IRIS), model.classes_, strict=True)):
        np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)
        assert (classes[probabilities.argmax(1)] == model.predict(IRIS)[:, column]).mean() > 0.99
    parts = MLPClassifier(random_state=0)
    for _ in range(3):
        parts.partial_fit(IRIS[:50], COLUMNS[:50], classes=model.classes_)
    assert parts.predict(IRIS).shape == COLUMNS.shape
    with pytest.raises(ValueError, match="not the same"):
        parts.partial_fit(IRIS, COLUMNS, classes=[["a", "b"], ["big", "small"]])


@pairs
def test_both_engines_take_the_same_steps(ours, theirs):
    pytest.importorskip("jax")
    here, there = (fitted(ours, engine=each, precision="float64", batch_size=32) for each in ("numpy", "jax"))
    assert (here.engine_, there.engine_) == ("numpy", "jax")
    np.testing.assert_allclose(here.loss_curve_, there.loss_curve_, rtol=1e-9)
    quick = fitted(ours, engine="jax", batch_size=32)
    assert quick.precision_ == "float32"
    assert quick.coefs_[0].dtype == np.float64
    np.testing.assert_allclose(quick.loss_curve_, here.loss_curve_, rtol=1e-3)


@pairs
def test_a_compiled_run_stops_where_the_other_does(ours, theirs):
    pytest.importorskip("jax")
    options = {"precision": "float64", "tol": 0.02, "n_iter_no_change": 3, "max_iter": 300, "learning_rate_init": 0.01}
    here, there = (fitted(ours, engine=each, **options) for each in ("numpy", "jax"))
    assert here.n_iter_ == there.n_iter_ < 300
    assert len(there.loss_curve_) == there.n_iter_


def test_large_numbers_are_not_computed_in_single_precision():
    pytest.importorskip("jax")
    model = MLPRegressor(engine="jax", max_iter=2).fit(IRIS, 1e20 * CURVE[:, 0])
    assert model.precision_ == "float64"


def test_what_diverges_says_where():
    with pytest.raises(ValueError, match=r"non-finite parameter weights.*epoch 1, batch 1"):
        MLPRegressor(solver="sgd").fit(1e200 * IRIS, SPECIES)


def test_ctrl_c_keeps_what_was_learned():
    def stop(run, epochs):
        if epochs.number == 3:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        model = fitted(MLPClassifier, callbacks=[stop])
    assert model.predict(IRIS).shape == (150,)


@pairs
def test_it_goes_through_pickle_clone_and_a_grid_search(ours, theirs):
    X, y, _ = data(ours)
    model = fitted(ours)
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(ours(**FIXED), {"dropout": [0.0, 0.2], "alpha": [1e-4, 1e-2]}, cv=2).fit(X, y)
    assert set(search.best_params_) == {"dropout", "alpha"}


def test_digits_are_read():
    X, y = load_digits(return_X_y=True)
    model = MLPClassifier(random_state=0).fit(X[:1300], y[:1300])
    assert model.score(X[1300:], y[1300:]) > 0.92


def alone(code, tmp_path):
    return subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True)


def test_jax_is_not_loaded_for_what_is_short(tmp_path):
    ran = alone(
        "import sys; from backproof.sklearn import MLPClassifier\n"
        "assert 'jax' not in sys.modules\n"
        "MLPClassifier(max_iter=9, n_iter_no_change=1, tol=9).fit([[0.0], [1.0]] * 4, [0, 1] * 4).predict([[0.0]])\n"
        "assert 'jax' not in sys.modules",
        tmp_path,
    )
    assert ran.returncode == 0, ran.stderr


def test_without_scikit_learn_one_line_says_what_to_do(tmp_path):
    ran = alone("import sys; sys.modules['sklearn'] = None; import backproof.sklearn", tmp_path)
    assert ran.stderr.splitlines()[-1].endswith("pip install 'backproof[sklearn]'.")


@pytest.mark.parametrize("name", ["classifier", "regressor"])
def test_the_examples_of_the_docstrings_run(name):
    ran = doctest.testmod(import_module(f"backproof.interop.sklearn.{name}"))
    assert ran.attempted >= 3
    assert not ran.failed


def test_a_warm_start_takes_a_partial_fit_of_one_row():
    model = MLPClassifier((3,), warm_start=True, max_iter=2, random_state=0).fit(IRIS, SPECIES)
    before = [array.copy() for array in model.coefs_]
    model.partial_fit(IRIS[:1], SPECIES[:1])
    assert not np.array_equal(before[0], model.coefs_[0])
    with pytest.raises(ValueError, match="classes not in"):
        model.partial_fit(IRIS[:1], [7])
    with pytest.raises(ValueError, match="same classes"):
        model.fit(IRIS[:1], SPECIES[:1])


@pairs
def test_every_parameter_is_described_in_its_place_with_its_default(ours, theirs):
    text = ours.__doc__.partition("    Attributes\n")[0]
    described = {}
    for names, default in re.findall(r"^    (\w+(?:, \w+)*) : .*default (.+)$", text, re.MULTILINE):
        described |= dict(zip(names.split(", "), default.split(" and "), strict=False))
    defaults = {name: each.default for name, each in inspect.signature(ours).parameters.items()}
    assert described.keys() == defaults.keys()
    for name, default in described.items():
        assert ast.literal_eval(default) == defaults[name], name


@pairs
def test_metadata_is_routed_as_in_theirs(ours, theirs):
    with config_context(enable_metadata_routing=True):
        here, there = (each().set_fit_request(sample_weight=True) for each in (ours, theirs))
        assert str(here.get_metadata_routing()) == str(there.get_metadata_routing())
        X, y, weights = data(ours, "weighted")
        search = GridSearchCV(here.set_params(**FIXED).set_score_request(sample_weight=True), {"alpha": [0.1]}, cv=2)
        direct = ours(**FIXED, alpha=0.1).fit(X, y, sample_weight=weights)
        routed = search.fit(X, y, sample_weight=weights).best_estimator_
        assert all(np.array_equal(*each) for each in zip(direct.coefs_, routed.coefs_, strict=True))
        scaled = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), clone(here))
        assert np.array_equal(
            scaled.fit(X, y, sample_weight=weights)[-1].coefs_[0],
            clone(here).fit(StandardScaler().fit_transform(X), y, sample_weight=weights).coefs_[0],
        )
        for unsaid in (ours, theirs):
            with pytest.raises(UnsetMetadataPassedError, match="set_fit_request"):
                GridSearchCV(unsaid(), {"alpha": [0.1]}).fit(X, y, sample_weight=weights)
    assert get_tags(here).array_api_support == get_tags(there).array_api_support

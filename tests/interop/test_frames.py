"""Frames with categories, dates and text are trained on and explained by their columns."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from backproof.interop.sklearn import frames
from backproof.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
COLOURS = RANDOM.choice(["red", "green", "blue"], 60)
SIZES = RANDOM.normal(size=60)
KIND = np.where((COLOURS == "red") | (SIZES > 1), "ripe", "raw")


def make_frame(library, colours=COLOURS, sizes=SIZES):
    return pytest.importorskip(library).DataFrame({"size": sizes, "colour": colours})


libraries = pytest.mark.parametrize("library", ["pandas", "polars"])


@libraries
def test_categories_are_learned(library):
    pytest.importorskip("skrub")
    frame = make_frame(library)
    model = MLPClassifier((8,), solver="lbfgs", max_iter=500, random_state=0).fit(frame, KIND)
    assert model.score(frame, KIND) > 0.95
    assert list(model.feature_names_in_) == ["size", "colour"]
    assert model.n_features_in_ == 2
    assert model.predict_proba(frame[:3]).shape == (3, 2)
    units = model.explain(frame[:1]).network.units[0]
    assert units[:1] == ("size",)
    assert {"colour_red", "colour_green", "colour_blue"} <= set(units)


@libraries
def test_numbers_beside_categories_are_scaled_and_filled(library):
    """Numbers in the thousands would saturate every unit, and nothing could be learned."""
    pytest.importorskip("skrub")
    sizes = np.where(np.arange(60) % 7 == 0, np.nan, 40_000 + 9_000 * SIZES)
    frame, kind = make_frame(library, sizes=sizes), np.where(SIZES > 0, "large", "small")
    model = MLPClassifier((8,), solver="lbfgs", max_iter=500, random_state=0).fit(frame, kind)
    assert model.score(frame, kind) > 0.9  # a seventh of the sizes is missing
    assert "missingindicator_size" in model.explain(frame[:1]).network.units[0]


@libraries
def test_a_category_that_training_did_not_see_is_answered(library):
    pytest.importorskip("skrub")
    model = MLPRegressor(hidden_layer_sizes=4, max_iter=5, random_state=0).fit(make_frame(library), SIZES)
    strange = make_frame(library, np.array(["mauve"]), SIZES[:1])
    with pytest.warns(UserWarning, match="unknown categories"):
        assert np.isfinite(model.predict(strange)).all()


@libraries
@pytest.mark.parametrize(
    "options", [{"early_stopping": True, "scoring": "neg_log_loss"}, {"warm_start": True}], ids=str
)
def test_scores_and_warm_starts_see_the_numbers(library, options):
    pytest.importorskip("skrub")
    model = MLPClassifier((4,), max_iter=5, random_state=0, **options).fit(make_frame(library), KIND)
    model.fit(make_frame(library), KIND)
    assert model.predict(make_frame(library)).shape == (60,)


@libraries
def test_numbers_alone_need_nothing(library, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skrub", None)
    frame = pytest.importorskip(library).DataFrame({"size": SIZES, "ripe": KIND == "ripe"})
    assert not frames.list_other_columns(frame)
    MLPRegressor(hidden_layer_sizes=2, max_iter=2).fit(frame, SIZES).predict(frame)


@libraries
def test_without_skrub_one_message_says_what_to_do(library, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "skrub", None)
    with pytest.raises(ValueError, match=r"not numbers: colour\. pip install 'backproof\[tables\]'"):
        MLPClassifier().fit(make_frame(library), KIND)

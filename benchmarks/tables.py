"""Thirty public tables and some sixty dirty ways to write them: how many train with --target alone, and how well.

`python -m benchmarks tables`. Each table is split in five; a part is predicted by what is trained on the others. The
peers are scikit-learn's MLPs behind skrub's TableVectorizer, on the same rows; SPLITS in the environment takes fewer.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import mean
from typing import Any

from backproof.errors import DataError
from backproof.train.store.run_folder import RunFolder
from backproof.train.tabular.job import Job
from backproof.train.tabular.predictor import Predictor
from backproof.train.tabular.score import Fit
from benchmarks.figure import Figure

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
#: Maximum number of rows taken of a table, and the number of epochs for the networks of dirty tables.
ROWS, EPOCHS = 2000, 2
#: What dirty tables are made of: the first of these that can be dirty in that way.
BASES = ("penguins", "diabetes")
#: What is wanted: the share of tables that train, and the difference of scores from the best peer's.
TRAINED, APART = 0.85, 0.01


def figures() -> Iterator[Figure]:
    if not all(map(find_spec, ("sklearn", "skrub", "pandas", "statsmodels", "vega_datasets", "palmerpenguins"))):
        yield Figure("public tables", "their packages are not all at hand", f"{TRAINED:.0%}")
        return
    warnings.simplefilter("ignore")  # some of scikit-learn's do not converge
    yield count_trained()
    yield compare_scores()


def count_trained() -> Figure:
    """How many tables, clean and dirty, train with their target alone."""
    from dirty_tables import VARIANTS
    from public_tables import TABLES, load_frame

    bases = [(load_frame(table, 200), table.target) for table in TABLES if table.name in BASES]
    trained = []
    with tempfile.TemporaryDirectory() as place:
        for table in TABLES:
            path = Path(place) / f"{table.name}.csv"
            load_frame(table, ROWS).to_csv(path, index=False)
            trained.append(trains(path, table.target))
        for number, make in enumerate(VARIANTS.values()):
            dirty, target = next((made, target) for frame, target in bases if (made := make(frame, target)) is not None)
            path = Path(place) / f"dirty{number}{dirty.suffix}"
            path.write_bytes(dirty.content)
            trained.append(trains(path, target))
    share = mean(trained)
    return Figure(
        f"{len(TABLES)} public tables and {len(VARIANTS)} dirty ones: trained with --target alone",
        f"{sum(trained)} of {len(trained)}, {share:.0%}", f"{TRAINED:.0%}", share >= TRAINED,
    )  # fmt: skip


def trains(path: Path, target: str) -> bool:
    """Whether a file trains with its target alone."""
    try:
        train(path, target, {"epochs": EPOCHS})
    except DataError as error:
        print(error, file=sys.stderr)
        return False
    return True


def train(path: Path, target: str, wishes: dict[str, Any]) -> Predictor:
    """What `backproof train` does, without its report."""
    job = Job.new(str(path), target, wishes)
    place = path.with_suffix(".run")
    with RunFolder.create(place, job.config.to_json(), force=True) as folder:
        history = job.train(folder, job.run(job.options.engine), [])
        if job.config.refit:
            job.refit(history, folder, [])
    return Predictor.load(place)


def compare_scores() -> Figure:
    """The mean of accuracy or R2 (at least 0) over all tables, and that of the best of the peers."""
    from public_tables import TABLES, load_frame

    every = {name: [] for name in ("ours", *PEERS)}  # type: dict[str, list[float]]
    for table in TABLES:
        frame = load_frame(table, ROWS).dropna(subset=[table.target]).reset_index(drop=True)
        scores = [list(score_split(frame, table, split)) for split in range(int(os.environ.get("SPLITS", "5")))]
        means = [mean(each) for each in zip(*scores, strict=True)]
        print(f"{table.name:20}", *(f"{each:7.3f}" for each in means), file=sys.stderr)
        for name, value in zip(every, means, strict=True):
            every[name].append(value)
    best = max(PEERS, key=lambda name: mean(every[name]))
    ours, theirs = mean(every["ours"]), mean(every[best])
    return Figure(
        f"mean score on {len(TABLES)} tables, against {best}, the best of {len(PEERS)} of scikit-learn's MLPs",
        f"{ours:.3f} against {theirs:.3f} ({ours - theirs:+.3f})", f"-{APART}", ours - theirs >= -APART,
    )  # fmt: skip


def score_split(frame: Any, table: Any, split: int) -> Iterator[float]:
    """Our score on one part of a table, then that of each peer."""
    from sklearn.model_selection import KFold, StratifiedKFold

    classes = table.problem == "classification"
    folds = (StratifiedKFold if classes else KFold)(5, shuffle=True, random_state=0)
    rows, held = list(folds.split(frame, frame[table.target] if classes else None))[split]
    with tempfile.TemporaryDirectory() as place:
        train_file, test_file = Path(place) / "train.csv", Path(place) / "test.csv"
        frame.iloc[rows].to_csv(train_file, index=False)
        frame.iloc[held].to_csv(test_file, index=False)
        score = train(train_file, table.target, {"problem": table.problem}).predict(test_file).scores[table.target]
    yield max(0.0, float(score.r2 if isinstance(score, Fit) else score.value))
    x, y = frame.drop(columns=table.target), frame[table.target]
    for options in PEERS.values():
        peer = make_peer(classes, options).fit(x.iloc[rows], y.iloc[rows])
        yield max(0.0, float(peer.score(x.iloc[held], y.iloc[held])))


#: scikit-learn's MLPs: as they come, with more epochs, ended early, and by lbfgs.
PEERS: dict[str, dict[str, Any]] = {
    "MLP": {},
    "MLP, 1000 epochs": {"max_iter": 1000},
    "MLP, early stopping": {"early_stopping": True, "max_iter": 1000},
    "MLP, lbfgs": {"solver": "lbfgs", "max_iter": 500, "alpha": 0.1},
}


def make_peer(classes: bool, options: dict[str, Any]) -> Any:
    """A pipeline as scikit-learn's and skrub's documentation shows it."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from skrub import TableVectorizer

    last = (MLPClassifier if classes else MLPRegressor)(random_state=0, **options)
    pipeline = make_pipeline(TableVectorizer(), SimpleImputer(add_indicator=True), StandardScaler(), last)
    return pipeline if classes else TransformedTargetRegressor(pipeline, transformer=StandardScaler())

"""`backproof train DATA --target COLUMN --search N`: settings tried in rounds, the best ones trained."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from backproof.errors import ModelError, OptionError
from backproof.train.store.run_folder import RunFolder
from backproof.train.tabular import search
from backproof.train.tabular.job import Job
from tables import flowers, houses

FLOWERS = ("train", "flowers.csv", "--target", "species", "-o", "run", "--epochs", 9, "--engine", "numpy", "-q",
           "--no-baselines")  # fmt: skip


@pytest.fixture
def flowers_file(here):
    return flowers(here / "flowers.csv")


def make_job(trials, **wishes):
    wishes = {"epochs": 27, "engine": "numpy", **wishes}
    return Job.new("flowers.csv", "species", {**wishes, "search": trials, "searched": search.choose_searched(wishes)})


def read_trials():
    return json.loads(Path("run/trials.json").read_text())


def fill(found, cost_of):
    """The search as it is at its end, where a trial costs what `cost_of` says of its number."""
    while True:
        place, due = found.list_due()
        if not due:
            return found
        trials = list(found.trials)
        for n in due:
            trials[n] = search.Trial(trials[n].values, (*trials[n].costs, cost_of(n, place)))
        found = search.Search(found.rounds, tuple(trials))


@pytest.mark.parametrize("trials", [1, 2, 3, 4, 9, 10, 20, 100])
def test_a_third_goes_on_to_the_next_round_with_three_times_the_epochs(flowers_file, trials):
    found = search.begin_search(make_job(trials, epochs=270).config)
    counts, epochs = zip(*found.rounds, strict=True)
    assert counts[0] == len(found.trials) == trials
    assert all(3 * after >= before > after for before, after in pairwise(counts))
    assert all(after == pytest.approx(3 * before, rel=0.2) for before, after in pairwise(epochs))
    assert epochs[-1] == 90
    assert sum(count * each for count, each in found.rounds) <= 270 * max(1, trials / 3)


def test_the_trial_with_the_lowest_cost_in_the_last_round_is_best_and_no_diverged_one(flowers_file):
    found = fill(search.begin_search(make_job(20).config), lambda n, place: None if n < 5 else (n - 11) ** 2)
    assert found.trials.index(found.best) == 11
    assert Counter(len(trial.costs) for trial in found.trials) == {1: 13, 2: 7}
    assert max(len(trial.costs) for trial in found.trials[:5]) == 1


def test_the_first_trial_is_the_run_without_a_search(flowers_file):
    job = make_job(3)
    assert search.apply_trial(job, search.begin_search(job.config).trials[0]).config == job.config


@pytest.mark.parametrize("wishes", [
    {}, {"hidden": (7,)}, {"optimizer": "adagrad", "learning_rate": 0.05}, {"optimizer": "lbfgs"}, {"l2": 0.0},
    {"activation": "elu", "dropout": 0.1},
])  # fmt: skip
def test_what_is_asked_for_stays_as_it_is_in_every_trial(flowers_file, wishes):
    job = make_job(100, **wishes)
    trials = search.begin_search(job.config).trials
    for trial in trials:
        config = search.apply_trial(job, trial).config
        assert all(config.to_json()[name] == job.config.to_json()[name] for name in wishes)
    for name in set(search.SEARCHED) - {*wishes, *(["learning_rate"] if "optimizer" in wishes else [])}:
        assert len({json.dumps(trial.values[name]) for trial in trials}) > 1


def test_trials_are_drawn_by_the_seed(flowers_file):
    one, other = (search.begin_search(make_job(9, seed=seed).config) for seed in (0, 1))
    assert one == search.begin_search(make_job(9).config)
    assert one != other


def test_the_best_settings_are_trained_and_told(backproof, flowers_file):
    ran = backproof(*FLOWERS, "--search", 5)
    assert ran.code == 0, ran.err
    trials = read_trials()["trials"]
    costs = [trial["costs"][0] for trial in trials]
    best = trials[costs.index(min(costs))]["values"]
    config = json.loads(Path("run/config.json").read_text())["config"]
    assert {name: config[name] for name in best} == best
    assert "The best of 5 trials" in ran.out
    report, card = Path("run/report.html").read_text(), Path("run/MODEL_CARD.md").read_text()
    assert "The best of 5 trials" in report
    assert "the best of 5 on the validation rows" in card
    assert len(backproof("predict", "run", "flowers.csv").out.splitlines()) == 91


def test_rows_that_the_search_has_not_seen_do_not_flatter(backproof, flowers_file, here):
    flowers(here / "test.csv", seed=1)
    assert backproof(*FLOWERS, "--search", 2, "--test", "test.csv").code == 0
    card = Path("run/MODEL_CARD.md").read_text()
    assert "On 90 test rows" in card
    assert "flatters" not in card


def test_trials_give_what_their_networks_would_alone_on_either_engine(flowers_file):
    pytest.importorskip("jax")
    costs = {}
    for engine in ("numpy", "jax"):
        job = make_job(4, engine=engine, dtype="float64")
        trials = search.begin_search(job.config).trials
        costs[engine] = search._run_group(job, trials, 5, [])
        if engine == "numpy":
            alone = [search._run_group(job, [trial], 5, [])[0] for trial in trials]
            assert costs[engine] == alone
    assert costs["jax"] == pytest.approx(costs["numpy"], rel=1e-9)


@pytest.mark.parametrize("written", range(4))
def test_a_search_that_was_killed_ends_in_the_same_bits(backproof, flowers_file, monkeypatch, written):
    backproof(*FLOWERS, "--search", 6)
    names = (
        "trials.json",
        "config.json",
        "model.safetensors",
        "checkpoint.safetensors",
        "history.jsonl",
        "report.html",
    )
    whole = {name: Path("run", name).read_bytes() for name in names}
    write, left = RunFolder.write_file, [written]

    def fail(self, name, content):
        if name == "trials.json":
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        write(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_file", fail)
        backproof(*FLOWERS, "--search", 6, "--force")
    assert backproof("train", "run", "--resume", "-q", "--no-baselines").code == 0
    assert {name: Path("run", name).read_bytes() for name in names} == whole


def test_ctrl_c_ends_a_search_and_says_how_to_go_on(backproof, flowers_file, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("backproof.cli._train_data.continue_search", lambda *_: None)
        ran = backproof(*FLOWERS, "--search", 4)
    assert ran.code == 130
    assert "backproof train run --resume" in ran.err
    other = backproof(*FLOWERS, "--search", 5, "--resume")
    assert other.code == 2
    assert "search 4, but 5 was given" in other.err


def test_a_search_for_a_quantity(backproof, here):
    houses(here / "houses.csv")
    ran = backproof("train", "houses.csv", "--target", "price", "--search", 2, "--epochs", 6, "-q", "--no-baselines")
    assert ran.code == 0, ran.err
    assert "The best of 2 trials" in ran.out


@pytest.mark.parametrize(("options", "says"), [
    (("--restarts", 3), "leave out --restarts"), (("--validation", 0), "give --validation"),
    (("--find-rate",), "leave out --find-rate"), (("--stream",), "only Parquet"),
    (("--hidden", 3, "--activation", "relu", "--optimizer", "adam", "--dropout", 0, "--learning-rate", 0.1, "--l2", 0),
     "nothing to search for"),
    (("--search", 0), "0 is not in the range"),
], ids=str)  # fmt: skip
def test_options_that_do_not_go_with_a_search_are_refused(backproof, flowers_file, options, says):
    ran = backproof(*FLOWERS, "--search", 4, *options)
    assert ran.code == 2
    assert says in " ".join(ran.err.split())
    assert not Path("run").exists()


def test_a_worksheet_has_nothing_to_search_for(backproof):
    ran = backproof("train", "or", "--search", 4)
    assert ran.code == 2
    assert "--search is for data" in ran.err


def test_a_damaged_file_of_trials_is_refused(backproof, flowers_file):
    backproof(*FLOWERS, "--search", 2)
    good = read_trials()
    for bad in (
        {**good, "rounds": [[2]]}, {**good, "rounds": []}, {**good, "trials": []}, {**good, "kind": "run"},
        {**good, "trials": [{"values": {"hidden": [3], "import": "os"}, "costs": []}]},
        {**good, "trials": [{"values": {"l2": "x"}, "costs": []}]},
        {**good, "trials": [{"values": {}, "costs": ["x"]}]},
    ):  # fmt: skip
        Path("run/trials.json").write_text(json.dumps(bad))
        ran = backproof("train", "run", "--resume")
        assert ran.code == 2, bad
        assert "trials.json" in ran.err
    Path("run/trials.json").write_text("{")
    with RunFolder.resume("run") as folder, pytest.raises(ModelError, match="not valid JSON"):
        search.Search.read(folder)


def test_settings_that_a_run_cannot_have_are_refused(flowers_file):
    job = make_job(2)
    with pytest.raises(OptionError):
        search.apply_trial(job, search.Trial({"dropout": 3}))

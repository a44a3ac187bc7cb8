"""The folder of a run: made, refused, locked, gone on with."""

import json
import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest

from backproof import Network
from backproof.errors import ModelError, OptionError
from backproof.train.store import RunFolder, curves, read_checkpoint, run_folder
from backproof.train.store.run_folder import read_config
from store.damage import flipped

CONFIG = {"data": "iris.csv", "target": "species", "epochs": 10}


@pytest.fixture
def run(tmp_path):
    with RunFolder.create(tmp_path / "run", CONFIG) as made:
        yield made


def filled(run, epochs=3):
    for epoch in range(1, epochs + 1):
        run.history.append(
            {"epoch": epoch, "cost": 1 / epoch, "validation_cost": 2 / epoch, "accuracy": 0.5, "rate": 0.1}
        )
    run.write_checkpoint({"W1": np.ones((2, 1), np.float32)}, {"epoch": epochs})
    run.save_model(Network.dense([2, 1]), facts={"epoch": epochs})
    return run


def test_what_is_in_it(run):
    filled(run)
    assert run.draw_curves() == (run.place / "curves.png").read_bytes()
    assert {each.name for each in run.place.iterdir() if not each.name.startswith(".")} == {
        "config.json", "model.safetensors", "checkpoint.safetensors", "history.jsonl", "curves.png",
    }  # fmt: skip
    said = json.loads((run.place / "config.json").read_text())
    assert said["config"] == CONFIG == run.config
    assert (said["format"], said["kind"]) == (1, "run")
    assert Network.load(run.place).depth == 1
    assert (run.place / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_it_goes_on(run):
    filled(run).close()
    (run.place / ".backproof-left").write_bytes(b"half a file")
    with RunFolder.resume(run.place) as again:
        arrays, facts = again.read_checkpoint()
        assert arrays["W1"].dtype == np.float32
        assert [record["epoch"] for record in again.history.cut(facts["epoch"])] == [1, 2, 3]
        assert not (run.place / ".backproof-left").exists()
        again.history.append({"epoch": 4, "cost": 0.1})
    assert again.config == CONFIG


def test_a_run_that_was_stopped_before_its_first_checkpoint(run):
    run.close()
    with RunFolder.resume(run.place) as again:
        assert again.read_checkpoint() is None
        assert again.history.cut(0) == []


def test_two_do_not_write_one_run(run):
    for begin in (RunFolder.resume, lambda path: RunFolder.create(path, CONFIG, force=True)):
        with pytest.raises(OptionError, match="in use: another process is writing this run"):
            begin(run.place)
    run.close()
    RunFolder.resume(run.place).close()


def test_a_process_that_is_killed_lets_go(tmp_path):
    code = (
        "import os, sys, signal; from backproof.train.store import RunFolder;"
        "run = RunFolder.create(sys.argv[1], {}); print('held', flush=True); os.kill(os.getpid(), signal.SIGSTOP)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "run")], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout.readline() == b"held\n"
            with pytest.raises(OptionError, match="in use"):
                RunFolder.resume(tmp_path / "run")
        finally:
            other.kill()
    RunFolder.resume(tmp_path / "run").close()


def test_what_is_there_stays(run, tmp_path):
    filled(run).close()
    with pytest.raises(OptionError, match="add --force to replace it"):
        RunFolder.create(run.place, CONFIG)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name, message in (("other", "also holds 'mine.txt'"), ("file", "is a file"), ("a/b", "there is no folder")):
        with pytest.raises(OptionError, match=message):
            RunFolder.create(tmp_path / name, CONFIG, force=True)
    with pytest.raises(OptionError, match="JSON"):
        RunFolder.create(tmp_path / "new", {"a": {1}})
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "other", "run"]
    assert [each.name for each in (tmp_path / "other").iterdir()] == ["mine.txt"]


def test_force_takes_an_earlier_run_s_place(run):
    filled(run).close()
    with RunFolder.create(run.place, {"data": "other"}, force=True) as new:
        assert new.read_checkpoint() is None
        assert new.history.read() == []
        assert new.config == {"data": "other"}
    with pytest.raises(ModelError):
        Network.load(run.place)


def test_a_run_that_never_began_may_be_begun(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.backproof-lock").touch()
    (tmp_path / "run/.backproof-left").touch()
    RunFolder.create(tmp_path / "run", CONFIG).close()
    assert read_config(tmp_path / "run") == CONFIG


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not the folder of a run: config.json cannot be read: No such file"), ("", "not valid JSON"),
        ("[]", "expected a table"), ("{}", "'kind' is missing"), ("\udc80", "cannot be read|not sound"),
        ('{"format": 2, "kind": "run", "backproof": "9"}', "update backproof"),
        ('{"format": 1, "kind": "model", "backproof": "9"}', "expected a run, received 'model'"),
        ('{"format": 1, "kind": "run", "backproof": "0.1.0"}', "'config' is missing"),
        ('{"format": 1, "kind": "run", "backproof": "0.1.0", "config": 1}', "expected a table"),
        ('{"format": 1, "kind": "run", "backproof": "0.1.0", "config": {}, "confg": {}}', "Did you mean 'config'"),
    ],
)  # fmt: skip
def test_folders_that_are_no_run(tmp_path, content, message):
    if content is not None:
        (tmp_path / "config.json").write_bytes(content.encode(errors="surrogateescape"))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ModelError, match=message):
        RunFolder.resume(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["none", "a\0b", "a" * 300, ""])
def test_places_that_are_none(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError):
        RunFolder.resume(name)


def test_the_history_is_on_the_disk_before_the_checkpoint_says_so(run, monkeypatch):
    done = []
    monkeypatch.setattr(run.history, "settle", lambda: done.append(sorted(each.name for each in run.place.iterdir())))
    run.write_checkpoint({}, {})
    assert done == [[".backproof-lock", "config.json"]]
    assert read_checkpoint(run.place) == ({}, {})


def test_curves_are_drawn_for_any_history(run, monkeypatch):
    for records in (
        [],
        [{"epoch": 1, "cost": 1.0}],
        [{"epoch": e, "cost": float("nan"), "f1": 0.1} for e in range(1, 6000)],
    ):
        assert curves.draw_picture(records).startswith(b"\x89PNG")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run.draw_curves() is None
    assert not (run.place / "curves.png").exists()


def test_what_was_asked_is_under_a_checksum(tmp_path):
    RunFolder.create(tmp_path / "run", CONFIG).close()
    file = tmp_path / "run" / "config.json"
    whole = file.read_bytes()
    for damaged in flipped(whole, 5):
        file.write_bytes(damaged)
        with suppress(ModelError):
            assert read_config(tmp_path / "run") == CONFIG  # what differs is a blank, or the version that wrote it
    document = json.loads(whole)
    del document["checksum"]  # as runs of earlier versions are
    file.write_text(json.dumps(document))
    assert read_config(tmp_path / "run") == CONFIG


def test_a_full_disk_costs_a_finished_run_its_picture_alone(run, monkeypatch):
    filled(run)

    def refuse(place, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder.files, "replace", refuse)
    assert run.draw_curves().startswith(b"\x89PNG")
    assert [each.endswith("curves.png' cannot be written: No space left on device.") for each in run.unwritten] == [
        True
    ]


@pytest.mark.parametrize("cost", [1e308, -1e308, 1e301, 5e-324])
def test_curves_of_extreme_numbers_and_of_many_measures_are_drawn(cost):
    records = [{"epoch": epoch, "cost": cost * (-1) ** epoch, "rate": 0.1} for epoch in range(1, 40)]
    many = [{"epoch": epoch, "cost": 1.0} | {f"m{number}": cost for number in range(300)} for epoch in (1, 2)]
    for each in (records, many):
        assert curves.draw_picture(each).startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder"])
@pytest.mark.parametrize("name", [*run_folder.NAMES, run_folder.LOCK])
def test_a_file_of_a_run_that_is_no_plain_file_is_refused_and_nothing_outside_is_touched(tmp_path, name, kind):
    place, outside = tmp_path / "run", tmp_path / "outside"
    RunFolder.create(place, {"of": 1}).close()
    (place / name).unlink(missing_ok=True)
    if kind == "link":
        outside.write_bytes(b"mine")
    match kind:
        case "pipe":
            os.mkfifo(place / name)
        case "folder":
            (place / name).mkdir()
        case _:
            (place / name).symlink_to(outside)
    with pytest.raises(ModelError, match="must be plain files"):
        RunFolder.resume(place)
    assert outside.exists() == (kind == "link")
    assert not outside.exists() or outside.read_bytes() == b"mine"


def test_a_pipe_is_no_model(tmp_path):
    os.mkfifo(tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="a pipe or a device"):
        Network.load(tmp_path / "model.safetensors")

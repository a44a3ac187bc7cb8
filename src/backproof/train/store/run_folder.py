"""The folder of a run: what was asked, the model, the checkpoint, the history, and a picture of the curves.

One process holds it at a time. The checkpoint holds every array and fact that it takes to resume a run as if it had
never stopped; it is replaced as a whole, so that whenever the run is killed there is the last one or the one before.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import ArrayLike

from backproof import files
from backproof.arrays import AnyArray
from backproof.errors import ModelError, OptionError
from backproof.files import PASSING
from backproof.network import Network
from backproof.schema import Fault, mapping, text
from backproof.train.store import curves, history_file, model_file
from backproof.train.store.container import (
    Kind,
    read_arrays,
    read_document,
    to_model_error,
    write_arrays,
    write_document,
)

RUN = Kind("run", 1, ("config", "checksum"))
CHECKPOINT = Kind("checkpoint", 1, ("facts",))
CONFIG, CHECKPOINT_FILE, LOCK = "config.json", "checkpoint.safetensors", f"{PASSING}lock"
REPORT, CARD, TRIALS = "report.html", "MODEL_CARD.md", "trials.json"
NAMES = (CONFIG, model_file.NAME, CHECKPOINT_FILE, history_file.NAME, curves.NAME, REPORT, CARD, TRIALS)


class RunFolder:
    """A folder that this process alone writes, from `create` or `resume` until `close`."""

    def __init__(self, place: Path, held: Lock, config: Mapping[str, Any]) -> None:
        self.place, self.held, self.config = place, held, config
        self.history = history_file.HistoryFile(place / history_file.NAME)
        self.unwritten: list[str] = []

    @classmethod
    def create(cls, path: str | os.PathLike[str], config: Mapping[str, Any], *, force: bool = False) -> RunFolder:
        """A new run; `config` is what was asked, a JSON object. With `force` it takes an earlier run's place.

        Errors: OptionError for a folder that is in use, or holds anything else.
        """
        written = _format_config(config)
        place = files.check_folder(path, force=force, ours=lambda file: file.as_posix() in NAMES)
        _require_plain_files(place, (LOCK,))
        with files.writing(path):
            place.mkdir(exist_ok=True)
            held = Lock(place)
            try:
                _clear_folder(place, force)
                files.replace(place / CONFIG, written)
            except BaseException:
                held.release()
                raise
        return cls(place, held, read_config(place))

    @classmethod
    def resume(cls, path: str | os.PathLike[str]) -> RunFolder:
        """The run in a folder, to go on with.

        Errors: ModelError where there is none, OptionError where it is in use.
        """
        _require_plain_files(path, (*NAMES, LOCK))
        read_config(path)
        place = Path(os.path.realpath(path))
        with files.writing(path):
            held = Lock(place)
            _remove_leftovers(place)
        return cls(place, held, read_config(place))

    def ask(self, config: Mapping[str, Any]) -> None:
        """Have something else asked of the run from now on."""
        with files.writing(self.place):
            files.replace(self.place / CONFIG, _format_config(config))
        self.config = read_config(self.place)

    def save_model(
        self, network: Network, *, preparation: Mapping[str, Any] | None = None, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Write the model in place of the last one."""
        model_file.save(network, self.place / model_file.NAME, preparation=preparation, facts=facts)

    def write_checkpoint(self, arrays: Mapping[str, ArrayLike], facts: Mapping[str, Any]) -> None:
        """Write the checkpoint in place of the last one, once the history that goes with it is on the disk."""
        self.history.settle()
        write_checkpoint(self.place, arrays, facts)

    @property
    def has_checkpoint(self) -> bool:
        """Whether a checkpoint has been written."""
        return (self.place / CHECKPOINT_FILE).exists()

    @property
    def has_model(self) -> bool:
        """Whether a model has been written."""
        return (self.place / model_file.NAME).exists()

    def read_checkpoint(self) -> tuple[dict[str, AnyArray], Mapping[str, Any]] | None:
        """The last checkpoint, or None before the first. Errors: ModelError for a damaged one, or one that is gone."""
        if self.has_checkpoint:
            return read_checkpoint(self.place)
        if self.history.is_written and self.has_model:  # which is written after a checkpoint
            raise ModelError(
                f"'{self.place}' holds a trained model, but its {CHECKPOINT_FILE} is missing, so that the run cannot "
                "be resumed; put the file back, or choose another folder for a new run."
            )
        return None

    def engine(self, asked: str) -> str:
        """The engine that is asked for; where that is `auto`, the one that the run has been on."""
        saved = self.read_checkpoint() if asked == "auto" else None
        return asked if saved is None else str(saved[1].get("engine", asked))

    def draw_curves(self) -> bytes | None:
        """Draw the history and return the picture; None where there is nothing to draw with."""
        drawn = curves.draw_picture(self.history.read())
        if drawn is not None:
            self.write_file(curves.NAME, drawn)
        return drawn

    def write_file(self, name: str, content: str | bytes) -> None:
        """Write a picture or text of a finished run in place of the last one.

        What cannot be written, as on a full disk, is added to `unwritten`: the run is saved all the same.
        """
        try:
            with files.writing(self.place / name):
                files.replace(self.place / name, content)
        except OptionError as error:
            self.unwritten.append(str(error))

    def close(self) -> None:
        """Leave the folder to others."""
        self.history.close()
        self.held.release()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _require_plain_files(place: str | os.PathLike[str], names: Sequence[str]) -> None:
    """Raise ModelError if a file of a run is a link, which would be written elsewhere, or a pipe, which may block."""
    for name in names:
        file = os.path.join(place, name)
        if os.path.islink(file) or (os.path.exists(file) and not os.path.isfile(file)):
            what = "a link" if os.path.islink(file) else "no plain file"
            raise ModelError(f"'{file}' is {what}; the files of a run must be plain files. Put a copy in its place.")


def read_config(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """What was asked of the run in a folder. Errors: ModelError where there is no run."""
    file = Path(path) / CONFIG
    try:
        document = read_document(file.read_text("utf-8"), RUN)
        config = document.need("config", mapping)
        if document.take("checksum", text, _sum_up(config)) != _sum_up(config):
            raise Fault(f"{CONFIG} is damaged: its checksum does not match its contents.", ())
        return config
    except Fault as fault:
        raise to_model_error(file, fault) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(
            f"{os.fspath(path)!r} is not the folder of a run: {CONFIG} cannot be read: {reason}."
        ) from None


def _format_config(config: Mapping[str, Any]) -> str:
    """The text of what was asked. Errors: OptionError for what JSON cannot hold."""
    sound = json.loads(write_document(RUN, {"config": dict(config)}))["config"]
    return write_document(RUN, {"config": sound, "checksum": _sum_up(sound)}, indent=2) + "\n"


def _sum_up(config: Mapping[str, Any]) -> str:
    """The checksum of what was asked; runs of earlier versions have none."""
    return sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _clear_folder(place: Path, force: bool) -> None:
    """Make room for a run, now that nobody else writes here."""
    found = [place / name for name in NAMES if (place / name).exists()]
    if found and not force:
        raise OptionError(f"'{place}' has just been taken by another run; choose another folder.")
    for file in found:
        file.unlink()
    _remove_leftovers(place)


def _remove_leftovers(place: Path) -> None:
    """Take away what a killed process left unfinished."""
    for file in place.glob(f"{PASSING}*"):
        if file.name != LOCK:
            file.unlink(missing_ok=True)


class Lock:
    """Held from the start until `release`. Errors: OptionError where another holds it."""

    def __init__(self, folder: Path) -> None:
        self.handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock_handle(self.handle)
        except (BlockingIOError, PermissionError):  # as POSIX and Windows say it
            self.release()
            raise OptionError(
                f"'{folder}' is in use: another process is writing this run; wait for it, or choose another folder."
            ) from None

    def release(self) -> None:
        """Let it go."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


def _lock_handle(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_checkpoint(folder: str | os.PathLike[str], arrays: Mapping[str, ArrayLike], facts: Mapping[str, Any]) -> None:
    """Write arrays, each in its own kind of number, and a JSON object (tuples become lists) into a folder.

    Errors: OptionError where it cannot be written.
    """
    write_arrays(Path(folder) / CHECKPOINT_FILE, CHECKPOINT, {"facts": dict(facts)}, arrays)


def read_checkpoint(folder: str | os.PathLike[str]) -> tuple[dict[str, AnyArray], Mapping[str, Any]]:
    """Arrays and facts as they were written. Errors: ModelError where there is none, or a damaged one."""
    file = Path(folder) / CHECKPOINT_FILE
    try:
        document, arrays = read_arrays(file, CHECKPOINT)
        return arrays, document.need("facts", mapping)
    except Fault as fault:
        raise to_model_error(file, fault) from None

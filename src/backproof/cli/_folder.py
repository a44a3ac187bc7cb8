"""A folder of files written as a whole: beside its place first, then moved there; never half of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from backproof.cli._output import STDOUT, SUFFIXES, _umask
from backproof.errors import OptionError


def check_folder(path: str, *, force: bool, ours: Callable[[Path], bool]) -> Path:
    """The real place of a folder that may be written, before anything else is done.

    What is there already stays, unless `force` is given and `ours` knows every file in it. Errors: OptionError.
    """
    if not path or path in STDOUT:
        raise OptionError(f"'{path}' is no folder; these are several files, give a folder to make, such as exercises.")
    try:
        place = Path(os.path.realpath(path))
        _check(path, place, force, ours)
    except OptionError:
        raise
    except (OSError, ValueError) as error:
        raise OptionError(f"{path!r} is no folder name: {getattr(error, 'strerror', None) or error}.") from None
    return place


def _check(path: str, place: Path, force: bool, ours: Callable[[Path], bool]) -> None:
    if place.exists() and not place.is_dir():
        raise OptionError(f"'{path}' is a file; these are several files, give a folder to make.")
    if not place.exists() and place.suffix.lower() in (*SUFFIXES, ".toml", ".pdf"):
        raise OptionError(f"'{path}' looks like a file; give a folder to make, and the form with --format.")
    if not place.parent.is_dir():
        raise OptionError(f"'{path}': there is no folder '{place.parent}'; make it first.")
    if place == Path.cwd() or place in Path.cwd().parents:
        raise OptionError(f"'{path}' is the folder that you are in; give a new one.")
    if not os.access(place.parent, os.W_OK):
        raise OptionError(f"'{path}' cannot be written: no permission.")
    found = sorted(each for each in place.rglob("*") if not each.is_dir()) if place.is_dir() else []
    if found and not force:
        raise OptionError(f"'{path}' is there already and not empty; choose another, or add --force to replace it.")
    others = [each.relative_to(place) for each in found if not ours(each.relative_to(place))]
    if others:
        raise OptionError(f"'{path}' also holds '{others[0]}', which was not written here; choose another folder.")


def write_folder(place: Path, files: Mapping[str, str]) -> None:
    """Write the files, by path below the folder, in place of whatever is there. Errors: OptionError."""
    try:
        beside = Path(tempfile.mkdtemp(dir=place.parent, prefix=".backproof-"))
        try:
            _fill(beside / "new", files)
            if place.exists():
                os.rename(place, beside / "old")
            try:
                os.rename(beside / "new", place)
            except BaseException:
                if (beside / "old").exists():
                    os.rename(beside / "old", place)
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise OptionError(f"'{place}' cannot be written: {error.strerror or error}.") from None


def _fill(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o777 & ~_umask())
        file.write_text(text, encoding="utf-8", newline="\n")

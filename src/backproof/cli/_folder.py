"""A folder to make, as an option of the command line gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from backproof import files
from backproof.cli._output import STDOUT, SUFFIXES
from backproof.errors import OptionError


def check_folder(path: str, *, force: bool, ours: Callable[[Path], bool]) -> Path:
    """The real place of a folder that may be written, as `files.check_folder` has it; a slip in its name is an error.

    Errors: OptionError.
    """
    if not path or path in STDOUT:
        raise OptionError(
            f"'{path}' is not a folder; several files are written, so give a folder name such as exercises."
        )
    place = files.check_folder(path, force=force, ours=ours)
    if not place.exists() and place.suffix.lower() in (*SUFFIXES, ".toml", ".pdf"):
        raise OptionError(f"'{path}' looks like a file name; give a folder name, and choose the format with --format.")
    return place


def write_folder(place: Path, content: Mapping[str, str]) -> None:
    """Write the files, by path below the folder, in place of whatever is there. Errors: OptionError."""
    with files.writing(place):
        files.replace_folder(place, content)

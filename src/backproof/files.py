"""Files and folders written as a whole: beside their place first, then moved there; never half of one.

What has been written outlives a crash of the machine: the new file is on the disk before its name is, and the name
before anybody is told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from backproof.errors import BackproofError, OptionError

#: How the names begin of what is there for the moment: what is not finished yet, and locks. A killed process may leave
#: them behind; they count for nothing.
PASSING = ".backproof-"


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make one OptionError of whatever keeps a file or folder from being written."""
    try:
        yield
    except BackproofError:
        raise
    except OSError as error:
        raise OptionError(f"'{os.fspath(path)}' cannot be written: {error.strerror or error}.") from None
    except ValueError as error:  # a name with a NUL in it
        raise OptionError(f"{os.fspath(path)!r} is not a file name: {error}.") from None


def check_name(path: Any) -> None:
    """Nothing for what can name a file or folder. Errors: OptionError for anything else."""
    if not isinstance(path, str | os.PathLike):
        raise OptionError(f"expected the name of a file or folder, received a {type(path).__name__} ({path}).")


def replace(place: Path, content: str | bytes) -> None:
    """Put a file there, in place of what is there, with the same permissions. Errors: OSError.

    A device or a pipe stays what it is, and is written to.
    """
    if place.exists() and not place.is_file():
        with place.open("wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return
    mode = place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask()
    from tempfile import mkstemp

    handle, beside = mkstemp(dir=place.parent, prefix=PASSING)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, content)
        os.chmod(beside, mode)
        os.replace(beside, place)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    settle(place.parent)


def replace_folder(place: Path, files: Mapping[str, str]) -> None:
    """Put a folder of files there, by path below it, in place of whatever is there. Errors: OSError."""
    from shutil import rmtree
    from tempfile import mkdtemp

    beside = Path(mkdtemp(dir=place.parent, prefix=PASSING))
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
        settle(place.parent)
    finally:
        rmtree(beside, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o777 & ~_umask())
        with place.open("wb") as file:
            _write(file, text)
    for each in {folder, *((folder / name).parent for name in files)}:
        settle(each)


def _write(file: BinaryIO, content: str | bytes) -> None:
    """Write it all, down to the disk itself."""
    file.write(content.encode() if isinstance(content, str) else content)
    file.flush()
    os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do that."""
    if os.name == "nt":  # Windows opens no folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def check_folder(path: str | os.PathLike[str], *, force: bool, ours: Callable[[Path], bool]) -> Path:
    """The real place of a folder that may be written, before anything else is done.

    What is there already stays, unless `force` is given and `ours` knows every file in it. Errors: OptionError.
    """
    try:
        place = Path(os.path.realpath(path))
        _check(os.fspath(path), place, force, ours)
    except OptionError:
        raise
    except (OSError, ValueError) as error:
        raise OptionError(f"{path!r} is not a folder name: {getattr(error, 'strerror', None) or error}.") from None
    return place


def _check(path: str, place: Path, force: bool, ours: Callable[[Path], bool]) -> None:
    if place.exists() and not place.is_dir():
        raise OptionError(f"'{path}' is a file; several files are written, so give a folder name.")
    if not place.parent.is_dir():
        raise OptionError(f"'{path}': there is no folder '{place.parent}'; create it first.")
    if place == Path.cwd() or place in Path.cwd().parents:
        raise OptionError(f"'{path}' is, or contains, the current folder; give a new one.")
    if not os.access(place.parent, os.W_OK):
        raise OptionError(f"'{path}' cannot be written: no permission.")
    files = place.rglob("*") if place.is_dir() else ()
    found = sorted(each for each in files if not each.is_dir() and not each.name.startswith(PASSING))
    if found and not force:
        raise OptionError(f"'{path}' already exists and is not empty; choose another, or add --force to replace it.")
    others = [each.relative_to(place) for each in found if not ours(each.relative_to(place))]
    if others:
        raise OptionError(f"'{path}' also holds '{others[0]}', which was not written here; choose another folder.")

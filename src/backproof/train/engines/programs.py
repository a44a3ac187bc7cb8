"""Compiled programs on disk: those of this package, within bounds; a user's own programs are left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from backproof.train.engines.speeds import find_cache

#: The oldest programs give way to new ones when all of them take more bytes than these.
MOST_BYTES = 200_000_000
FOLDER = "jax_compilation_cache_dir"


@contextmanager
def keep_programs(jax: Any) -> Iterator[None]:
    """Keep what is compiled inside on disk, and look for it there, where nobody has said otherwise."""
    folder = find_folder()
    if folder is None or getattr(jax.config, FOLDER) is not None:
        yield
        return
    from jax.experimental.compilation_cache import compilation_cache

    ours = {
        FOLDER: folder, "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }  # fmt: skip
    theirs = {name: getattr(jax.config, name) for name in ours}
    try:
        _set_up(jax, ours)
        compilation_cache.reset_cache()
        yield
    finally:
        _set_up(jax, theirs)
        compilation_cache.reset_cache()


def _set_up(jax: Any, options: dict[str, Any]) -> None:
    for name, value in options.items():
        jax.config.update(name, value)


@cache
def find_folder() -> str | None:
    """The folder of the programs, made and trimmed; None where there is no place for it."""
    folder = find_cache() / "programs"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        trim_folder(folder, MOST_BYTES)
    return str(folder) if os.access(folder, os.W_OK) else None


def trim_folder(folder: Path, most: int) -> None:
    """Remove the oldest files until the others take at most that number of bytes."""
    found = []
    for path in folder.iterdir():
        with suppress(OSError):  # another process may remove it, too
            known = path.stat()
            found.append((known.st_mtime, known.st_size, path))
    taken = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if taken <= most:
            return
        with suppress(OSError):
            path.unlink()
        taken -= size

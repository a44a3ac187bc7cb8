"""A lock on a folder: held by one process at a time, and let go by the system whenever that ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from backproof.errors import OptionError
from backproof.files import PASSING

NAME = f"{PASSING}lock"


class Lock:
    """Held from the start until `release`. Errors: OptionError where another holds it."""

    def __init__(self, folder: Path) -> None:
        self.handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _hold(self.handle)
        except (BlockingIOError, PermissionError):  # as POSIX and Windows say it
            self.release()
            raise OptionError(
                f"'{folder}' is in use: another process writes this run; let it end first, or choose another folder."
            ) from None

    def release(self) -> None:
        """Let it go."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1


def _hold(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

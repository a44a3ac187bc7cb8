"""Arrays added up by processes of one machine, through memory that they share.

JAX exchanges them through sockets, and on a CPU a thread of each process keeps a core busy while it waits. Here each
process writes its arrays where its partner reads them, piece by piece. A byte in a socket says that a piece is there;
where the socket has been closed, the partner is lost.
"""

from __future__ import annotations

import mmap
import os
import shutil
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from time import time
from typing import Any, NamedTuple

import numpy as np

from backproof.arrays import AnyArray

#: Bytes of a piece, and number of pieces in memory: the next is written while the partner may still read the last.
PIECE, SLOTS = 2**20, 2
#: Seconds in which the processes open what they share, once all have said that they are on one machine, and after
#: which a folder that is still there was left by processes that were killed while they opened it.
CONNECT_TIMEOUT, STALE_AFTER = 20.0, 600.0
#: Where the memory is, in a folder whose name begins so until all have opened it.
SHARED, PREFIX = Path("/dev/shm"), "backproof-memory-"


class Part(NamedTuple):
    """A part of an array that is in a piece: the number of the array, and the places of its numbers in both."""

    array: int
    there: slice
    here: slice


class SharedMemory:
    """Memory of `count` processes, a power of two, of which this is number `index`.

    The partner at distance d is number index ^ d. After a `failure`, such as the loss of a partner, nothing is added.
    """

    def __init__(self, index: int, memory: AnyArray, sockets: dict[int, socket.socket]) -> None:
        self.index, self.memory, self.sockets = index, memory, sockets
        self.turns = dict.fromkeys(sockets, 0)
        self.failure: BaseException | None = None

    def add(self, given: Sequence[AnyArray], sums: Sequence[AnyArray]) -> None:
        """Write the sums of arrays over all processes. Errors: OSError where a partner is lost.

        The arrays are rows of numbers of one type.
        """
        for distance in sorted(self.sockets):
            self._add_partner(distance, given, sums)
            given = sums

    def _add_partner(self, distance: int, given: Sequence[AnyArray], sums: Sequence[AnyArray]) -> None:
        """Write the sums of arrays and of those of the partner at a distance."""
        signal, level, kind = self.sockets[distance], distance.bit_length() - 1, given[0].dtype
        for parts in cut_pieces(tuple(map(len, given)), PIECE // kind.itemsize):
            turn = self.turns[distance] = (self.turns[distance] + 1) % SLOTS
            own, other = (self.memory[each, level, turn].view(kind) for each in (self.index, self.index ^ distance))
            for array, there, here in parts:
                own[here] = given[array][there]
            signal.sendall(b".")
            if not signal.recv(1):
                raise ConnectionResetError("the partner has closed its socket")
            for array, there, here in parts:
                np.add(given[array][there], other[here], out=sums[array][there])

    def close(self) -> None:
        """Leave the partners."""
        for each in self.sockets.values():
            each.close()


@lru_cache(maxsize=64)
def cut_pieces(sizes: tuple[int, ...], room: int) -> tuple[tuple[Part, ...], ...]:
    """The pieces of arrays of some sizes, one array after the other; each piece has room for `room` numbers."""
    pieces, parts, used = list[tuple[Part, ...]](), list[Part](), 0
    for number, size in enumerate(sizes):
        start = 0
        while start < size:
            length = min(size - start, room - used)
            parts.append(Part(number, slice(start, start + length), slice(used, used + length)))
            start, used = start + length, used + length
            if used == room:
                pieces.append(tuple(parts))
                parts, used = [], 0
    return (*pieces, tuple(parts)) if parts else tuple(pieces)


def share_memory(index: int, count: int, gather: Callable[[Any], list[Any]]) -> SharedMemory | None:
    """The memory of all processes, or None where they are on several machines, or cannot share it.

    `gather` gives all what each of them says.
    """
    machines = gather(name_machine())
    if None in machines or len(set(machines)) > 1 or count & (count - 1):
        return None
    shape = (count, count.bit_length() - 1, SLOTS, PIECE)
    folder = _make_folder(shape) if index == 0 else None
    name = gather(folder)[0]
    try:
        return _connect(index, shape, name, gather) if name else None
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def name_machine() -> str | None:
    """This machine, since it was started; None where it has no name for that, or no sockets in files."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text() if hasattr(socket, "AF_UNIX") else None
    except OSError:
        return None


def _make_folder(shape: tuple[int, ...]) -> str | None:
    """A folder with the memory in it, or None where there is no room; those that others have left are removed."""
    folder = None
    try:
        for each in SHARED.glob(f"{PREFIX}*"):
            with suppress(OSError):  # another run has just removed its own
                if time() - each.stat().st_mtime > STALE_AFTER:
                    shutil.rmtree(each, ignore_errors=True)
        folder = mkdtemp(prefix=PREFIX, dir=SHARED)
        with Path(folder, "memory").open("xb") as file:
            os.posix_fallocate(file.fileno(), 0, int(np.prod(shape)))
    except OSError:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        return None
    return folder


def _connect(
    index: int, shape: tuple[int, ...], folder: str, gather: Callable[[Any], list[Any]]
) -> SharedMemory | None:
    """The memory in a folder and a socket to each partner; None where one of the processes has no access to them."""
    sockets = dict[int, socket.socket]()
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(CONNECT_TIMEOUT)
        try:
            with Path(folder, "memory").open("r+b") as file:
                memory = np.frombuffer(mmap.mmap(file.fileno(), 0), np.uint8).reshape(shape)
            door.bind(str(Path(folder, str(index))))
            door.listen()
            ready = True
        except OSError:
            ready = False
        if not all(gather(ready)):
            return None
        try:
            for level in range(shape[1]):
                distance = 1 << level
                if index & distance:
                    sockets[distance] = socket.socket(socket.AF_UNIX)
                    sockets[distance].connect(str(Path(folder, str(index ^ distance))))
                    sockets[distance].sendall(bytes([level]))
            while len(sockets) < shape[1]:
                partner = door.accept()[0]
                sockets[1 << partner.recv(1)[0]] = partner
        except (OSError, IndexError):
            ready = False
    if not all(gather(ready)):
        return None
    return SharedMemory(index, memory, sockets)

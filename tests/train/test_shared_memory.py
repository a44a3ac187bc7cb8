"""Arrays added through shared memory: all bytes arrive, a lost partner is told, and without room there is none."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from backproof.train import shared_memory
from backproof.train.shared_memory import PIECE, SharedMemory, cut_pieces, share_memory

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is shared on Linux")


def share(count: int) -> list[SharedMemory | None]:
    """What each of `count` processes gets, all of which are threads here."""
    barrier, facts = Barrier(count), dict[int, Any]()

    def start(index: int) -> SharedMemory | None:
        def gather(fact: Any) -> list[Any]:
            facts[index] = fact
            barrier.wait(20)
            found = [facts[each] for each in range(count)]
            barrier.wait(20)
            return found

        return share_memory(index, count, gather)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


@pytest.mark.parametrize("sizes", [(1,), (0, 5), (PIECE, 1), (3, PIECE - 3, 2 * PIECE + 1, 7)])
def test_pieces_hold_every_number_of_every_array_once_and_in_order(sizes: tuple[int, ...]) -> None:
    pieces = cut_pieces(sizes, PIECE)
    for number, size in enumerate(sizes):
        parts = [part.there for piece in pieces for part in piece if part.array == number]
        assert [0, *(part.stop for part in parts)] == [*(part.start for part in parts), size]
    for piece in pieces:
        places = [part.here for part in piece]
        assert [0, *(place.stop for place in places[:-1])] == [place.start for place in places]
        assert 0 < places[-1].stop <= PIECE


def test_partners_get_the_same_sums_in_pairs_many_times() -> None:
    members = share(4)
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("backproof")]
    sizes = (PIECE + 5, 1)

    def add(member: SharedMemory, kind: Any) -> list[bool]:
        found = list[bool]()
        for turn in range(3):
            parts = [[np.full(size, 10.3**turn + 0.1 * index, kind) for size in sizes] for index in range(4)]
            sums = [np.empty_like(each) for each in parts[0]]
            member.add(parts[member.index], sums)
            expected = [(a + b) + (c + d) for a, b, c, d in zip(*parts, strict=True)]
            found.append(all(map(np.array_equal, sums, expected)))
        return found

    with ThreadPoolExecutor(4) as pool:
        for kind in (np.float32, np.float64):
            assert all(map(all, pool.map(add, filter(None, members), [kind] * 4)))
    for member in filter(None, members):
        member.close()


def test_a_partner_that_has_ended_is_an_error() -> None:
    first, second = filter(None, share(2))
    second.close()
    with pytest.raises(OSError, match=r"closed|[Bb]roken"):
        first.add([np.zeros(4)], [np.zeros(4)])
    first.close()


def test_processes_of_several_machines_or_without_room_share_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert share(3) == [None] * 3
    names = iter("ab")
    with monkeypatch.context() as patch:
        patch.setattr(shared_memory, "name_machine", lambda: next(names))
        assert share(2) == [None] * 2

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "posix_fallocate", fail)
    assert share(2) == [None] * 2
    assert not [name for name in os.listdir("/dev/shm") if name.startswith("backproof")]


def test_memory_that_killed_processes_have_left_is_removed_once_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_memory, "SHARED", tmp_path)
    young, old = (tmp_path / f"{shared_memory.PREFIX}{age}" for age in ("young", "old"))
    for folder in (young, old):
        folder.mkdir()
        (folder / "memory").write_bytes(bytes(10))
    os.utime(old, (0, 0))
    for member in filter(None, share(2)):
        member.close()
    assert list(tmp_path.iterdir()) == [young]

"""Files damaged in every way that a disk or a hand can damage them."""

import random


def cut_short(whole):
    """Every beginning of a file but the whole."""
    for length in range(len(whole)):
        yield whole[:length]


def flipped(whole, step=1):
    """The file with one bit the other way, each in turn."""
    for position in range(0, len(whole), step):
        for bit in range(8):
            changed = bytearray(whole)
            changed[position] ^= 1 << bit
            yield bytes(changed)


def rubbish(whole, count=300, seed=0):
    """Random bytes, and the file with a stretch overwritten, dropped, doubled or moved."""
    rng = random.Random(seed)
    yield from (b"", b"junk", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0{}", b"\x08\0\0\0\0\0\0\0[[[[[[[[")
    yield from (whole + b"\0", whole * 2)
    for _ in range(count):
        start, end = sorted(rng.randrange(len(whole)) for _ in range(2))
        piece = rng.choice([b"", rng.randbytes(end - start), b"\0" * (end - start), whole[start:end] * 2])
        damaged = whole[:start] + piece + whole[end:]
        if damaged != whole:
            yield damaged

from math import prod

import numpy as np

CASES = [({}, [(3,), (3,)]), ({}, [(2, 2, 3)] * 3), ({}, [(2, 2, 3), (2, 1, 1)]), ({}, [(1, 3), (2, 1), (2, 3)])]
BAD_SHAPES = [({}, [(2, 2), (3, 2)]), ({}, [(2,), (2, 2)])]
BAD_OPTIONS = [{"axis": 1}]
senders = 2


def draw_case(rng):
    shape = rng.integers(1, 4, int(rng.integers(1, 4)))
    return {}, [tuple(int(each) for each in np.where(rng.random(len(shape)) < 0.3, 1, shape))
                for _ in range(int(rng.integers(2, 4)))]  # fmt: skip


def draw_options(rng, shapes):
    return {}


def compute(torch, kind, received, parameters):
    return prod(received[1:], start=received[0])

from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(3,), (3,)]), ({"axis": 1}, [(2, 2), (2, 2), (2, 2)]), ({}, [(2,)])]
BAD_SHAPES = [({}, [(3,), (2,)]), ({"axis": 2}, [(3,), (3,)])]
BAD_OPTIONS = [{"axis": "rows"}]
senders = 2


def draw_case(rng):
    return draw_fitting(
        "stack", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))] * int(rng.integers(1, 4)), draw_options
    )


def draw_options(rng, shapes):
    return {"axis": int(rng.integers(len(shapes[0]) + 1))}


def compute(torch, kind, received, parameters):
    return torch.stack(received, kind.axis + 1)

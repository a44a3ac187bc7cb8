from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(2,), (3,)]), ({}, [(1, 2, 2), (3, 2, 2), (1, 2, 2)]), ({"axis": 1}, [(2, 1, 2), (2, 3, 2)])]
BAD_SHAPES = [({}, [(1, 2, 2), (1, 2, 3)]), ({"axis": 1}, [(2,), (2,)]), ({"axis": 1}, [(2, 2), (3, 2)])]
BAD_OPTIONS = [{"axis": "x"}]
senders = 2


def draw_case(rng):
    return draw_fitting(
        "concatenate",
        rng,
        lambda rng: [draw_shape(rng, int(rng.integers(1, 4)))] * int(rng.integers(2, 4)),
        draw_options,
    )


def draw_options(rng, shapes):
    return {"axis": int(rng.integers(len(shapes[0])))}


def compute(torch, kind, received, parameters):
    return torch.cat(received, kind.axis + 1)

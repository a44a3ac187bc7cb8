from random_kinds import draw_fitting, draw_shape

CASES = [({"index": 1}, [(3, 2)]), ({"index": 0, "axis": 2}, [(2, 3, 2)])]
BAD_SHAPES = [({"index": 3}, [(3, 2)]), ({"index": 0}, [(3,)]), ({"index": 0, "axis": 2}, [(3, 2)])]
BAD_OPTIONS = [{}, {"index": -1}, {"index": 0, "axis": True}]
senders = 1


def draw_case(rng):
    return draw_fitting("select", rng, lambda rng: [draw_shape(rng, int(rng.integers(2, 4)))], draw_options)


def draw_options(rng, shapes):
    return {"axis": int(rng.integers(len(shapes[0]))), "index": int(rng.integers(3))}


def compute(torch, kind, received, parameters):
    return received[0].select(kind.axis + 1, kind.index)

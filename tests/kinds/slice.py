from random_kinds import draw_fitting, draw_shape

CASES = [({}, [(3,)]), ({"axis": 1, "start": 1, "step": 2}, [(2, 5)]), ({"start": -3, "stop": -1}, [(4, 2)])]
BAD_SHAPES = [({"axis": 1}, [(3,)]), ({"start": 3}, [(3,)]), ({"start": 2, "stop": 1}, [(3,)])]
BAD_OPTIONS = [{"step": 0}, {"stop": 1.5}, {"axis": -1}]
senders = 1


def draw_case(rng):
    return draw_fitting("slice", rng, lambda rng: [draw_shape(rng, int(rng.integers(1, 4)), 6)], draw_options)


def draw_options(rng, shapes):
    axis = int(rng.integers(len(shapes[0])))
    options = {"axis": axis, "start": int(rng.integers(-3, 4)), "step": int(rng.integers(1, 4))}
    return options | ({"stop": int(rng.integers(-2, 6))} if rng.random() < 0.5 else {})


def compute(torch, kind, received, parameters):
    return received[0][(*[slice(None)] * (kind.axis + 1), slice(kind.start, kind.stop, kind.step))]

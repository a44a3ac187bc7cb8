from backproof.errors import ShapeError
from backproof.operations.layer import kinds

CASES = [({"size": 2}, [(2, 5)]), ({"size": 3, "stride": 1, "padding": 1}, [(1, 4)]),
         ({"size": 2, "stride": 3, "dilation": 2}, [(1, 7)])]  # fmt: skip
BAD_SHAPES = [({"size": 3}, [(1, 2)]), ({"size": 1}, [(3,)]), ({"size": 2, "padding": 1, "dilation": 2}, [(1, 1)])]
BAD_OPTIONS = [{"size": 1.5}, {"size": 2, "dilation": 0}, {"size": 2, "padding": 2}]
senders = 1


def draw_case(rng):
    shapes = [(int(rng.integers(1, 3)), int(rng.integers(1, 9)))]
    while True:
        options = draw_options(rng, shapes)
        try:
            kinds.make({"name": "max_pool1d", **options}).infer_shape(shapes)
        except ShapeError:
            continue  # a window that does not fit
        return options, shapes


def draw_options(rng, shapes):
    size = int(rng.integers(1, 4))
    options = {"size": size, "padding": int(rng.integers(0, size // 2 + 1)), "dilation": int(rng.integers(1, 3))}
    return options | ({"stride": int(rng.integers(1, 4))} if rng.random() < 0.7 else {})


def compute(torch, kind, received, parameters):
    return torch.nn.functional.max_pool1d(received[0], kind.size, kind.stride, kind.padding, kind.dilation)

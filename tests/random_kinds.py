"""Random shapes and options for kinds of layer, and what convolutions and poolings have in common in PyTorch."""

from backproof.errors import BackproofError
from backproof.operations.layer import kinds


def draw_shape(rng, axes, most=4):
    """A shape with so many axes."""
    return tuple(rng.integers(1, most, axes).tolist())


def draw_sizes(rng, axes, low, high):
    """A number for each axis, or one for all; `high` is not among them."""
    return int(rng.integers(low, high)) if rng.random() < 0.5 else rng.integers(low, high, axes).tolist()


def draw_fitting(name, rng, draw_shapes, draw_options):
    """Options and shapes that fit each other."""
    while True:
        shapes = draw_shapes(rng)
        options = draw_options(rng, shapes)
        try:
            kinds.make({"name": name, **options}).infer_shape(shapes)
        except BackproofError:
            continue
        return options, shapes


def draw_kernel(rng, shapes, axes, *, transposed=False):
    """Options of a convolution."""
    groups = int(rng.choice([each for each in (1, 2, 3) if shapes[0][0] % each == 0]))
    options = {"channels": groups * int(rng.integers(1, 3)), "kernel": draw_sizes(rng, axes, 1, 4),
               "stride": draw_sizes(rng, axes, 1, 4), "padding": draw_sizes(rng, axes, 0, 3),
               "dilation": draw_sizes(rng, axes, 1, 3), "groups": groups, "bias": bool(rng.random() < 0.8)}  # fmt: skip
    return options | ({"output_padding": draw_sizes(rng, axes, 0, 3)} if transposed else {})


def convolve(function, kind, received, parameters):
    """A convolution in PyTorch."""
    options = {"stride": kind.stride, "padding": kind.padding, "dilation": kind.dilation, "groups": kind.groups}
    if hasattr(kind, "output_padding"):
        options["output_padding"] = kind.output_padding
    return function(received[0], parameters["weight"], parameters.get("bias"), **options)


def draw_window(rng, axes):
    """Options of a pooling with windows that slide."""
    size = rng.integers(1, 4, axes)
    options = {"size": size.tolist(), "padding": rng.integers(0, size // 2 + 1).tolist(),
               "count_include_pad": bool(rng.random() < 0.5)}  # fmt: skip
    return options | ({"stride": draw_sizes(rng, axes, 1, 4)} if rng.random() < 0.7 else {})


def pool(function, kind, received):
    """An average pooling in PyTorch."""
    return function(received[0], kind.size, kind.stride, kind.padding, False, kind.count_include_pad)


def draw_axes(rng, shapes):
    """Options of a sum over axes."""
    count = int(rng.integers(1, len(shapes[0]) + 1))
    axes = rng.choice(len(shapes[0]), count, replace=False).tolist()
    return {"axis": axes[0] if count == 1 else axes, "keepdims": bool(rng.random() < 0.5 or count == len(shapes[0]))}


def reduce(function, kind, received):
    """A sum over axes in PyTorch."""
    axes = kind.axis if isinstance(kind.axis, tuple) else (kind.axis,)
    return function(received[0], [axis + 1 for axis in axes], kind.keepdims)

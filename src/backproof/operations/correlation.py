"""The three products of a kernel that slides over a picture, for any number of axes and groups of channels.

    h = correlate(a, k)     h_ci = b_c + sum over channels d of the group and offsets u of a_d(x(i, u)) k_cdu

and its two transposes: the errors of a from those of h, and those of k. Convolutions take them in this order,
transposed convolutions go forward by the second and backward by the first. They are computed nowhere else.

Each is one product of matrices, whose columns are the windows of all samples: what a window holds is copied into a
column. On a processor that is the quickest way, for NumPy and for XLA.
"""

from __future__ import annotations

from math import prod
from typing import Any

from backproof.functions import namespace
from backproof.operations.layer import Shape
from backproof.operations.windows import Windows


def correlate(a: Any, kernel: Any, windows: Windows, groups: int, counts: Shape) -> Any:
    """(samples, in, *shape), (out, in / groups, *size) -> (samples, out, *counts)"""
    xp, (samples, channels, *_) = namespace(a), a.shape
    picture: Any = xp.swapaxes(a, 0, 1)
    h: Any = 0
    for offsets in windows.split_offsets(samples * channels * prod(counts)):
        h = h + _group_kernel(kernel, groups, offsets) @ _group_columns(picture, windows, groups, counts, offsets)
    return xp.swapaxes(h.reshape(kernel.shape[0], samples, *counts), 0, 1)


def correlate_back(delta: Any, kernel: Any, windows: Windows, groups: int, shape: Shape) -> Any:
    """(samples, out, *counts), (out, in / groups, *size) -> (samples, in, *shape): the transpose with respect to a."""
    xp, (samples, _, *counts), inner = namespace(delta), delta.shape, groups * kernel.shape[1]
    grouped = _group_errors(xp.swapaxes(delta, 0, 1), groups)
    sent: Any = 0
    for offsets in windows.split_offsets(samples * inner * prod(counts)):
        parts = xp.swapaxes(_group_kernel(kernel, groups, offsets), -1, -2) @ grouped
        sent = sent + windows.lay_back(parts.reshape(inner, -1, samples, *counts), shape, offsets, axis=1)
    return xp.swapaxes(sent, 0, 1)


def correlate_errors(a: Any, delta: Any, windows: Windows, groups: int) -> Any:
    """(samples, in, *shape), (samples, out, *counts) -> (out, in / groups, *size): the transpose with respect to k."""
    xp, (samples, channels, *counts), inner = namespace(delta), delta.shape, a.shape[1] // groups
    picture, grouped = xp.swapaxes(a, 0, 1), _group_errors(xp.swapaxes(delta, 0, 1), groups)
    parts = []
    for offsets in windows.split_offsets(samples * a.shape[1] * prod(counts)):
        columns = _group_columns(picture, windows, groups, tuple(counts), offsets)
        products = xp.swapaxes(columns @ xp.swapaxes(grouped, -1, -2), -1, -2)  # quicker for XLA in this order
        parts.append(products.reshape(channels, inner, -1))
    return xp.concat(parts, axis=2).reshape(channels, inner, *windows.size)


def _group_columns(picture: Any, windows: Windows, groups: int, counts: Shape, offsets: slice) -> Any:
    """What the windows over (in, samples, *shape) hold: (groups, in / groups * offsets, samples * prod(counts))."""
    columns = windows.cut(picture, counts, offsets, axis=1)
    return columns.reshape(groups, -1, picture.shape[1] * prod(counts))


def _group_errors(errors: Any, groups: int) -> Any:
    """(out, samples, *counts) as matrices (groups, out / groups, samples * prod(counts))."""
    return errors.reshape(groups, errors.shape[0] // groups, -1)


def _group_kernel(kernel: Any, groups: int, offsets: slice) -> Any:
    """Some offsets of the kernel as matrices (groups, out / groups, in / groups * offsets)."""
    channels, inner, *_ = kernel.shape
    return kernel.reshape(channels, inner, -1)[:, :, offsets].reshape(groups, channels // groups, -1)

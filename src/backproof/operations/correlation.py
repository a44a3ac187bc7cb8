"""The three products of a kernel that slides over a picture, for any number of axes and groups of channels.

    h = correlate(a, k)     h_ci = b_c + sum over channels d of the group and offsets u of a_d(x(i, u)) k_cdu

and its two transposes: the errors of a from those of h, and those of k. Convolutions take them in this order,
transposed convolutions go forward by the second and backward by the first. They are computed nowhere else.
"""

from __future__ import annotations

from math import prod
from typing import Any

from backproof.functions import namespace
from backproof.operations.layer import Shape
from backproof.operations.windows import Windows


def correlate(a: Any, kernel: Any, windows: Windows, groups: int, counts: Shape) -> Any:
    """(samples, in, *shape), (out, in / groups, *size) -> (samples, out, *counts)"""
    samples, channels = a.shape[:2]
    h: Any = 0
    for offsets in windows.split_offsets(samples * channels * prod(counts)):
        h = h + _group_kernel(kernel, groups, offsets) @ _group_patches(a, windows, groups, counts, offsets)
    return h.reshape(samples, kernel.shape[0], *counts)


def correlate_back(delta: Any, kernel: Any, windows: Windows, groups: int, shape: Shape) -> Any:
    """(samples, out, *counts), (out, in / groups, *size) -> (samples, in, *shape): the transpose with respect to a."""
    (samples, channels, *counts), inner = delta.shape, groups * kernel.shape[1]
    grouped = delta.reshape(samples, groups, channels // groups, -1)
    sent: Any = 0
    for offsets in windows.split_offsets(samples * inner * prod(counts)):
        parts = namespace(delta).swapaxes(_group_kernel(kernel, groups, offsets), -1, -2) @ grouped
        sent = sent + windows.lay_back(parts.reshape(samples, inner, -1, *counts), shape, offsets)
    return sent


def correlate_errors(a: Any, delta: Any, windows: Windows, groups: int) -> Any:
    """(samples, in, *shape), (samples, out, *counts) -> (out, in / groups, *size): the transpose with respect to k."""
    xp, (samples, channels, *counts), inner = namespace(delta), delta.shape, a.shape[1] // groups
    grouped = delta.reshape(samples, groups, channels // groups, -1)
    parts = []
    for offsets in windows.split_offsets(samples * a.shape[1] * prod(counts)):
        patches = _group_patches(a, windows, groups, tuple(counts), offsets)
        part = (grouped @ xp.swapaxes(patches, -1, -2)).sum(0)
        parts.append(part.reshape(channels, inner, -1))
    return xp.concat(parts, axis=2).reshape(channels, inner, *windows.size)


def _group_patches(a: Any, windows: Windows, groups: int, counts: Shape, offsets: slice) -> Any:
    """What the windows hold as matrices (samples, groups, in / groups * offsets, prod(counts))."""
    return windows.cut(a, counts, offsets).reshape(a.shape[0], groups, -1, prod(counts))


def _group_kernel(kernel: Any, groups: int, offsets: slice) -> Any:
    """Some offsets of the kernel as matrices (groups, out / groups, in / groups * offsets)."""
    channels, inner, *_ = kernel.shape
    return kernel.reshape(channels, inner, -1)[:, :, offsets].reshape(groups, channels // groups, -1)

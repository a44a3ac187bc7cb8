"""A step of a program of JAX that adds arrays of all processes through memory that they share.

XLA calls it by its interface for foreign functions (xla/ffi/api/c_api.h), of which what is read here stands below: so
the arrays are read and written where XLA has them. Imported with JAX alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CFUNCTYPE, POINTER, Structure, c_int, c_int64, c_size_t, c_uint8, c_void_p, cast
from functools import cache
from math import prod
from typing import Any

import jax
import numpy as np

from backproof.arrays import AnyArray
from backproof.train.shared_memory import SharedMemory

#: The name under which XLA knows it.
TARGET = "backproof_add"
#: The extension of a call that only asks for the version of the interface.
METADATA = 1
#: The numbers that networks are trained in, by XLA_FFI_DataType.
TYPES = {11: np.float32, 12: np.float64}


def list_fields(**kinds: Any) -> list[tuple[str, Any]]:
    """The fields of a structure of the interface."""
    return [("struct_size", c_size_t), ("extension", c_void_p), *kinds.items()]


class Version(Structure):
    """XLA_FFI_Api_Version."""

    _fields_ = list_fields(major=c_int, minor=c_int)


class Api(Structure):
    """The start of XLA_FFI_Api."""

    _fields_ = list_fields(version=Version)


class Metadata(Structure):
    """The start of XLA_FFI_Metadata."""

    _fields_ = (("struct_size", c_size_t), ("version", Version))


class Extension(Structure):
    """XLA_FFI_Metadata_Extension, or the start of another."""

    _fields_ = (("struct_size", c_size_t), ("type", c_int), ("next", c_void_p), ("metadata", POINTER(Metadata)))


class Buffer(Structure):
    """XLA_FFI_Buffer."""

    _fields_ = list_fields(dtype=c_int, data=c_void_p, rank=c_int64, dims=POINTER(c_int64))


class Buffers(Structure):
    """XLA_FFI_Args or XLA_FFI_Rets, all of which are buffers."""

    _fields_ = list_fields(size=c_int64, types=c_void_p, buffers=POINTER(POINTER(Buffer)))


class Call(Structure):
    """The start of XLA_FFI_CallFrame."""

    _fields_ = list_fields(api=POINTER(Api), context=c_void_p, stage=c_int, operands=Buffers, results=Buffers)


def add_partners(shared: SharedMemory, arrays: Sequence[Any]) -> Sequence[Any]:
    """In a program of JAX on a CPU: the sums over all processes of the last row of each array.

    Where a partner is lost the results are what they may be, and `shared.failure` tells why.
    """
    register_target(shared)
    like = [jax.ShapeDtypeStruct(each.shape[1:], each.dtype) for each in arrays]  # type: ignore[no-untyped-call]
    sums: Sequence[Any] = jax.ffi.ffi_call(TARGET, like)(*arrays)
    return sums


@cache
def register_target(shared: SharedMemory) -> Any:
    """Make the addition known to XLA; what is returned has to live as long as the process."""

    @CFUNCTYPE(c_void_p, POINTER(Call))  # type: ignore[untyped-decorator]
    def add(called: Any) -> None:
        call = called.contents
        if call.extension and (asked := Extension.from_address(call.extension)).type == METADATA:
            asked.metadata.contents.version = call.api.contents.version
            return
        if shared.failure:
            return
        try:
            arrays, sums = (
                [view_numbers(each.buffers[place].contents) for place in range(each.size)]
                for each in (call.operands, call.results)
            )
            own = [array[len(array) - len(total) :] for array, total in zip(arrays, sums, strict=True)]
            with np.errstate(all="ignore"):  # what is not finite is found by the run
                shared.add(own, sums)
        except BaseException as error:  # of which XLA does not hear
            shared.failure = error

    capsule = jax.ffi.pycapsule(cast(add, c_void_p))  # type: ignore[no-untyped-call]
    jax.ffi.register_ffi_target(TARGET, capsule, platform="cpu")
    return add


def view_numbers(buffer: Buffer) -> AnyArray:
    """The numbers of a buffer, where they are, as one row."""
    kind = np.dtype(TYPES[buffer.dtype])
    size = prod(buffer.dims[: buffer.rank]) * kind.itemsize
    return np.ctypeslib.as_array((c_uint8 * size).from_address(buffer.data)).view(kind)

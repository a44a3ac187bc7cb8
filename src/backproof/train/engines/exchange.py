"""A step of a program of JAX that exchanges arrays through memory that processes share.

XLA calls it by its interface for foreign functions (xla/ffi/api/c_api.h), of which what is read here stands below: so
the arrays are read and written where XLA has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import CFUNCTYPE, POINTER, Structure, c_int, c_int64, c_size_t, c_uint8, c_void_p, cast
from functools import cache
from typing import Any

import jax
import numpy as np

from backproof.arrays import AnyArray
from backproof.train.shared_memory import SharedMemory

#: The name under which XLA knows it.
TARGET = "backproof_exchange"
#: The extension of a call that only asks for the version of the interface.
METADATA = 1


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


def exchange_arrays(shared: SharedMemory, distance: int, arrays: Sequence[Any]) -> Sequence[Any]:
    """In a program of JAX on a CPU: the arrays of the partner at a distance, for those of this process.

    Where the partner is lost the results are what they may be, and `shared.lost` tells it.
    """
    register_exchange(shared)
    like = [jax.ShapeDtypeStruct(each.shape, each.dtype) for each in arrays]
    sizes = [each.size * each.dtype.itemsize for each in arrays]
    call = jax.ffi.ffi_call(TARGET, like, has_side_effect=True)
    received: Sequence[Any] = call(np.array([distance, *sizes], np.int64), *arrays)
    return received


@cache
def register_exchange(shared: SharedMemory) -> Any:
    """Make the exchange known to XLA; what is returned has to live as long as the process."""

    @CFUNCTYPE(c_void_p, POINTER(Call))
    def exchange(called: Any) -> None:
        call = called.contents
        if call.extension:
            asked = Extension.from_address(call.extension)
            if asked.type == METADATA:
                asked.metadata.contents.version = call.api.contents.version
            return
        if shared.lost:
            return
        try:
            operands, results = call.operands, call.results
            distance, *sizes = (c_int64 * operands.size).from_address(operands.buffers[0].contents.data)
            given = [view_bytes(operands.buffers[1 + place], size) for place, size in enumerate(sizes)]
            received = [view_bytes(results.buffers[place], size) for place, size in enumerate(sizes)]
            shared.exchange(distance, given, received)
        except OSError:
            shared.lost = True

    capsule = jax.ffi.pycapsule(cast(exchange, c_void_p))
    jax.ffi.register_ffi_target(TARGET, capsule, platform="cpu")
    return exchange


def view_bytes(buffer: Any, size: int) -> AnyArray:
    """The bytes of a buffer, where they are."""
    return np.frombuffer((c_uint8 * size).from_address(buffer.contents.data), np.uint8)

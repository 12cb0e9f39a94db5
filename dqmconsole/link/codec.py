"""The messages as MessagePack, arrays included; never pickle.

An array travels as ``[dtype, shape, fortran, bytes]``. What comes in is checked
before numpy sees it: known number types only, and a shape that fits the bytes.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Array

_NUMBER_TYPES = frozenset({"f", "i", "u", "b"})
_MOST_DIMENSIONS = 4
UNSENDABLE = (ValueError, OverflowError, TypeError, NotImplementedError)
"""What encoding raises where it cannot be."""


class LinkError(ValueError):
    """Bytes on the link that are no message of ours."""


def encoder() -> msgspec.msgpack.Encoder:
    """An encoder for every message of ``model/message.py``."""
    return msgspec.msgpack.Encoder(enc_hook=_encode_array)


def decoder(messages: Any) -> msgspec.msgpack.Decoder[Any]:  # noqa: ANN401 - a union
    """A decoder for the messages of one direction (``message.Up`` or ``Down``)."""
    return msgspec.msgpack.Decoder(messages, dec_hook=_decode_array)


def why_unsendable(value: object) -> str:
    """Why a message, or a part of one, cannot be sent; "" where it can."""
    try:
        encoder().encode(value)
    except UNSENDABLE as error:
        return f"it cannot be sent: {error}"
    return ""


def _encode_array(value: object) -> object:
    if not isinstance(value, np.ndarray):
        message = f"cannot send a {type(value).__name__} over the link"
        raise NotImplementedError(message)
    fortran = bool(value.flags.f_contiguous and not value.flags.c_contiguous)
    flat = np.ascontiguousarray(value.T if fortran else value).reshape(-1)
    return (value.dtype.str, value.shape, fortran, flat.view(np.uint8).data)


def _decode_array(_kind: type, value: Any) -> Array:  # noqa: ANN401 - from the wire
    try:
        code, shape, fortran, data = value
        dtype = np.dtype(code)
        sizes = tuple(int(size) for size in shape)
    except (TypeError, ValueError) as error:
        message = f"not an array: {str(value)[:80]}"
        raise LinkError(message) from error
    if dtype.kind not in _NUMBER_TYPES or len(sizes) > _MOST_DIMENSIONS:
        message = f"an array of {code!r} with {len(sizes)} dimensions is not sent here"
        raise LinkError(message)
    if any(size < 0 for size in sizes) or prod(sizes) * dtype.itemsize != len(data):
        message = f"an array of shape {sizes} and {code!r} in {len(data)} bytes"
        raise LinkError(message)
    flat = np.frombuffer(data, dtype=dtype)
    if fortran:
        return flat.reshape(sizes[::-1]).T
    return flat.reshape(sizes)

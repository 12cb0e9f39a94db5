"""Values as JSON and back: arrays left out, numbers that are not finite kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# JSON has no words for these.
_NOT_FINITE = "not a finite number"


def to_json(value: object) -> bytes:
    """A value as JSON; arrays are null."""
    plain = msgspec.to_builtins(
        value, enc_hook=_without_bins, order="deterministic", str_keys=True
    )
    return msgspec.json.encode(_marked(plain))


def from_json(
    data: bytes | bytearray,
    kind: type[T],
    of_now: Callable[[Any], Any] = lambda plain: plain,
) -> T:
    """A value of a type from its JSON; arrays are empty.

    Args:
        data: the JSON.
        kind: the type.
        of_now: makes of what earlier versions wrote what is written now.

    Raises:
        msgspec.MsgspecError, RecursionError: it is none.
    """
    plain = _unmarked(msgspec.json.decode(data))
    return msgspec.convert(of_now(plain), kind, dec_hook=_no_bins, str_keys=True)


def _without_bins(value: object) -> object:
    if isinstance(value, np.ndarray):
        return None
    if isinstance(value, np.generic):
        return value.item()
    message = f"a {type(value).__name__} has no place in JSON"
    raise NotImplementedError(message)


def _no_bins(kind: type, value: object) -> object:
    if value is not None:
        message = f"no {kind} stands in JSON"
        raise NotImplementedError(message)
    return np.empty(0)


def _marked(value: Any) -> Any:  # noqa: ANN401 - anything JSON can hold
    if isinstance(value, dict):
        return {key: _marked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {_NOT_FINITE: str(value)}
    return value


def _unmarked(value: Any) -> Any:  # noqa: ANN401 - the same
    if isinstance(value, list):
        return [_unmarked(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if list(value) == [_NOT_FINITE] and value[_NOT_FINITE] in ("nan", "inf", "-inf"):
        return float(value[_NOT_FINITE])
    return {key: _unmarked(inner) for key, inner in value.items()}

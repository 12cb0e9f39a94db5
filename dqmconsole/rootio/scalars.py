r"""Scalars, flags and quality results: ``TObjString`` whose text is its key's name.

The forms are those of CMSSW's ``DQMServices/Core/src/LegacyIOHelper.cc``::

    <name>i=42</name>   <name>f=0.5</name>   <name>s=text</name>   <name>e=1</name>
    <name.QTNAME>qr=st:<status>:<result>:<algorithm>:<message></name.QTNAME>

and are read as ``DQMNet.cc`` does, by ``<(.*)>(i|f|s|e|qr)=(.*)</\1>``, but without
a regular expression, whose time grows with the square of a text's length.
"""

from __future__ import annotations

import contextlib
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.histogram import QualityResult, Scalar
from dqmconsole.rootio.errors import DamagedError, UnknownLayoutError
from dqmconsole.rootio.keys import text

if TYPE_CHECKING:
    from collections.abc import Container

KINDS = {"i": "int", "f": "float", "s": "text"}
_CODES = frozenset({"i", "f", "s", "e", "qr"})
_INT64 = 1 << 63
_INVALID = 60
_QUALITY_FIELDS = 5

_OBJ_STRING = Struct(">IHHIIB")
_COUNTED = 0x40000000
_REFERENCED = 0x10
_LONG_STRING = 255


class Tagged(NamedTuple):
    """A text of the form ``<name>code=value</name>``; `whole` unless it was cut."""

    name: str
    code: str
    value: str
    whole: bool


def tagged(words: str) -> Tagged | None:
    """Take a key's name apart; None when it has another form."""
    if not words.startswith("<"):
        return None
    if words.endswith(">"):
        cut = words.rfind("</")
        name = words[cut + 2 : -1]
        if cut > 0 and name and words.startswith(f"<{name}>"):
            code, sign, value = words[len(name) + 2 : cut].partition("=")
            if sign and code in _CODES:
                return Tagged(name, code, value, whole=True)
    name, sign, rest = words[1:].partition(">s=")
    if sign and name:
        return Tagged(name, "s", rest, whole=False)
    return None


def scalar(found: Tagged) -> Scalar:
    """Make a scalar of an ``i``, ``f`` or ``s`` text.

    A number that is none, or an integer of more than 64 bits, stays a text.
    """
    value: int | float | str = found.value
    try:
        if found.code == "i":
            number = int(found.value)
            value = number if -_INT64 <= number < _INT64 else found.value
        elif found.code == "f":
            value = float(found.value)
    except ValueError:
        value = found.value
    return Scalar(found.name, value)


def quality(found: Tagged, elements: Container[str]) -> QualityResult:
    """Make a quality result of a ``qr`` text.

    Both the element's and the test's name may contain dots: the longest element
    that is in `elements` wins, else the first dot divides (as in CMSSW). A result
    that cannot be read becomes one of code 60, "invalid", which says so.
    """
    name, _, test = found.name.partition(".")
    dot = found.name.rfind(".")
    while dot > 0:
        if found.name[:dot] in elements:
            name, test = found.name[:dot], found.name[dot + 1 :]
            break
        dot = found.name.rfind(".", 0, dot)
    fields = found.value.split(":", _QUALITY_FIELDS - 1)
    if len(fields) == _QUALITY_FIELDS and fields[0] == "st":
        _, code, result, algorithm, message = fields
        with contextlib.suppress(ValueError):
            return QualityResult(
                name, test, int(code), float(result), algorithm, message
            )
    words = f"the quality result cannot be read: {found.value}"
    return QualityResult(name, test, _INVALID, -1.0, "", words)


def obj_string(data: bytes) -> str:
    """Decode the text of a ``TObjString``.

    Raises:
        DamagedError: its bytes are corrupt.
        UnknownLayoutError: it is of another version than 1.
    """
    if len(data) < _OBJ_STRING.size:
        message = "a TObjString is cut short"
        raise DamagedError(message)
    count, version, base, _, bits, length = _OBJ_STRING.unpack_from(data)
    if version != 1 or base != 1 or bits & _REFERENCED:
        raise UnknownLayoutError
    start = _OBJ_STRING.size
    if length == _LONG_STRING:
        length = int.from_bytes(data[start : start + 4], "big")
        start += 4
    if count != _COUNTED | (len(data) - 4) or start + length != len(data):
        message = "the sizes in a TObjString do not add up"
        raise DamagedError(message)
    return text(data[start:])

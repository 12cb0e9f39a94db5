"""Values as a layout has them on one line: ``[{mean: {warn_above: 1}}]``.

The console process reads no YAML; this is what can be typed into a field of the form.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[][{},]|:(?=[\s\]},[{]|$))"""
    r"""|(?P<double>"(?:[^"\\]|\\.)*")|'(?P<single>(?:[^']|'')*)'"""
    r"""|(?P<bare>(?:[^][{},:"'\s]|:(?![\s\]},[{]|$)|[ \t](?=[^][{},:\s])"""
    r"""|(?<=\S)["'])+))"""
)
_PLAIN = re.compile(r"[A-Za-z_][\w./*-]*")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_YES_NO = ("yes", "no", "on", "off", "y", "n")
_DEPTH = 20


def flow_value(text: str) -> Any:  # noqa: ANN401 - as YAML has it
    """The value that a text stands for, in YAML's flow style or JSON.

    Raises:
        ValueError: it is none; says why.
    """
    marks: list[tuple[bool, Any]] = []  # a mark, or a value
    at, text = 0, text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            message = f"cannot be read from {text[at : at + 20].strip()} on"
            raise ValueError(message)
        marks.append(_read(found))
        at = found.end()
    marks.reverse()
    value = _pair(marks, _DEPTH)
    if marks:
        message = f"cannot be read from {marks[-1][1]} on"
        raise ValueError(message)
    return value


def flow_text(value: object) -> str:
    """Write a value on one line as a layout has it."""
    if isinstance(value, list):
        return f"[{', '.join(map(flow_text, value))}]"
    if isinstance(value, dict):
        keys = (
            key if _NUMBER.fullmatch(key) else flow_text(key) for key in map(str, value)
        )
        inner = map(": ".join, zip(keys, map(flow_text, value.values()), strict=True))
        return f"{{{', '.join(inner)}}}"
    plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    if isinstance(value, str) and plain and value.lower() not in (*_WORDS, *_YES_NO):
        return value
    return msgspec.json.encode(value).decode()


def _read(found: re.Match[str]) -> tuple[bool, Any]:
    if found["mark"]:
        return True, found["mark"]
    if found["single"] is not None:
        return False, found["single"].replace("''", "'")
    word = found["double"] or found["bare"].strip()
    if word in _WORDS:
        return False, _WORDS[word]
    try:
        return False, msgspec.json.decode(word)
    except msgspec.DecodeError:
        return False, float(word) if _NUMBER.fullmatch(word) else word


def _pair(marks: list[tuple[bool, Any]], depth: int) -> Any:  # noqa: ANN401
    """A value, or ``key: value`` without braces; what was read is taken away."""
    value = _value(marks, depth)
    if marks[-1:] != [(True, ":")]:
        return value
    marks.pop()
    return {_key(value): _rest(marks, depth)}


def _value(marks: list[tuple[bool, Any]], depth: int) -> Any:  # noqa: ANN401
    is_mark, value = marks.pop() if marks else (True, "the end")
    if not is_mark:
        return value
    if value not in ("[", "{") or not depth:
        message = f"a value is missing before {value}" if depth else "it is too deep"
        raise ValueError(message)
    end = (True, "]" if value == "[" else "}")
    items: list[Any] = []
    while marks[-1:] != [end]:
        items.append(_pair(marks, depth - 1))
        if marks[-1:] == [(True, ",")]:
            marks.pop()
        elif marks[-1:] != [end]:
            message = f"{end[1]} is missing"
            raise ValueError(message)
    marks.pop()
    if value == "[":
        return items
    made: dict[Any, Any] = {}
    for each in items:
        made.update(each if isinstance(each, dict) else {_key(each): None})
    return made


def _key(value: object) -> str:
    if isinstance(value, list | dict):
        message = "a list or mapping is no key"
        raise ValueError(message)  # noqa: TRY004 - of what was typed
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _rest(marks: list[tuple[bool, Any]], depth: int) -> Any:  # noqa: ANN401
    """What follows a colon; None where nothing does."""
    if not marks or marks[-1] in ((True, ","), (True, "}"), (True, "]")):
        return None
    return _value(marks, depth)

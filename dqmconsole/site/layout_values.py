"""Values as YAML in the style of a layout file."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from dqmconsole.site.layout_text import EditRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.site.layout_text import LayoutText, Node

WIDTH = 100  # columns of a line that is still written in one

# As layouts write the keys of a plot, page and layout; what stands nowhere comes last.
_ORDER = (
    "layout", "page", "path", "title", "owner", "description", "audience",
    "instruction", "span", "columns", "needs", "run_types", "defaults", "reference",
    "draw", "overlay", "accumulates", "window", "stale_after", "checks",
    "quality_results", "quality_persist", "alarm", "consequence", "feeds", "axes",
    "part", "flag",
)  # fmt: skip
_LAST = ("plots", "pages")
_NO = {"yes": "no", "true": "false", "on": "off"}
_RANK = {key: at for at, key in enumerate(_ORDER)}
_NUMBER = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_PLAIN = re.compile(
    r"[\w./(][^\x00-\x1f\x7f:#\"\\]*(?:(?::(?=\S)|(?<=\S)#)[^:#\"\\]*)*"
)
_FLOW = re.compile(r"[][{},:?]")
# what JSON leaves as it is, but YAML reads as the end of a line, or not at all
_CONTROL = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_CARRIED = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff\ufeff]")
# what YAML may take for no text: numbers, times, yes and no
_NO_TEXT = re.compile(
    r"~|null|true|false|yes|no|on|off|y|n|=|<<.*|\.(?:inf|nan)|"
    r"[-+.\d][-+.,:_\dA-FOTXZ ]*",
    re.IGNORECASE,
)


def rank(key: str) -> int:
    """Where a key stands among those of its mapping."""
    return 99 if key in _LAST else _RANK.get(key, 98)


def scalar_value(node: Node) -> Any:  # noqa: ANN401 - whichever it was written as
    """A scalar as layouts are read: text, whole number, number, bool or None."""
    text = node.value
    if node.style:
        return text
    if node.is_null:
        return None
    if text.lower() in ("yes", "true", "on", "no", "false", "off"):
        return text.lower() in ("yes", "true", "on")
    if re.fullmatch(r"[-+]?[0-9][0-9_]{0,24}", text):
        return int(text.replace("_", ""))
    if _NUMBER.fullmatch(text):
        return float(text.replace("_", ""))
    return text


def same(old: object, new: object) -> bool:
    """Tell whether two values are one in YAML, where True is no 1."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same, old, new))
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    return (type(old) is type(new) and old == new) or _numbers_alike(old, new)


def _numbers_alike(old: object, new: object) -> bool:
    numbers = isinstance(old, int | float) and isinstance(new, int | float)
    return numbers and old == new


def plainly(value: object) -> Any:  # noqa: ANN401 - whatever YAML holds
    """A value with lists for tuples.

    Raises:
        EditRefusedError: it is none that a layout can hold.
    """
    if isinstance(value, dict):
        return {str(key): plainly(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        message = "a number must be finite"
        raise EditRefusedError(message, "value")
    if isinstance(value, str) and _NOT_CARRIED.search(value):
        message = "a text holds a character that no file can carry"
        raise EditRefusedError(message, "value")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    message = f"a {type(value).__name__} cannot be written into a layout"
    raise EditRefusedError(message, "value")


def scalar(text: str, *, flow: bool = False, style: str = "") -> str:
    """A text as one line of YAML, in quotes where it needs them.

    Args:
        text: the text.
        flow: it stands in a list or mapping in brackets.
        style: quotes to be taken where they can be, or "".
    """
    plain = (
        not style
        and _PLAIN.fullmatch(text) is not None
        and text == text.strip()
        and text.isprintable()
        and not (flow and _FLOW.search(text))
        and not _NO_TEXT.fullmatch(text)
        and "{" not in text
    )
    if plain:
        return text
    escapes = '"' in text or "\\" in text
    if text.isprintable() and (style == "'" or (escapes and not style)):
        return "'" + text.replace("'", "''") + "'"
    quoted = json.dumps(text, ensure_ascii=False)
    return _CONTROL.sub(lambda each: f"\\u{ord(each[0]):04x}", quoted)


def inline(
    value: object, style: str = "", *, flow: bool = False, yes: str = "true"
) -> str:
    """A value in one line.

    Args:
        value: it.
        style: how the text before it was quoted.
        flow: it stands in brackets or braces.
        yes: the word for True.
    """
    if isinstance(value, dict):
        inner = ", ".join(
            f"{key_text(key)}: {inline(each, flow=True, yes=yes)}"
            for key, each in value.items()
        )
        return f"{{{inner}}}"
    if isinstance(value, list | tuple):
        inner = ", ".join(inline(each, flow=True, yes=yes) for each in value)
        return f"[{inner}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return yes if value else _NO[yes]
    if isinstance(value, int | float):
        return number_text(value)
    return scalar(str(value), flow=flow, style=style)


def key_text(key: str) -> str:
    """A key as it stands before its colon."""
    return key if key in ("x", "y", "z") else scalar(key, flow=True)


class Writer:
    """Writes values as a file writes its own.

    Args:
        text: the file.
    """

    def __init__(self, text: LayoutText) -> None:
        self._flow = text.flow or not text.pages
        self._yes = text.yes

    def inline(self, value: object, style: str = "", *, flow: bool = False) -> str:
        """A value in one line; see :func:`inline`."""
        return inline(plainly(value), style, flow=flow, yes=self._yes)

    def lines(self, value: object, column: int) -> list[str]:
        """A mapping or list, each key or item on lines of its own."""
        indent = " " * column
        made: list[str] = []
        if isinstance(value, dict):
            for key, each in value.items():
                made += self.entry(key, each, column)
            return made
        assert isinstance(value, list)
        for each in value:
            made += self.item(each, column)
        return made or [f"{indent}[]"]

    def entry(self, key: str, value: object, column: int) -> list[str]:
        """A key with its value, as lines."""
        name = f"{' ' * column}{key_text(key)}:"
        if self.in_one(value, len(name) + 1):
            return [f"{name} {self.inline(value)}"]
        return [name, *self.lines(value, column + 2)]

    def item(self, value: object, column: int) -> list[str]:
        """An item of a list, as lines that begin with its dash."""
        dash = f"{' ' * column}- "
        nested = isinstance(value, dict) and any(
            isinstance(each, dict) for each in value.values()
        )
        if not nested and self.in_one(value, column + 2):
            return [dash + self.inline(value)]
        first, *rest = self.lines(value, column + 2)
        return [dash + first[column + 2 :], *rest]

    def in_one(self, value: object, column: int) -> bool:
        """Tell whether a value is written in one line that begins at a column."""
        if not isinstance(value, dict | list) or not value:
            return True
        items: Sequence[object] = value if isinstance(value, list) else ()
        if not self._flow or any(isinstance(each, dict) for each in items):
            return False
        return column + len(self.inline(value)) <= WIDTH


def number_text(value: float) -> str:
    """A number as YAML reads one, whole ones without a point."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    # without a point YAML 1.1 takes it for a text
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else text

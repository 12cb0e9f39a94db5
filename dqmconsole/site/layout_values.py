"""Values as YAML in the style of a layout file."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from dqmconsole.site.layout_text import EditRefusedError
from dqmconsole.site.yaml_text import LOADER

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
    "flag",
)  # fmt: skip
_LAST = ("plots", "pages")
_RANK = {key: at for at, key in enumerate(_ORDER)}
_NUMBER = re.compile(r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)([eE][-+]?[0-9]{1,4})?")
_WORD = re.compile(r"[A-Za-z_][\w.+-]*")
_BRACES = re.compile(r"[{}\[\]]")


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
    if value is None or isinstance(value, str | bool | int | float):
        return value
    message = f"a {type(value).__name__} cannot be written into a layout"
    raise EditRefusedError(message, "value")


class Writer:
    """Writes values as a file writes its own.

    Args:
        text: the file.
    """

    def __init__(self, text: LayoutText) -> None:
        self._flow = text.flow or not text.pages
        self._yes = text.yes
        self._no = {"yes": "no", "true": "false", "on": "off"}[text.yes]

    def inline(self, value: object, style: str = "", *, flow: bool = False) -> str:
        """A value in one line.

        Args:
            value: it.
            style: how the text before it was quoted.
            flow: it stands in brackets or braces.
        """
        if isinstance(value, dict):
            inner = ", ".join(
                f"{self.key(key)}: {self.inline(each, flow=True)}"
                for key, each in value.items()
            )
            return f"{{{inner}}}"
        if isinstance(value, list):
            inner = ", ".join(self.inline(each, flow=True) for each in value)
            return f"[{inner}]"
        if value is None:
            return "null"
        if isinstance(value, bool):
            return self._yes if value else self._no
        if isinstance(value, int | float):
            return number_text(value)
        return _quoted(str(value), style, flow=flow)

    def key(self, key: str) -> str:
        """A key."""
        return _quoted(key, "", flow=True)

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
        name = f"{' ' * column}{self.key(key)}:"
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


def _quoted(text: str, style: str, *, flow: bool) -> str:
    if re.search("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff\ufeff]", text):
        message = "a text holds a character that no file can carry"
        raise EditRefusedError(message, "value")
    if style == "'" and "\n" not in text:
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and _is_plain(text, flow=flow):
        return text
    if ('"' in text or "\\" in text) and re.search("[\n\u2028\u2029]", text) is None:
        return "'" + text.replace("'", "''") + "'"
    made = json.dumps(text, ensure_ascii=False)
    return made.replace("\u2028", "\\L").replace("\u2029", "\\P").replace("\xa0", "\\_")


def _is_plain(text: str, *, flow: bool) -> bool:
    """Tell whether a text says the same without quotes."""
    if _WORD.fullmatch(text) is None:
        if not text or text != text.strip() or "\n" in text or _BRACES.search(text):
            return False
        if ": " in text or " #" in text or text[-1] == ":" or text[0] in "&*!|>%@`?-":
            return False
        if flow and "," in text:
            return False
        if not text.isprintable():
            return False
    try:
        found = yaml.load(f"[{text}]" if flow else f"k: {text}", Loader=LOADER)
    except yaml.YAMLError:
        return False
    if found != ([text] if flow else {"k": text}):
        return False
    return _NUMBER.fullmatch(text) is None

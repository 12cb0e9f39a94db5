r"""Brace lists in the texts of a plot: ``{1..4}``, ``{01..12}``, ``{a,b,c}``.

They look as in a shell, but all lists of one plot run in step instead of being
combined. A brace without comma or ``..`` is a brace (``p_{T}``); ``\{`` is one too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ITEMS = 5000
MAX_LENGTH = 2000
MAX_NESTING = 10

_NUMBERS = re.compile(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})(?:\.\.(-?[0-9]{1,9}))?")
_LETTERS = re.compile(r"([A-Za-z])\.\.([A-Za-z])")
_ESCAPED = "{},\\"
_ESCAPABLE = re.compile(r"[{}\\]")


class BraceError(ValueError):
    """A brace list that cannot be expanded.

    Attributes:
        index: which of the texts is wrong.
    """

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


def in_step(texts: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Expand texts together: row i holds every text with its i-th items.

    Args:
        texts: the texts of one plot; one without a list repeats in every row.

    Returns:
        As many rows as the lists have items; one row when there is no list.

    Raises:
        BraceError: lists differ in length, or one cannot be read.
    """
    pieces = []
    length: int | None = None
    for index, text in enumerate(texts):
        if len(text) > MAX_LENGTH:
            message = f"a text of more than {MAX_LENGTH} characters"
            raise BraceError(message, index)
        try:
            pieces.append(_pieces(text))
        except BraceError as error:
            raise BraceError(str(error), index) from None
        for piece in pieces[-1]:
            if isinstance(piece, str):
                continue
            if length is not None and len(piece) != length:
                message = (
                    f'a list of {len(piece)} in "{text}", but one of {length} before '
                    "it: all brace lists of a plot have one length"
                )
                raise BraceError(message, index)
            length = len(piece)
    return tuple(
        tuple(
            "".join(piece if isinstance(piece, str) else piece[row] for piece in parts)
            for parts in pieces
        )
        for row in range(1 if length is None else length)
    )


def escaped(text: str) -> str:
    """A text in which every brace is one: as it is where none could be a list."""
    try:
        if not _BRACE.search(text) or in_step((text,)) == ((text,),):
            return text
    except BraceError:
        pass
    return _BRACE.sub(r"\\\1", text)


def brace_text(texts: Sequence[str]) -> str | None:
    """One text that expands to several, in their order; None where there is none.

    What differs is a range (``{1..4}``) where it is numbers in even steps, else a list.
    """
    if len(set(texts)) == 1:
        return escaped(texts[0])
    for pattern in (_PARTS, _SIGNED):
        split = [pattern.findall(text) for text in texts]
        if len(set(map(len, split))) == 1:
            break
    else:
        split = _ends_and_middle(texts)
    made: list[tuple[str, str]] = []  # as it is, and with its braces escaped
    differing: list[str] | None = None
    for column in (*zip(*split, strict=True), None):
        if column is not None and len(set(column)) > 1:
            before = differing or [""] * len(texts)
            differing = [a + b for a, b in zip(before, column, strict=True)]
            continue
        if differing is not None:
            made.append((_range_or_list(differing),) * 2)
            differing = None
        if column is not None:
            made.append((column[0], _BRACE.sub(r"\\\1", column[0])))
    for form in zip(*made, strict=True):
        text = "".join(form)
        try:
            if in_step((text,)) == tuple((each,) for each in texts):
                return text
        except BraceError:
            continue
    return None


_PARTS = re.compile(r"[0-9]+|[^\W\d_]+|.", re.DOTALL)
_SIGNED = re.compile(r"-?[0-9]+|[^\W\d_]+|.", re.DOTALL)
_BRACE = re.compile(r"([{}\\])")


def _ends_and_middle(texts: Sequence[str]) -> list[list[str]]:
    """Texts in what all begin with, what differs, and what all end with."""
    least = min(map(len, texts))
    first = texts[0]
    begin = end = 0
    while begin < least and all(each[begin] == first[begin] for each in texts):
        begin += 1
    while end < least - begin and all(
        each[-1 - end] == first[-1 - end] for each in texts
    ):
        end += 1
    while begin and first[begin - 1].isalnum():  # whole words
        begin -= 1
    while end and first[-end].isalnum():
        end -= 1
    return [
        [each[:begin], each[begin : len(each) - end], each[len(each) - end :]]
        for each in texts
    ]


def _range_or_list(items: Sequence[str]) -> str:
    """Items as a range, where that says the same, else as a list."""
    if all(re.fullmatch(r"0|-?[1-9][0-9]{0,8}|0[0-9]{1,8}", each) for each in items):
        step = int(items[1]) - int(items[0])
        stride = "" if abs(step) == 1 else f"..{abs(step)}"
        found = f"{{{items[0]}..{items[-1]}{stride}}}"
        short = not stride or len(items) > 2  # {1,5} is read better than {1..5..4}
        try:
            if step and short and in_step((found,)) == tuple((each,) for each in items):
                return found
        except BraceError:
            pass
    return "{" + ",".join(re.sub(r"([{},\\])", r"\\\1", each) for each in items) + "}"


def _pieces(text: str) -> list[str | tuple[str, ...]]:
    if not _ESCAPABLE.search(text):
        return [text]
    pieces: list[str | tuple[str, ...]] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and text[at + 1 : at + 2] in tuple(_ESCAPED):
            pieces.append(text[at + 1])
            at += 2
        elif letter == "{":
            parts, at = _parts(text, at)
            items = _items(parts)
            if items is None:
                pieces += ["{", *_pieces(",".join(parts)), "}"]
            else:
                pieces.append(items)
        elif letter == "}":
            message = f'a "}}" without "{{" in "{text}"; write \\}} for a plain brace'
            raise BraceError(message)
        else:
            pieces.append(letter)
            at += 1
    return pieces


def _parts(text: str, start: int) -> tuple[list[str], int]:
    """What stands in a brace, parted at its commas, and where the text goes on."""
    parts = [""]
    depth = 0
    at = start
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            parts[-1] += text[at : at + 2]
            at += 2
            continue
        depth += (letter == "{") - (letter == "}")
        if depth > MAX_NESTING:
            message = f"braces nested more than {MAX_NESTING} deep"
            raise BraceError(message)
        at += 1
        if depth == 0:
            return parts, at
        if letter == "," and depth == 1:
            parts.append("")
        elif at > start + 1:
            parts[-1] += letter
    message = f'a "{{" that is never closed in "{text}"; write \\{{ for a plain brace'
    raise BraceError(message)


def _items(parts: list[str]) -> tuple[str, ...] | None:
    """The items of a brace; None for one that is no list."""
    body = ",".join(parts)
    if found := _NUMBERS.fullmatch(body):
        return _numbers(body, found[1], found[2], found[3])
    if found := _LETTERS.fullmatch(body):
        first, last = ord(found[1]), ord(found[2])
        way = 1 if last >= first else -1
        return tuple(chr(each) for each in range(first, last + way, way))
    if len(parts) == 1:
        if ".." in body and "{" not in body:
            message = (
                f'"{{{body}}}" is not a range such as {{1..4}} or {{a..d}}; '
                "write \\{ for a plain brace"
            )
            raise BraceError(message)
        return None
    if len(parts) > MAX_ITEMS:
        message = f"a brace list of more than {MAX_ITEMS} items"
        raise BraceError(message)
    items = []
    for part in parts:
        inner = _pieces(part)
        if not all(isinstance(piece, str) for piece in inner):
            message = f'a brace list inside another in "{{{body}}}": write it out'
            raise BraceError(message)
        items.append("".join(str(piece) for piece in inner))
    return tuple(items)


def _numbers(body: str, low: str, high: str, step: str | None) -> tuple[str, ...]:
    first, last = int(low), int(high)
    stride = abs(int(step)) if step else 1
    if stride == 0:
        message = f'a step of 0 in "{{{body}}}"'
        raise BraceError(message)
    way = 1 if last >= first else -1
    numbers = range(first, last + way, way * stride)
    if len(numbers) > MAX_ITEMS:
        message = f'"{{{body}}}" has more than {MAX_ITEMS} items'
        raise BraceError(message)
    padded = any(re.match(r"-?0[0-9]", each) for each in (low, high))
    width = max(len(low), len(high)) if padded else 0
    return tuple(f"{number:0{width}d}" for number in numbers)


# -- the way back ----------------------------------------------------------------------

_LONGEST_WORD = 3  # letters: longer ones are names, which are read better one by one
_MARKS = re.compile(r"[{},\\]")


def family(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], int]:
    """The first rows as one, with brace lists: what :func:`in_step` makes rows of.

    Numbers that go up or down by one step are a range; signs and words of up to three
    letters are a list. Rows belong together as long as the same places change.

    Args:
        rows: the texts of plots that stand one after the other, one at least.

    Returns:
        The texts with brace lists, or the first row with its braces escaped; and how
        many rows they stand for.
    """
    best, most = tuple(map(escaped, rows[0])), 1
    for tokens in (_PARTS, _SIGNED):
        for many in range(_alike(rows, tokens), most, -1):
            texts = _with_lists(rows[:many])
            if texts is not None:
                best, most = texts, many
                break
    return best, most


def _alike(rows: Sequence[tuple[str, ...]], pattern: re.Pattern[str]) -> int:
    """How many of the first rows differ in the same places, by the same steps."""
    if len(rows) < 2:
        return 1
    first = [pattern.findall(text) for text in rows[0]]
    before, changing, steps = first, None, None
    for many, row in enumerate(rows[1:MAX_ITEMS], 1):
        here = [pattern.findall(text) for text in row]
        if list(map(len, here)) != list(map(len, first)):
            return many
        places = [
            (at, item)
            for at, (old, new) in enumerate(zip(before, here, strict=True))
            for item in range(len(new))
            if old[item] != new[item]
        ]
        if changing is None:
            changing = places
        step = [_step(before[at][item], here[at][item]) for at, item in places]
        steps = steps or step
        if places != changing or step != steps or None in step:
            return many
        before = here
    return min(len(rows), MAX_ITEMS)


def _step(old: str, new: str) -> int | None:
    """From a number to the next; 0 between short words; None: not of one family."""
    try:
        return int(new) - int(old)
    except ValueError:
        short = max(len(old), len(new)) <= _LONGEST_WORD
        return 0 if short and not _MARKS.search(old + new) else None


def _with_lists(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The texts of rows with brace lists; None where these would not be exact."""
    texts: list[str] = []
    for column in zip(*rows, strict=True):
        if _MARKS.search(column[0].replace(",", "")):
            return None  # a plain brace beside a list is hard to read
        text = brace_text(column)
        if text is None:
            return None
        texts.append(text)
    try:
        exact = in_step(texts) == tuple(rows)
    except BraceError:
        return None
    distinct = len({row[0] for row in rows}) == len(rows)
    return tuple(texts) if exact and distinct else None

"""What the names of an experiment's files say: ``run_{run}.root | latest_{run}.root``.

A pattern is a name, with folders before it where files lie in subfolders, in which

* ``{run}`` stands for a number of 1 to 12 digits above 0, zeros before it apart;
* ``{lumisection}`` for one of 1 to 9 digits; a site that calls it a spill writes
  ``{spill}``;
* ``{time}`` for a moment as ``20261128T055959``, with or without signs between its
  parts, seconds or time of day, or for unix time in s or ms;
* ``{subsystem}`` and ``{client}`` (who wrote it, of several) for letters, digits and
  ``_ . + -``, the shortest that fits;
* ``*`` for anything within a name, or nothing; as in a shell, no dot at its beginning.

All else stands for itself. ``|`` stands between alternatives. A field that stands twice
is the same both times.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

RUN = "run"
LUMISECTION = "lumisection"
FIELDS = (RUN, LUMISECTION, "subsystem", "client", "time")
RUN_DIGITS = 12  # one more, and it could be taken for a time
LUMISECTION_DIGITS = 9
MAX_WIDE = 3  # of *, {subsystem} and {client} in one alternative: each multiplies work
MAX_ALTERNATIVES = 8
MAX_LENGTH = 500
CACHED = 100_000  # names
MAX_DEPTH = 4  # folders before the name

_ANY = "*"
_WIDE = frozenset((_ANY, "subsystem", "client"))
_DATE = r"[0-9]{4}[-_.]?[0-9]{2}[-_.]?[0-9]{2}"
_CLOCK = r"[-_.T ]?[0-9]{2}[-_.:h]?[0-9]{2}(?:[-_.:m]?[0-9]{2})?"
_REGEX = {
    RUN: "[0-9]++",  # all digits that stand there
    LUMISECTION: "[0-9]++",
    "subsystem": r"[\w.+-]+?",
    "client": r"[\w.+-]+?",
    "time": f"{_DATE}(?:{_CLOCK})?|[0-9]{{13}}|[0-9]{{10}}",
    _ANY: "[^/]*?",
}
_WANTED = {
    RUN: "digits",
    LUMISECTION: "digits",
    "subsystem": "letters or digits",
    "client": "letters or digits",
    "time": "a time such as 20261128T055959",
}
_PIECE = re.compile(r"\{([^{}]*)\}|(\*)|([^{}*]+)|([{}])")
_DIGITS = re.compile(r"[0-9]+")
_RUN_WORD = re.compile(r"run[^A-Za-z0-9]*$", re.IGNORECASE)
_NUMBER = re.compile(r"((?<![0-9])[0-9]{8}[-_T][0-9]{6}(?![0-9])|[0-9]+)")


class PatternError(ValueError):
    """A text that is no pattern of file names; says what is wrong with it."""


class Named(NamedTuple):
    """What the name of a file says.

    Attributes:
        run: its number, or None.
        lumisection: its number, or None.
        subsystem, client: as written, or "".
        time: YYYYMMDDhhmmss as one number, as it is written; of unix time in UTC; or
            None.
        alternative: index of the one that matched.
    """

    run: int | None = None
    lumisection: int | None = None
    subsystem: str = ""
    client: str = ""
    time: int | None = None
    alternative: int = 0


class _Part(NamedTuple):
    """A part of an alternative: one of the fields, ``*``, or a literal text."""

    field: str
    text: str = ""


class FilePattern:
    """The names that a source's files have.

    Args:
        text: the pattern.
        word: what else ``{lumisection}`` may be called.

    Attributes:
        text: the pattern, as it was written.
        word: as it was given.
        fields: those that stand in it anywhere.

    Raises:
        PatternError: it is no pattern.
    """

    def __init__(self, text: str, word: str = LUMISECTION) -> None:
        self.text = text.strip()
        self.word = word
        if len(text) > MAX_LENGTH:
            message = f"a pattern has at most {MAX_LENGTH} characters"
            raise PatternError(message)
        written = [each.strip() for each in text.split("|")]
        if len(written) > MAX_ALTERNATIVES:
            message = (
                f"at most {MAX_ALTERNATIVES} alternatives, here are {len(written)}"
            )
            raise PatternError(message)
        self._alternatives = [_parts(each, word) for each in written]
        self._regexes = [re.compile(_regex(each)) for each in self._alternatives]
        self._folders = [
            re.compile(_regex(parts))
            for each in written
            for cut in range(each.count("/"))
            if (parts := _parts("/".join(each.split("/")[: cut + 1]), word))
        ]
        self._once = functools.lru_cache(CACHED)(self._match)
        self.fields = frozenset(
            part.field for parts in self._alternatives for part in parts if part.field
        ) - {_ANY}

    def match(self, file: str) -> Named | None:
        """What a file's name says; None where it is no name of this pattern.

        Each name is looked at once, for folders are scanned again and again.

        Args:
            file: path below the source's folder.
        """
        return self._once(file)

    def _match(self, file: str) -> Named | None:
        for index, regex in enumerate(self._regexes):
            found = regex.fullmatch(file)
            if found is not None:
                named = _named(found.groupdict(), index)
                if isinstance(named, Named):
                    return named
        return None

    def leads_into(self, folder: str) -> bool:
        """Tell whether files of the pattern may lie in a subfolder, or below it.

        Args:
            folder: path below the source's folder.
        """
        return any(each.fullmatch(folder) for each in self._folders)

    def why_not(self, file: str) -> str:
        """Why a file's name is none of this pattern; "" where it is one."""
        if self.match(file) is not None:
            return ""
        return max(self._why(file, i) for i in range(len(self._regexes)))[1]

    def nearest(self, files: Iterable[str]) -> str:
        """The file of these that nearly is one of the pattern; "" of none."""
        reach = {
            each: max(self._why(each, i)[0] for i in range(len(self._regexes)))
            for each in sorted(files)
        }
        return max(reach, key=lambda each: reach[each], default="")

    def _why(self, file: str, index: int) -> tuple[float, str]:
        """How far a name fits an alternative, from 0 to 1, and why no further."""
        parts = self._alternatives[index]
        found = self._regexes[index].fullmatch(file)
        if found is not None:
            return 1.0, str(_named(found.groupdict(), index))
        for count in range(len(parts), -1, -1):
            begun = re.match(_regex(parts[:count], greedy=True), file)
            if begun is None:
                continue
            end = begun.end()
            rest = file[end:]
            after = f'after "{file[:end]}"' if end else "at its beginning"
            share = end / max(len(file), 1)
            if count == len(parts):
                return share, f'"{rest}" is left over at its end'
            part = parts[count]
            stands = f'stands "{rest}"' if rest else "it ends"
            if part.field:
                wanted = f"{{{part.field}}}, {_WANTED.get(part.field, '')}"
                return share, f"{after} {stands}, wanted is {wanted}"
            common = _common([part.text, rest])
            if common:
                share = (end + len(common)) / len(file)
                after = f'after "{file[: end + len(common)]}"'
                rest = rest[len(common) :]
                stands = f'stands "{rest}"' if rest else "it ends"
            wanted = part.text[len(common) :]
            why = f'{after} {stands}, wanted is "{wanted}"'
            if rest.casefold().startswith(wanted.casefold()):
                why += " (upper and lower case count)"
            return share, why
        return 0.0, "it is another name"


def time_key(text: str) -> int | None:
    """A ``{time}`` as YYYYMMDDhhmmss; None where it is no time."""
    digits = "".join(_DIGITS.findall(text))
    if len(digits) in (10, 13) and digits == text:
        return key_of_time(int(digits) / (1 if len(digits) == 10 else 1000))
    whole = digits.ljust(14, "0")
    try:
        there = datetime.datetime.strptime(whole, "%Y%m%d%H%M%S")  # noqa: DTZ007 - as it is written
    except ValueError:
        return None
    return int(whole) if there.year >= 1970 else None


def key_of_time(when: float) -> int | None:
    """A unix time, s, as YYYYMMDDhhmmss in UTC; None for what is no time."""
    try:
        there = datetime.datetime.fromtimestamp(when, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return int(there.strftime("%Y%m%d%H%M%S")) if there.year >= 1970 else None


def proposed(files: Iterable[str]) -> str:
    """A pattern that the names of files follow; "" where none shows.

    The number after "run", else the longest that differs between them, is ``{run}`` or
    ``{time}``; words that differ are ``{client}``.
    """
    names = sorted(set(files))[:1000]
    split = [_NUMBER.split(each) for each in names]
    if not split:
        return ""
    lengths = Counter(map(len, split))
    most = max(lengths, key=lambda each: (lengths[each], each))
    alike = [each for each in split if len(each) == most]
    first = alike[0]
    differs = [len({each[i] for each in alike}) > 1 for i in range(most)]
    run = max(
        range(1, most, 2),
        key=lambda i: (
            _RUN_WORD.search(first[i - 1]) is not None,
            differs[i],
            len(first[i]),
            i,
        ),
        default=-1,
    )
    written = ""
    for i, text in enumerate(first):
        if i == run:
            written += "{time}" if time_key(text) and len(text) >= 8 else "{run}"
        elif differs[i]:
            known = "{client}" in written
            written += _between([each[i] for each in alike], known=known)
        else:
            written += text
    try:
        pattern = FilePattern(written)
    except PatternError:
        return ""
    return written if any(map(pattern.match, names)) else ""


def _common(texts: list[str]) -> str:
    """What all texts begin with."""
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*texts, strict=False))
    return "".join(signs[0] for signs in alike)


def _between(texts: list[str], *, known: bool) -> str:
    """The words that differ in the middle of some texts as a field, or ignored."""
    begin = re.sub(r"[^\W_]*$", "", _common(texts))
    rest = [each[len(begin) :] for each in texts]
    end = re.sub(r"[^\W_]*$", "", _common([each[::-1] for each in rest]))[::-1]
    middles = [each[: len(each) - len(end)] for each in rest]
    return begin + ("{client}" if all(middles) and not known else _ANY) + end


def _parts(text: str, word: str) -> list[_Part]:
    """The parts of one alternative; `word` is what else a lumisection may be called."""
    _check_form(text)
    parts: list[_Part] = []
    for field, star, literal, brace in _PIECE.findall(text):
        if brace:
            message = f'"{text}" has a "{brace}" without its other'
            raise PatternError(message)
        if literal:
            parts.append(_Part("", literal))
            continue
        name = LUMISECTION if field == word else field
        if not star and name not in FIELDS:
            known = ", ".join(f"{{{each}}}" for each in FIELDS)
            message = f'"{{{field}}}" is none of {known}'
            raise PatternError(message)
        name = _ANY if star else name
        before = parts[-1].field if parts else ""
        pair = {before, name}
        if before and (_ANY not in pair or pair <= _WIDE):
            shown = [_ANY if each == _ANY else f"{{{each}}}" for each in (before, name)]
            message = (
                f'nothing stands between {shown[0]} and {shown[1]} in "{text}": where '
                "does one end?"
            )
            raise PatternError(message)
        parts.append(_Part(name))
    wide = sum(part.field in _WIDE for part in parts)
    if wide > MAX_WIDE:
        message = f'"{text}" has {wide} of *, {{subsystem}}, {{client}}: at most 3'
        raise PatternError(message)
    return parts


def _check_form(text: str) -> None:
    """See that an alternative is a path below the source's folder."""
    if not text:
        message = "a pattern with nothing in it; such as run_{run}.root"
        raise PatternError(message)
    steps = text.split("/")
    if "" in steps or "." in steps or ".." in steps:
        message = f'"{text}" is no path below the folder of the source'
        raise PatternError(message)
    if len(steps) > MAX_DEPTH + 1:
        message = f'"{text}" lies {len(steps) - 1} folders deep: at most {MAX_DEPTH}'
        raise PatternError(message)
    if not text.isprintable():
        message = f"{text!r} has signs that cannot be shown"
        raise PatternError(message)


def _regex(parts: list[_Part], *, greedy: bool = False) -> str:
    """The regular expression of parts that stand in a row.

    Args:
        parts: the parts.
        greedy: they are the beginning of a name, and the last takes all it can.
    """
    written, known = "", set()
    for i, part in enumerate(parts):
        if not part.field:
            written += re.escape(part.text)
            continue
        regex = _REGEX[part.field]
        if greedy and i == len(parts) - 1:
            regex = regex.replace("+?", "+").replace("*?", "*")
        if part.field == _ANY:
            begins = i == 0 or parts[i - 1].text.endswith("/")
            written += rf"(?!\.){regex}" if begins else regex
        elif part.field in known:
            written += f"(?P={part.field})"
        else:
            known.add(part.field)
            inside = i > 0 and parts[i - 1].field in _WIDE and "[0-9]++" in regex
            begins_there = "(?<![0-9])" if inside else ""
            written += f"{begins_there}(?P<{part.field}>{regex})"
    return written


def _named(found: dict[str, str | None], index: int) -> Named | str:
    """What the fields of a name say; in words why they cannot."""
    numbers: dict[str, int | None] = {}
    for field, digits in ((RUN, RUN_DIGITS), (LUMISECTION, LUMISECTION_DIGITS)):
        text = found.get(field)
        numbers[field] = None
        if text is None:
            continue
        number = text.lstrip("0")
        if len(number) > digits:
            many = len(number)
            return f"{{{field}}} has at most {digits} digits, here are {many}"
        if not number and field == RUN:
            return "{run} is a number above 0, here is 0"
        numbers[field] = int(number or "0")
    written = found.get("time")
    key = None if written is None else time_key(written)
    if written is not None and key is None:
        return f'{{time}} is no time: "{written}"'
    return Named(
        numbers[RUN],
        numbers[LUMISECTION],
        found.get("subsystem") or "",
        found.get("client") or "",
        key,
        index,
    )

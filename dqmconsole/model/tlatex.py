"""Titles in ROOT's TLatex, as plain text and as runs of text that can be drawn.

The language: https://root.cern/doc/master/classTLatex.html. As ROOT does, a command
is the longest known name behind the ``#``, whatever follows it: ``#Deltat`` is Δt.
What ROOT would refuse (braces that do not match) is read as far as it makes sense.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_LETTERS = {
    **{
        name: unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
        for name in (
            *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"),
            *("iota", "kappa", "mu", "nu", "xi", "omicron", "pi", "rho", "sigma"),
            *("tau", "upsilon", "phi", "chi", "psi", "omega"),
        )
    },
    "lambda": "\N{GREEK SMALL LETTER LAMDA}",  # so Unicode spells it
}
_TABLE = """
varepsilon ε vartheta ϑ varphi φ varsigma ς varomega ϖ hbar ħ
pm ± mp ∓ times × divide ÷ cdot · upoint · plus + minus − / / circ ° bullet • ast *
leq ≤ geq ≥ neq ≠ LT < GT > equiv ≡ approx ≈ propto ∝ sim ~ infty ∞ 3dots …
partial ∂ nabla ∇ sum Σ prod ∏ int ∫ surd √ forall ∀ exists ∃ in ∈ notin ∉
leftrightarrow ↔ leftarrow ← uparrow ↑ rightarrow → downarrow ↓ downleftarrow ↵
Leftrightarrow ⇔ Leftarrow ⇐ Uparrow ⇑ Rightarrow ⇒ Downarrow ⇓
cap ∩ supset ⊃ supseteq ⊇ notsubset ⊄ subset ⊂ subseteq ⊆ wedge ∧
otimes ⊗ oplus ⊕ oslash ⊘ odot ⊙ parallel ∥ perp ⊥ angle ∠ corner ¬
Box □ box □ cbar | lbar | topbar ¯ doublequote ″ dagger † backslash \\
AA Å aa å aleph ℵ club ♣ diamond ♦ heart ♥ spade ♠
copyright © ocopyright © oright ® trademark ™
"""
_PAIRS = _TABLE.split()
_SYMBOLS = {
    **_LETTERS,
    **{name.capitalize(): letter.upper() for name, letter in _LETTERS.items()},
    **dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)),
    # which look like others in a source
    "varUpsilon": "\N{GREEK UPSILON WITH HOOK SYMBOL}",
    "ell": "\N{SCRIPT SMALL L}",
    "cup": "\N{UNION}",
    "vee": "\N{LOGICAL OR}",
    "prime": "\N{PRIME}",
    "Jgothic": "\N{BLACK-LETTER CAPITAL I}",
    "Rgothic": "\N{BLACK-LETTER CAPITAL R}",
}
_LONGEST = max(map(len, _SYMBOLS))

# accents, and whether they go on every letter of what they stand over
_ACCENTS = {
    "bar": ("\N{COMBINING MACRON}", True),
    "overline": ("\N{COMBINING OVERLINE}", True),
    "underline": ("\N{COMBINING LOW LINE}", True),
    "strike": ("\N{COMBINING LONG STROKE OVERLAY}", True),
    "slash": ("\N{COMBINING LONG SOLIDUS OVERLAY}", False),
    "vec": ("\N{COMBINING RIGHT ARROW ABOVE}", False),
    "hat": ("\N{COMBINING CIRCUMFLEX ACCENT}", False),
    "check": ("\N{COMBINING CARON}", False),
    "tilde": ("\N{COMBINING TILDE}", False),
    "dot": ("\N{COMBINING DOT ABOVE}", False),
    "ddot": ("\N{COMBINING DIAERESIS}", False),
    "acute": ("\N{COMBINING ACUTE ACCENT}", False),
    "grave": ("\N{COMBINING GRAVE ACCENT}", False),
}
_STYLES = frozenset(
    {"it", "bf", "font", "color", "scale", "kern", "lower", "mbox", "url"}
)
_WITH_ARGUMENT = re.compile(r"#([A-Za-z]+)(?:\[([^\[\]{}]{0,40})\])?(?=\{)")
_BRACKETS = re.compile(r"#(\[\]|\{\}|\|\||\(\))(?=\{)")
_DELIMITER = re.compile(r"#(?:left|right)([()\[\]{}|<>.])")
_DEEPEST = 40  # braces within braces; what lies deeper is plain text
_WIDEST = 40  # letters under one bar

_RAISED = {
    **dict(zip("+-−=()0123456789n", "⁺⁻⁻⁼⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ", strict=True)),
    **{each: each for each in "*°\N{PRIME}″†™"},
}
_LOWERED = dict(zip("+-−=()0123456789", "₊₋₋₌₍₎₀₁₂₃₄₅₆₇₈₉", strict=True))
_ONE_WORD = re.compile(r"[\w.,*±∞\u2032°⁰¹²³⁴-⁹⁺⁻₀-₉|'%\u0300-\u036f\u20d7]*")

_SCRIPT = 0.7  # size of what is raised or lowered, of the text around it
_UP, _DOWN = 0.36, -0.16  # by how much, in heights of the text around it
_SMALLEST = 0.5
_LARGEST = 4.0


class Run(NamedTuple):
    """Text of a title that is drawn in one piece.

    Attributes:
        text: what is written.
        rise: how far its line of writing lies above the title's, in heights of the
            title's font; negative below.
        size: its size, of the title's.
        bold, italic: how it is written.
    """

    text: str
    rise: float = 0.0
    size: float = 1.0
    bold: bool = False
    italic: bool = False


class _Piece(NamedTuple):
    """A part of a title: text, or a command with its arguments."""

    kind: str
    text: str = ""
    parts: tuple[tuple[_Piece, ...], ...] = ()
    option: str = ""


@lru_cache(maxsize=4096)
def plain_title(title: str) -> str:
    """A title as plain text, one line: ``E_{T} [#mum]``: E_T [μm].

    Raised and lowered figures are Unicode's, other things stand behind ``^`` or
    ``_``; fractions stand on one line. Unknown commands stay as they are written.
    """
    if not any(mark in title for mark in "#^_{@}"):
        return " ".join(title.split())
    return " ".join(_flat(_parsed(title)).split())


@lru_cache(maxsize=4096)
def title_runs(title: str) -> tuple[Run, ...]:
    """A title as runs to be drawn one behind the other; colours are dropped."""
    runs: list[Run] = []
    for run in _runs(_parsed(" ".join(title.split())), Run("")):
        if runs and run[1:] == runs[-1][1:]:
            runs[-1] = run._replace(text=runs[-1].text + run.text)
        elif run.text:
            runs.append(run)
    return tuple(runs)


# -- reading ---------------------------------------------------------------------


def _parsed(title: str) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    reader = _Reader(title)
    while not reader.ended:  # braces that nothing opened are left out
        pieces += reader.sequence(0)
    return tuple(pieces)


class _Reader:
    """Reads a title from left to right, every character once."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._at = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._title)

    def sequence(self, depth: int) -> tuple[_Piece, ...]:
        """Read up to a closing brace, and over it."""
        title, pieces, letters = self._title, list[_Piece](), list[str]()

        def add(piece: _Piece) -> None:
            if letters:
                pieces.append(_Piece("text", "".join(letters)))
                letters.clear()
            pieces.append(piece)

        while not self.ended:
            letter, behind = title[self._at], title[self._at + 1 : self._at + 2]
            if letter == "}":
                self._at += 1
                break
            if letter == "{":
                add(_Piece("group", parts=(self._argument(depth),)))
            elif letter in "^_" and behind == "{":
                self._at += 1
                kind = "up" if letter == "^" else "down"
                add(_Piece(kind, parts=(self._argument(depth),)))
            elif letter == "#":
                command = self._command(depth)
                if command is None:
                    letters.append(self._symbol())
                else:
                    add(command)
            elif letter == "@" and behind and behind in "{}[]#":  # an escape
                letters.append(behind)
                self._at += 2
            else:
                letters.append(letter)
                self._at += 1
        if letters:
            pieces.append(_Piece("text", "".join(letters)))
        return tuple(pieces)

    def _argument(self, depth: int) -> tuple[_Piece, ...]:
        """Read what stands in braces; nothing where there are none."""
        if not self._title.startswith("{", self._at):
            return ()
        self._at += 1
        if depth < _DEEPEST:
            return self.sequence(depth + 1)
        began, opened = self._at, 1
        while opened and not self.ended:
            opened += {"{": 1, "}": -1}.get(self._title[self._at], 0)
            self._at += 1
        text = self._title[began : self._at].replace("{", "").replace("}", "")
        return (_Piece("text", text),)

    def _command(self, depth: int) -> _Piece | None:
        """Read a command that has arguments; None where there is none."""
        found = _WITH_ARGUMENT.match(self._title, self._at)
        if found is not None:
            name, option = found[1], found[2] or ""
            if name in ("frac", "splitline"):
                self._at = found.end()
                return _Piece(name, "", (self._argument(depth), self._argument(depth)))
            if name == "sqrt" or name in _ACCENTS or name in _STYLES:
                self._at = found.end()
                kind = "accent" if name in _ACCENTS else name
                return _Piece(kind, name, (self._argument(depth),), option)
        found = _BRACKETS.match(self._title, self._at)
        if found is not None:
            self._at = found.end()
            return _Piece("brackets", found[1], (self._argument(depth),))
        return None

    def _symbol(self) -> str:
        """Read a symbol: the longest known name; the ``#`` alone where none is."""
        found = _DELIMITER.match(self._title, self._at)
        if found is not None:
            self._at = found.end()
            return "" if found[1] == "." else found[1]
        self._at += 1
        for length in range(_LONGEST, 0, -1):
            name = self._title[self._at : self._at + length]
            if name in _SYMBOLS:
                self._at += len(name)
                return _SYMBOLS[name]
        return "#"


# -- as plain text -----------------------------------------------------------------


def _flat(pieces: tuple[_Piece, ...]) -> str:
    text, apart = "", False
    for piece in pieces:
        words = _flat_piece(piece)
        if not words:
            continue
        script = piece.kind in ("up", "down")
        if words[0].isalnum() and not script and (apart or piece.kind == "frac"):
            # else who reads it takes it for a part of the script, or the fraction
            text += " " if text[-1:].isalnum() else ""
        text += words
        apart = piece.kind == "frac" or (script and words[0] in "^_")
    return text


def _flat_piece(piece: _Piece) -> str:
    if piece.kind == "text":
        return piece.text
    if piece.kind == "accent":
        return _flat(_accented(piece))
    first = _flat(piece.parts[0])
    match piece.kind:
        case "up":
            return _script(first, "^", _RAISED)
        case "down":
            return _script(first, "_", _LOWERED)
        case "frac":
            return f"{_enclosed(first)}/{_enclosed(_flat(piece.parts[1]))}"
        case "splitline":
            return f"{first} {_flat(piece.parts[1])}"
        case "sqrt":
            root = "".join(_RAISED.get(each, each) for each in piece.option)
            alone = len(_base(piece.parts[0])) < 2 or first.isdecimal()
            return f"{root}√{first}" if alone else f"{root}√({first})"
        case "brackets":
            return f"{piece.text[0]}{first}{piece.text[1]}"
    return first


def _script(words: str, mark: str, figures: dict[str, str]) -> str:
    words = words.strip()
    if all(each in figures for each in words):
        return "".join(figures[each] for each in words)
    return f"{mark}{words}" if _ONE_WORD.fullmatch(words) else f"{mark}({words})"


def _enclosed(words: str) -> str:
    """A side of a fraction, in parentheses where it is more than one thing."""
    words = words.strip()
    if _ONE_WORD.fullmatch(words.replace("^", "").replace("_", "")):
        return words
    whole = words.startswith("(") and words.find(")") == len(words) - 1
    return words if whole else f"({words})"


def _base(pieces: tuple[_Piece, ...]) -> str:
    """The text of pieces that stands on their line."""
    return "".join(
        piece.text if piece.kind == "text" else "".join(map(_base, piece.parts))
        for piece in pieces
        if piece.kind not in ("up", "down")
    )


def _accented(piece: _Piece) -> tuple[_Piece, ...]:
    """What an accent stands over, with the accent in its letters."""
    mark, every = _ACCENTS[piece.text]
    letters = len(_base(piece.parts[0]))
    if every and letters > 1 and piece.text == "bar":
        mark = _ACCENTS["overline"][0]  # which joins with that of its neighbour
    left = min(letters, _WIDEST) if every else 1

    def marked(pieces: tuple[_Piece, ...]) -> tuple[_Piece, ...]:
        nonlocal left
        found = []
        for each in pieces:
            if each.kind == "text":
                head, tail = each.text[:left], each.text[left:]
                left -= len(head)
                head = "".join(_with_mark(one, mark) for one in head)
                found.append(each._replace(text=head + tail))
            elif each.kind in ("up", "down"):
                found.append(each)
            else:
                found.append(each._replace(parts=tuple(map(marked, each.parts))))
        return tuple(found)

    return marked(piece.parts[0])


def _with_mark(letter: str, mark: str) -> str:
    if unicodedata.combining(letter):
        return letter
    return unicodedata.normalize("NFC", letter + mark)


# -- as runs -----------------------------------------------------------------------


def _runs(pieces: tuple[_Piece, ...], style: Run) -> list[Run]:
    return [run for piece in pieces for run in _runs_of(piece, style)]


def _runs_of(piece: _Piece, style: Run) -> list[Run]:
    if piece.kind == "text":
        return [style._replace(text=piece.text)]
    first = piece.parts[0]
    match piece.kind:
        case "up" | "down":
            return _runs(first, _shifted(style, _UP if piece.kind == "up" else _DOWN))
        case "frac":
            upper = _runs(first, _shifted(style, _UP))
            lower = _runs(piece.parts[1], _shifted(style, _DOWN))
            return [*upper, style._replace(text="\N{FRACTION SLASH}"), *lower]
        case "splitline":
            upper, lower = _runs(first, style), _runs(piece.parts[1], style)
            return [*upper, style._replace(text=" "), *lower]
        case "sqrt":
            words = _flat_piece(piece)
            root, _, rest = words.partition("√")
            enclosed = rest.startswith("(") and not _flat(first).startswith("(")
            found = [style._replace(text=f"{root}√{'(' * enclosed}")]
            return [*found, *_runs(first, style), style._replace(text=")" * enclosed)]
        case "accent" if piece.text == "vec":
            style = style._replace(bold=True)  # fonts rarely have its arrow
        case "accent":
            return _runs(_accented(piece), style)
        case "brackets":
            left, right = (style._replace(text=each) for each in piece.text)
            return [left, *_runs(first, style), right]
        case "it":
            style = style._replace(italic=not style.italic)
        case "bf":
            style = style._replace(bold=not style.bold)
        case "font":
            style = _in_font(style, piece.option)
        case "scale":
            size = style.size * min(max(_number(piece.option, 1.0), _SMALLEST), 2.0)
            style = style._replace(size=min(max(size, _SMALLEST), _LARGEST))
        case "lower":
            by = min(max(_number(piece.option, 0.0), -1.0), 1.0)
            style = style._replace(rise=style.rise - by * style.size / 2)
    return _runs(first, style)


def _shifted(style: Run, by: float) -> Run:
    size = max(style.size * _SCRIPT, _SMALLEST)
    return style._replace(rise=style.rise + by * style.size, size=size)


def _in_font(style: Run, option: str) -> Run:
    """The style of a font by ROOT's number, ten times the font and its precision."""
    font = int(_number(option, 40.0)) // 10
    return style._replace(italic=font in (1, 3, 5, 7), bold=font in (2, 3, 6, 7))


def _number(text: str, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if abs(value) < 1e6 else otherwise  # NaN neither

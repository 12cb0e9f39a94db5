"""What a search matches, and how well: for pages, plots and elements alike."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = re.compile(r"[+-]?\d+")
_LONE_SIGN = re.compile(r"(?<=\w) (?=[+-](?:\s|$))")
_MINUS = str.maketrans("−–", "--")

# How well one word fits, best first.
_EXACT = _SAME_NUMBER = 8.0
_PLURAL = 7.5  # for a word with an s behind it
_PREFIX = 6.0
_WITHIN = -2.5  # for one within another: the Occ of dataOcc
_OTHER_SIGN = 3.0
_INSIDE = 2.0
_BEGUN = 1.5  # a number of which only the beginning is said
_ADJACENT = 1.0  # for segments of a path that follow one another
_LAST = 0.5  # for what stands in the last segment: it is the name
_NAMED = 0.6  # for a thing of that very name, or its plural
_TITLE = 2.5  # for each word of the first text: it is what people see
_TOGETHER = 2.0  # for words that stand side by side, as they are asked for


def folded(text: str) -> str:
    """A text as :meth:`Query.may_fit` takes it."""
    return _signed(text).lower()


def _signed(text: str) -> str:
    """Write minus as "-", and a sign that stands alone at its word: "EE -" as "EE-"."""
    text = text.translate(_MINUS)
    return _LONE_SIGN.sub("", text) if " -" in text or " +" in text else text


class _Text:
    """A text, or one segment of it, to be searched.

    A word of it begins where letters follow digits, signs or the like, and where
    capitals begin: "EBOccupancyTask" is EB, Occupancy, Task. A sign belongs to its
    number.
    """

    __slots__ = ("last", "lower", "source")

    def __init__(self, text: str) -> None:
        lower = text.lower()
        self.lower = lower
        self.source = text if len(lower) == len(text) else lower
        self.last = lower.rfind("/")

    def segments(self) -> list[_Text]:
        """The segments of a path."""
        return [_Text(each) for each in self.source.split("/")]

    def fit(self, word: str) -> float:
        """How well a word, in lower case, fits; 0 where it does not."""
        fits: Iterator[tuple[float, int]]
        if _NUMBER.fullmatch(word):
            found = _NUMBER.finditer(self.lower)
            fits = ((_number_fit(word, each[0]), each.start()) for each in found)
        else:
            fits = self._places(word)
        return max(
            (fit + (_LAST if at > self.last else 0.0) for fit, at in fits if fit),
            default=0.0,
        )

    def _places(self, word: str) -> Iterator[tuple[float, int]]:
        lower, size = self.lower, len(word)
        at = lower.find(word)
        while at >= 0:
            end = at + size
            cut = word[-1].isdigit() and lower[end : end + 1].isdigit()
            if cut or not self._begins(at):
                yield (_BEGUN if cut else _INSIDE), at
            else:
                plural = lower[end : end + 1] == "s" and self._begins(end + 1)
                fit = _PLURAL if plural else _PREFIX
                fit = _EXACT if self._begins(end) else fit
                within = at > 0 and lower[at - 1].isalnum()
                yield (fit + _WITHIN if within else fit), at
            at = lower.find(word, at + 1)

    def _begins(self, at: int) -> bool:
        """Tell whether a word begins here, or none goes on."""
        text = self.source
        if at == 0 or at >= len(text):
            return True
        before, here = text[at - 1], text[at]
        if not (before.isalnum() and here.isalnum()):
            return True
        if before.isdigit() or here.isdigit():
            return before.isdigit() != here.isdigit()
        if here.isupper():
            return not before.isupper() or text[at + 1 : at + 2].islower()
        return False


def _number_fit(word: str, number: str) -> float:
    if int(word) == int(number):
        return _SAME_NUMBER
    if word[0] not in "+-" and int(number) == -int(word):
        return _OTHER_SIGN
    begun = len(word.lstrip("+-")) > 1 and number.startswith(word)
    return _BEGUN if begun else 0.0


class Query(msgspec.Struct, frozen=True):
    """A text that is searched for.

    All its words must fit. A word with "/" is a path: its segments must fit
    segments of a text, in their order. A word that is a number fits only numbers:
    itself, less well itself with another sign, and with two digits or more one that
    begins so. Other words fit anywhere, best as a whole word, next as the
    beginning of one. Case does not count.

    Words that stand side by side as they are asked for ("wheel 0") go before the same
    words apart; and of several texts what stands in the first goes before what
    stands in another.

    Attributes:
        words: each as its segments, in lower case.
    """

    words: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, text: str) -> Query:
        """The query of a text as it is typed."""
        words = []
        for word in folded(text).split():
            segments = tuple(each for each in word.split("/") if each)
            if segments:
                words.append(segments)
        return cls(tuple(words))

    def with_one_less(self) -> tuple[Query, ...]:
        """It without one of its words, each in turn; none of fewer than three words.

        A number is not left out: what has another is something else.
        """
        if len(self.words) < 3:
            return ()
        return tuple(
            Query(self.words[:at] + self.words[at + 1 :])
            for at, word in enumerate(self.words)
            if not _NUMBER.fullmatch(word[-1])
        )

    def may_fit(self, text: str) -> bool:
        """Tell, quickly, whether a :func:`folded` text may fit; no is sure."""
        return all(
            each.lstrip("+-0") in text for segments in self.words for each in segments
        )

    def rank(self, *texts: str) -> float:
        """How well one thing fits that goes by several texts; 0 where it does not.

        Where nothing is searched for, everything fits alike.

        Of two that fit equally well, the one of that very name goes first, and what
        lies less deep.

        Args:
            texts: paths or titles, the one that people see first; each word is looked
                for in the text it fits best.
        """
        if not self.words or not texts:
            return 1.0
        searched = [_Text(_signed(text)) for text in texts]
        total = 0.0
        used: set[int] = set()
        for segments in self.words:
            fits = [_fit(segments, text) for text in searched]
            fits[0] += _TITLE if fits[0] >= _PREFIX else 0.0
            best = max(fits)
            if not best:
                return 0.0
            used.add(fits.index(best))
            total += best
        for pair in _pairs(self.words):
            if any(pair.search(text.lower) for text in searched):
                total += _TOGETHER
        name = " ".join(segments[-1] for segments in self.words)
        names = {searched[at].lower[searched[at].last + 1 :] for at in used}
        if {name, f"{name}s"} & names:
            total += _NAMED
        return total + 1 / (1 + max(searched[at].lower.count("/") for at in used))


@functools.lru_cache(maxsize=8)
def _pairs(words: tuple[tuple[str, ...], ...]) -> tuple[re.Pattern[str], ...]:
    """Finds two words side by side, for each two that are asked for so."""
    return tuple(
        re.compile(
            re.escape(one[-1])
            + r"(?:[^\w+-]|_){0,2}"
            + re.escape(other[0])
            + (r"(?!\d)" if other[0][-1].isdigit() else "")
        )
        for one, other in itertools.pairwise(words)
    )


def _fit(wanted: tuple[str, ...], text: _Text) -> float:
    """How well a word fits a text; one of several segments those of it, in order."""
    if len(wanted) == 1:
        return text.fit(wanted[0])
    path = text.segments()
    # best[j]: the wanted segments so far, the last of them in segment j of the path
    best = [segment.fit(wanted[0]) for segment in path]
    for word in wanted[1:]:
        row = [0.0] * len(path)
        for at, segment in enumerate(path):
            fit = segment.fit(word)
            earlier = max(
                (
                    best[before] + (_ADJACENT if before == at - 1 else 0.0)
                    for before in range(at)
                    if best[before]
                ),
                default=0.0,
            )
            if fit and earlier:
                row[at] = fit + earlier
        best = row
    return max(best, default=0.0)

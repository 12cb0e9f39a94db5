"""Terms that a newcomer meets, and where they stand in a text."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A term of ``instructions/glossary.yaml``.

    Attributes:
        name: what it is called.
        meaning: what it means, one plain sentence.
        also: other words for it ("LS").
        NOUN, KEYS, ONE_OR_MORE: see ``site.decoder``.
    """

    NOUN: ClassVar[str] = "a term"
    KEYS: ClassVar[dict[str, str]] = {"name": "term"}
    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("also",)

    name: str
    meaning: str
    also: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All that it is called in a text."""
        return (self.name, *self.also)


NOT_ADOPTED = "default, not adopted"
NOT_ADOPTED_MEANS = (
    "A check that plots of this kind have by themselves. Until the owner of the layout "
    "takes it over, its WARNING is shown, never rings, and proposes no flag."
)
OWN_TERMS = (Term(NOT_ADOPTED, NOT_ADOPTED_MEANS, ("not adopted",)),)
"""Words of the console itself, at every site."""


def terms_in(text: str, glossary: Iterable[Term]) -> tuple[tuple[int, int, Term], ...]:
    """The terms in a text: whole words and their plural, the longest first.

    A word in lower case is found in any case ("Digi" is "digi"), one with a capital
    letter only as it is written ("FED" is not "fed"). Parts of a path or of a name
    ("Hcal/DigiTask", "hcal-dqm") are no words.

    Args:
        text: plain text.
        glossary: of the site.

    Returns:
        Where each begins and ends in the text, and its term, from left to right;
        none overlaps another.
    """
    found = _pattern(tuple(glossary))
    if found is None:
        return ()
    pattern, terms = found
    return tuple(
        (each.start(), each.end(), terms[(each.lastindex or 1) - 1])
        for each in pattern.finditer(text)
    )


@functools.lru_cache(8)
def _pattern(
    glossary: tuple[Term, ...],
) -> tuple[re.Pattern[str], tuple[Term, ...]] | None:
    """What finds the words of a glossary, a group each, and the term of each group."""
    by_word: dict[str, Term] = {}
    for term in glossary:
        for word in term.words:
            by_word.setdefault(word, term)
    if not by_word:
        return None
    longest = sorted(by_word, key=len, reverse=True)
    either = "|".join(f"({_found_as(each)})" for each in longest)
    pattern = re.compile(rf"(?<![\w/-])(?:{either})s?(?![\w/]|-\w)")
    return pattern, tuple(by_word[each] for each in longest)


def _found_as(word: str) -> str:
    text = r"\s+".join(map(re.escape, word.split()))
    return f"(?i:{text})" if word == word.lower() else text

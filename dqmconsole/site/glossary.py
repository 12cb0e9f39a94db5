"""The terms of ``instructions/glossary.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.glossary import Term
from dqmconsole.site.decoder import Decoder, Wrong
from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem

MAX_TERMS = 500
LONGEST_TERM = 40  # characters
LONGEST_MEANING = 200  # characters: what a hint over the window has room for


class GlossaryRead(NamedTuple):
    """What the file gave: its healthy terms, and what was wrong."""

    terms: tuple[Term, ...]
    problems: tuple[Problem, ...]


def read_glossary(data: bytes, file: str) -> GlossaryRead:
    """Read the glossary.

    Args:
        data: the file's bytes; in an empty file there are no terms.
        file: its name, as problems say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        return GlossaryRead((), findings.problems)
    decoder = Decoder(findings)
    terms: list[Term] = []
    lines: dict[str, int] = {}  # word, its case left out -> where it is written
    written = decoder.structs(root, Term)
    if len(written) > MAX_TERMS:
        words = f"has more than {MAX_TERMS} terms; the rest is not read"
        findings.add(words, code="too-large")
    for term in written[:MAX_TERMS]:
        if not decoder.accepts(term, _wrong(term, lines)):
            continue
        terms.append(term)
        for item, word in enumerate(term.words):
            node = ("term", None) if item == 0 else ("also", item - 1)
            place = findings.place(decoder.node(term, *node))
            lines.setdefault(word.casefold(), place.line)
    return GlossaryRead(tuple(terms), findings.problems)


def _wrong(term: Term, lines: Mapping[str, int]) -> Iterator[Wrong]:
    """Find what is wrong with a term.

    Args:
        term: as it is written.
        lines: the words of the terms before it, their case left out -> their line.
    """
    own: set[str] = set()
    for item, word in enumerate(term.words):
        key, at = ("term", None) if item == 0 else ("also", item - 1)
        same = word.casefold()
        if not word.strip():
            yield Wrong("empty-name", key, "a term has an empty name", at)
        elif word != " ".join(word.split()):
            words = f'"{word}" begins, ends, or goes on with more than one blank'
            yield Wrong("wrong-name", key, words, at)
        elif len(word) > LONGEST_TERM:
            words = (
                f"{len(word)} characters are no term, at most {LONGEST_TERM}: what it "
                'means stands under "meaning"'
            )
            yield Wrong("long-term", key, words, at)
        elif same in own:
            words = f'"{word}" stands twice among the words of this term'
            yield Wrong("duplicate-name", key, words, at)
        elif same in lines:
            words = f'a second term "{word}", the first is in line {lines[same]}'
            yield Wrong("duplicate-name", key, words, at)
        own.add(same)
    meaning = term.meaning
    if not meaning.strip() or "\n" in meaning.strip():
        words = f'the meaning of "{term.name}" is one line of text'
        yield Wrong("empty-text", "meaning", words)
    elif len(meaning) > LONGEST_MEANING:
        words = (
            f'the meaning of "{term.name}" has {len(meaning)} characters: one plain '
            f"sentence of at most {LONGEST_MEANING}"
        )
        yield Wrong("long-term", "meaning", words)

"""An instruction or a short-term note: a Markdown file to the model's value."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import msgspec

from dqmconsole.model.instruction import (
    INSTRUCTION_ID,
    AppliesTo,
    Instruction,
    Note,
)
from dqmconsole.site.decoder import ANY_WORDS, Decoder, SiteWords, Wrong, blank
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.globs import wrong_glob
from dqmconsole.site.instruction_text import JUDGE, SHOWS, InstructionText
from dqmconsole.site.markdown import TextLink, parse_markdown, read_document
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import wrong_dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem
    from dqmconsole.site.markdown import Markdown

NOTES = "notes"

_READ = 512  # texts kept as they were read, so that a change reads only one again

V = TypeVar("V", Instruction, Note)


class TextRead(NamedTuple, Generic[V]):
    """What a file of instructions gave.

    Attributes:
        value: the instruction or note; None when the file has an error.
        draft: what can be read of one with errors, blank where it is broken: to be
            checked, never to be shown; None when there is a value.
        places: its keys, "plots[0]" and the like, "text" -> where they are written.
        links: the links of its text.
        anchors: what a link to it may name after ``#``.
        problems: what was wrong.
    """

    value: V | None
    draft: V | None
    places: Mapping[str, Place]
    links: tuple[TextLink, ...]
    anchors: frozenset[str]
    problems: tuple[Problem, ...]


class _Front(NamedTuple, Generic[V]):
    """A file of instructions with its front matter decoded.

    Attributes:
        value: as far as the front matter says it, blank where it is broken.
        places: as :class:`TextRead` has them.
        markdown: the text below the front matter.
        findings: takes the problems of the file.
    """

    value: V
    places: dict[str, Place]
    markdown: Markdown
    findings: Findings


@functools.lru_cache(_READ)
def read_instruction(
    data: bytes, file: str, name: str, words: SiteWords = ANY_WORDS
) -> TextRead[Instruction]:
    """Read an instruction.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
        name: the id it must have: folder and name without ".md".
        words: what the site's names may be.
    """
    findings = Findings(file)
    opened = _open(data, name, words, Instruction, findings)
    if opened is None:
        return TextRead(None, None, {}, (), frozenset(), findings.problems)
    text = InstructionText(opened.markdown, words.beam_modes, findings)
    read = msgspec.structs.replace(
        opened.value,
        shows=text.section(SHOWS),
        judge=text.section(JUDGE),
        examples=text.examples(),
        steps=text.steps(),
        turns=text.turns(),
    )
    opened.places.update(text.calls)
    return _read(read, opened)


@functools.lru_cache(_READ)
def read_note(
    data: bytes, file: str, name: str, words: SiteWords = ANY_WORDS
) -> TextRead[Note]:
    """Read a short-term note; arguments as for :func:`read_instruction`."""
    findings = Findings(file)
    opened = _open(data, name, words, Note, findings)
    if opened is None:
        return TextRead(None, None, {}, (), frozenset(), findings.problems)
    if not opened.value.text.strip():
        findings.add("the note has no text", opened.places["text"], code="empty-text")
    return _read(opened.value, opened)


def _open(
    data: bytes,
    name: str,
    words: SiteWords,
    wanted: type[V],
    findings: Findings,
) -> _Front[V] | None:
    """Split and decode a file; None, with a problem, when it has not that shape.

    Args:
        data: the file's bytes.
        name: the id it must have.
        words: what the site's names may be.
        wanted: the class of its value.
        findings: takes the problems.
    """
    document = read_document(data, findings)
    if document is None:
        return None
    decoder = Decoder(findings, drafts=(Instruction, Note, AppliesTo), words=words)
    written = None if document.head is None else decoder.struct(document.head, wanted)
    head = written or blank(wanted)
    places = {
        "": Place(findings.file, 1, 1),
        "text": Place(findings.file, document.line, 1),
    }
    applies = head.applies_to
    if written is not None:
        decoder.accepts(written, _wrong_head(written, name, decoder))
        decoder.accepts(applies, _wrong_applies(applies, words.beam_modes, decoder))
        places |= decoder.places(written) | decoder.places(applies)
        places |= decoder.items(applies, "page", "plots")
        if isinstance(written, Note):
            places |= decoder.items(written, "supersedes")
    modes = tuple(mode.lower() for mode in applies.beam_modes)
    value = msgspec.structs.replace(
        head,
        id=name,
        applies_to=msgspec.structs.replace(applies, beam_modes=modes),
        text=document.body.strip("\n"),
        hash=hashlib.blake2b(data, digest_size=8).hexdigest(),
    )
    markdown = parse_markdown(document.body, document.line, findings)
    return _Front(value, places, markdown, findings)


def _read(read: V, opened: _Front[V]) -> TextRead[V]:
    problems = opened.findings.problems
    broken = any(each.severity == "error" for each in problems)
    return TextRead(
        None if broken else read,
        read if broken else None,
        opened.places,
        opened.markdown.links,
        opened.markdown.anchors,
        problems,
    )


def _wrong_head(
    head: Instruction | Note, name: str, decoder: Decoder
) -> Iterator[Wrong]:
    """Find what the classes cannot say; what is broken is left alone."""

    def sound(key: str) -> bool:
        return key in head.__struct_fields__ and decoder.is_sound(head, key)

    if sound("id") and head.id != name:
        words = f'the id is "{name}", as folder and file are called, not "{head.id}"'
        yield Wrong("wrong-id", "id", words)
    elif not INSTRUCTION_ID.fullmatch(name):
        words = f'"{name}": folder and file have lower-case letters, digits and -'
        yield Wrong("wrong-id", "id", words)
    for key in ("title", "author", "owner"):
        text: str = getattr(head, key)
        if sound(key) and (not text.strip() or "\n" in text):
            yield Wrong("empty-text", key, f"{key} is one line of text")
    dates = ("written", "expires", "reviewed_on", "review_due")
    yield from wrong_dates(head, *filter(sound, dates))
    if isinstance(head, Instruction):
        if sound("version") and head.version < 1:
            words = f"version is 1 or more, not {head.version}"
            yield Wrong("out-of-range", "version", words)
        applies = head.applies_to
        named = applies.layout.strip() or not decoder.is_sound(applies, "layout")
        if sound("applies_to") and not named:
            words = "an instruction applies to one layout: name it (layout: Hcal)"
            yield Wrong("no-layout", "applies_to", words)


def _wrong_applies(
    applies: AppliesTo, beam_modes: tuple[str, ...], decoder: Decoder
) -> Iterator[Wrong]:
    for key, texts in (("page", applies.pages), ("plots", applies.plots)):
        for item, text in enumerate(texts):
            if not text.strip():
                yield Wrong("empty-name", key, f"{key}: an empty name", item)
    for item, glob in enumerate(applies.plots):
        if words := wrong_glob(glob):
            yield Wrong("wrong-glob", "plots", words, item)
    named = applies.layout or not decoder.is_sound(applies, "layout")
    if applies.pages and not named:
        yield Wrong("no-layout", "page", "a page needs its layout: layout: Hcal")
    for item, mode in enumerate(applies.beam_modes):
        if beam_modes and mode.lower() not in beam_modes:
            hint = did_you_mean(mode, beam_modes)
            words = f'site.yaml has no beam mode "{mode}"{hint}'
            yield Wrong("unknown-beam-mode", "beam_modes", words, item)

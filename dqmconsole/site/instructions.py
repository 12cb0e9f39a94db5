"""An instruction or a short-term note: a Markdown file to the model's value."""

from __future__ import annotations

import functools
import hashlib
import re
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar, cast

import msgspec

from dqmconsole.model.instruction import AppliesTo, Instruction, Note
from dqmconsole.model.layout import RunType
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.instruction_text import JUDGE, SHOWS, Lists, find_sections
from dqmconsole.site.markdown import Link, parse_markdown, read_document
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import is_date
from dqmconsole.site.yaml_text import with_lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.problem import Problem
    from dqmconsole.site.markdown import Document, Markdown

NOTES = "notes"

_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*")
_READ = 512  # texts kept as they were read, so that a change reads only one again

V = TypeVar("V", Instruction, Note)
H = TypeVar("H", bound="InstructionFrontMatter | NoteFrontMatter")


class Applies(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """``applies_to`` as it is written."""

    NOUN: ClassVar[str] = "applies_to"

    layout: str = ""
    page: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    run_types: tuple[RunType, ...] = ()
    beam_modes: tuple[str, ...] = ()


class InstructionFrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter of an instruction."""

    NOUN: ClassVar[str] = "the front matter"

    id: str
    title: str
    version: int
    author: str
    written: str
    owner: str
    applies_to: Applies
    reviewed_on: str
    review_due: str


class NoteFrontMatter(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The front matter of a short-term note."""

    NOUN: ClassVar[str] = "the front matter"

    id: str
    title: str
    author: str
    written: str
    expires: str
    owner: str
    applies_to: Applies = Applies()
    supersedes: tuple[str, ...] = ()


_DRAFTS = (InstructionFrontMatter, NoteFrontMatter, Applies)
_NO_APPLIES = Applies()
_BLANK: dict[type, InstructionFrontMatter | NoteFrontMatter] = {
    InstructionFrontMatter: InstructionFrontMatter(
        "", "", 0, "", "", "", _NO_APPLIES, "", ""
    ),
    NoteFrontMatter: NoteFrontMatter("", "", "", "", "", ""),
}


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
    links: tuple[Link, ...]
    anchors: frozenset[str]
    problems: tuple[Problem, ...]


@functools.lru_cache(_READ)
def read_instruction(
    data: bytes, file: str, name: str, beam_modes: tuple[str, ...] = ()
) -> TextRead[Instruction]:
    """Read an instruction.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
        name: the id it must have: folder and name without ".md".
        beam_modes: names of the site's beam modes, lower case; empty: any name.
    """
    findings = Findings(file)
    document = read_document(data, findings)
    if document is None:
        return _unread(findings)
    decoder = Decoder(findings, drafts=_DRAFTS)
    head = _head(document, InstructionFrontMatter, ("applies_to/page",), decoder)
    _check_head(head, name, beam_modes, decoder)
    markdown = parse_markdown(document.body, document.line, findings)
    sections = find_sections(markdown, findings)
    lists = Lists(sections, markdown, beam_modes, findings)
    examples, steps, turns = lists.examples(), lists.steps(), lists.turns()
    shows, judge = sections.get(SHOWS), sections.get(JUDGE)
    read = Instruction(
        id=name,
        title=head.title,
        version=head.version,
        author=head.author,
        written=head.written,
        owner=head.owner,
        applies_to=_applies(head.applies_to),
        reviewed_on=head.reviewed_on,
        review_due=head.review_due,
        shows=shows.text.strip() if shows else "",
        judge=judge.text.strip() if judge else "",
        examples=examples,
        steps=steps,
        turns=turns,
        text=document.body.strip("\n"),
        hash=_hash(data),
    )
    places = _places(head, document, decoder) | lists.calls
    return _read(read, places, markdown, findings)


@functools.lru_cache(_READ)
def read_note(
    data: bytes, file: str, name: str, beam_modes: tuple[str, ...] = ()
) -> TextRead[Note]:
    """Read a short-term note; arguments as for :func:`read_instruction`."""
    findings = Findings(file)
    document = read_document(data, findings)
    if document is None:
        return _unread(findings)
    decoder = Decoder(findings, drafts=_DRAFTS)
    head = _head(document, NoteFrontMatter, ("applies_to/page", "supersedes"), decoder)
    _check_head(head, name, beam_modes, decoder)
    markdown = parse_markdown(document.body, document.line, findings)
    if not document.body.strip():
        findings.add(
            "the note has no text", Place(file, document.line, 1), code="empty-text"
        )
    read = Note(
        id=name,
        title=head.title,
        author=head.author,
        written=head.written,
        expires=head.expires,
        owner=head.owner,
        applies_to=_applies(head.applies_to),
        text=document.body.strip("\n"),
        hash=_hash(data),
        supersedes=head.supersedes,
    )
    return _read(read, _places(head, document, decoder), markdown, findings)


def _unread(findings: Findings) -> TextRead[Any]:
    return TextRead(None, None, {}, (), frozenset(), findings.problems)


def _head(
    document: Document, wanted: type[H], lists: tuple[str, ...], decoder: Decoder
) -> H:
    """The front matter, blank where it is broken or missing."""
    node = document.head
    if node is None:
        return cast("H", _BLANK[wanted])
    head = decoder.struct(with_lists(node, *lists), wanted)
    return cast("H", _BLANK[wanted]) if head is None else head


def _read(
    read: V,
    places: Mapping[str, Place],
    markdown: Markdown,
    findings: Findings,
) -> TextRead[V]:
    broken = _has_errors(findings)
    return TextRead(
        None if broken else read,
        read if broken else None,
        places,
        markdown.links,
        markdown.anchors,
        findings.problems,
    )


def _has_errors(findings: Findings) -> bool:
    return any(each.severity == "error" for each in findings.problems)


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _applies(written: Applies) -> AppliesTo:
    return AppliesTo(
        layout=written.layout,
        pages=written.page,
        plots=written.plots,
        run_types=written.run_types,
        beam_modes=tuple(mode.lower() for mode in written.beam_modes),
    )


def _check_head(
    head: InstructionFrontMatter | NoteFrontMatter,
    name: str,
    beam_modes: tuple[str, ...],
    decoder: Decoder,
) -> None:
    """Complain of what the classes cannot say; what is broken is left alone."""
    if not decoder.has_value(head):
        return

    def sound(key: str) -> bool:
        return key in head.__struct_fields__ and decoder.is_sound(head, key)

    if sound("id") and head.id != name:
        words = f'the id is "{name}", as folder and file are called, not "{head.id}"'
        decoder.complain(words, head, "id", code="wrong-id")
    elif not _ID.fullmatch(name):
        words = f'"{name}": folder and file have lower-case letters, digits and -'
        decoder.complain(words, head, "id", code="wrong-id")
    for key in ("title", "author", "owner"):
        text: str = getattr(head, key)
        if sound(key) and (not text.strip() or "\n" in text):
            decoder.complain(f"{key} is one line of text", head, key, code="empty-text")
    for key in ("written", "expires", "reviewed_on", "review_due"):
        date = getattr(head, key, None)
        if date is not None and sound(key) and not is_date(date):
            words = f'{key} is a date such as 2026-05-01, not "{date}"'
            decoder.complain(words, head, key, code="wrong-date")
    applies = head.applies_to
    if isinstance(head, InstructionFrontMatter):
        if sound("version") and head.version < 1:
            words = f"version is 1 or more, not {head.version}"
            decoder.complain(words, head, "version", code="out-of-range")
        named = applies.layout.strip() or not decoder.is_sound(applies, "layout")
        if sound("applies_to") and not named:
            words = "an instruction applies to one layout: name it (layout: Hcal)"
            decoder.complain(words, head, "applies_to", code="no-layout")
    _check_applies(applies, beam_modes, decoder)


def _check_applies(
    applies: Applies, beam_modes: tuple[str, ...], decoder: Decoder
) -> None:
    for key in ("page", "plots"):
        for item, text in enumerate(getattr(applies, key)):
            if not text.strip():
                decoder.complain(
                    f"{key}: an empty name", applies, key, item, code="empty-name"
                )
    for item, glob in enumerate(applies.plots):
        if words := wrong_glob(glob):
            decoder.complain(words, applies, "plots", item, code="wrong-glob")
    named = applies.layout or not decoder.is_sound(applies, "layout")
    if applies.page and not named:
        decoder.complain(
            "a page needs its layout: layout: Hcal", applies, "page", code="no-layout"
        )
    for item, mode in enumerate(applies.beam_modes):
        if beam_modes and mode.lower() not in beam_modes:
            hint = did_you_mean(mode, beam_modes)
            words = f'site.yaml has no beam mode "{mode}"{hint}'
            decoder.complain(
                words, applies, "beam_modes", item, code="unknown-beam-mode"
            )


def wrong_glob(glob: str) -> str:
    """Why a glob cannot mean what it seems to; "" when it can."""
    if _BRACES.search(glob):
        return (
            f'"{glob}": braces do not expand here, as they do in path: of a layout; '
            "write each name, or a wildcard (*, ?, [1-3])"
        )
    if glob.count("[") > glob.count("]"):
        return f'"{glob}": a "[" that is never closed; a set is such as [1-3]'
    return ""


def _places(
    head: InstructionFrontMatter | NoteFrontMatter, document: Document, decoder: Decoder
) -> dict[str, Place]:
    file = decoder.findings.file
    places = {"": Place(file, 1, 1), "text": Place(file, document.line, 1)}
    if not decoder.has_value(head):
        return places
    places |= {key: decoder.place(head, key) for key in head.__struct_fields__}
    applies = head.applies_to
    places |= {key: decoder.place(applies, key) for key in applies.__struct_fields__}
    for owner, key in ((applies, "page"), (applies, "plots"), (head, "supersedes")):
        for item, _ in enumerate(getattr(owner, key, ())):
            node = decoder.node(owner, key, item)
            places[f"{key}[{item}]"] = decoder.findings.place(node)
    return places

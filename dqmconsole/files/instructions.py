"""An instruction or a short-term note: a Markdown file to the model's value."""

from __future__ import annotations

import functools
import hashlib
import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import msgspec

from dqmconsole.files.findings import Findings, Place
from dqmconsole.files.front_matter import read_document, with_lists
from dqmconsole.files.markdown import Link, parse_markdown
from dqmconsole.files.nearest import did_you_mean
from dqmconsole.files.references import is_date
from dqmconsole.files.sections import JUDGE, SHOWS, find_sections
from dqmconsole.files.shape import Shaper
from dqmconsole.files.steps import Lists
from dqmconsole.model.instruction import AppliesTo, Instruction, Note
from dqmconsole.model.layout import RunType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.files.front_matter import Document
    from dqmconsole.files.markdown import Markdown
    from dqmconsole.model.problem import Problem

NOTES = "notes"

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*")
_READ = 512  # texts kept as they were read, so that a change reads one anew

V = TypeVar("V", Instruction, Note)


class Applies(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """``applies_to`` as it is written."""

    layout: str = ""
    page: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    run_types: tuple[RunType, ...] = ()
    beam_modes: tuple[str, ...] = ()


class InstructionHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter of an instruction."""

    id: str
    title: str
    version: int
    author: str
    written: str
    owner: str
    applies_to: Applies
    reviewed_on: str
    review_due: str


class NoteHead(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The front matter of a short-term note."""

    id: str
    title: str
    author: str
    written: str
    expires: str
    owner: str
    applies_to: Applies = Applies()
    supersedes: tuple[str, ...] = ()


class TextRead(NamedTuple, Generic[V]):
    """What a file of instructions gave.

    Attributes:
        value: the instruction or note; None when the file has an error.
        places: its keys, "plots[0]" and the like, "text" -> where they are written.
        links: the links of its text.
        anchors: what a link to it may name after ``#``.
        problems: what was wrong.
    """

    value: V | None
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
        file: its name, as problems shall say it.
        name: the id it must have: folder and name without ".md".
        beam_modes: names of the site's beam modes, lower case; empty: any name.
    """
    findings = Findings(file)
    document = read_document(data, findings)
    if document is None:
        return TextRead(None, {}, (), frozenset(), findings.problems)
    shaper = Shaper(findings)
    root = with_lists(document.head, "applies_to/page")
    head = shaper.struct(root, InstructionHead)
    if head is not None:
        _check_head(head, name, beam_modes, shaper)
    markdown = parse_markdown(document.body, document.line, findings)
    sections = find_sections(markdown, findings)
    lists = Lists(sections, markdown, beam_modes, findings)
    examples, steps, turns = lists.examples(), lists.steps(), lists.turns()
    places = _places(head, document, shaper)
    value = None
    if head is not None and not _has_errors(findings):
        value = Instruction(
            id=head.id,
            title=head.title,
            version=head.version,
            author=head.author,
            written=head.written,
            owner=head.owner,
            applies_to=_applies(head.applies_to),
            reviewed_on=head.reviewed_on,
            review_due=head.review_due,
            shows=sections[SHOWS].text.strip(),
            judge=sections[JUDGE].text.strip(),
            examples=examples,
            steps=steps,
            turns=turns,
            text=document.body.strip("\n"),
            hash=_hash(data),
        )
    return _read(value, places, markdown, findings)


@functools.lru_cache(_READ)
def read_note(
    data: bytes, file: str, name: str, beam_modes: tuple[str, ...] = ()
) -> TextRead[Note]:
    """Read a short-term note; arguments as for :func:`read_instruction`."""
    findings = Findings(file)
    document = read_document(data, findings)
    if document is None:
        return TextRead(None, {}, (), frozenset(), findings.problems)
    shaper = Shaper(findings)
    root = with_lists(document.head, "applies_to/page", "supersedes")
    head = shaper.struct(root, NoteHead)
    if head is not None:
        _check_head(head, name, beam_modes, shaper)
    markdown = parse_markdown(document.body, document.line, findings)
    if not document.body.strip():
        findings.add("the note has no text", Place(file, document.line, 1))
    places = _places(head, document, shaper)
    value = None
    if head is not None and not _has_errors(findings):
        value = Note(
            id=head.id,
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
    return _read(value, places, markdown, findings)


def _read(
    value: V | None,
    places: dict[str, Place],
    markdown: Markdown,
    findings: Findings,
) -> TextRead[V]:
    return TextRead(value, places, markdown.links, markdown.anchors, findings.problems)


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
    head: InstructionHead | NoteHead,
    name: str,
    beam_modes: tuple[str, ...],
    shaper: Shaper,
) -> None:
    """Complain of what the classes cannot say."""
    if head.id != name:
        words = f'the id is "{name}", as folder and file are called, not "{head.id}"'
        shaper.complain(words, head, "id")
    elif not _ID.fullmatch(head.id):
        words = f'"{name}": folder and file have lower-case letters, digits and -'
        shaper.complain(words, head, "id")
    for key in ("title", "author", "owner"):
        text: str = getattr(head, key)
        if not text.strip() or "\n" in text:
            shaper.complain(f"{key} is one line of text", head, key)
    for key in ("written", "expires", "reviewed_on", "review_due"):
        date = getattr(head, key, None)
        if date is not None and not is_date(date):
            words = f'{key} is a date such as 2026-05-01, not "{date}"'
            shaper.complain(words, head, key)
    if isinstance(head, InstructionHead):
        if head.version < 1:
            words = f"version is 1 or more, not {head.version}"
            shaper.complain(words, head, "version")
        if not head.applies_to.layout.strip():
            words = "an instruction applies to one layout: name it (layout: Hcal)"
            shaper.complain(words, head, "applies_to")
    _check_applies(head.applies_to, beam_modes, shaper)


def _check_applies(
    applies: Applies, beam_modes: tuple[str, ...], shaper: Shaper
) -> None:
    for key in ("page", "plots"):
        for item, text in enumerate(getattr(applies, key)):
            if not text.strip():
                shaper.complain(f"{key}: an empty name", applies, key, item)
    if applies.page and not applies.layout:
        shaper.complain("a page wants its layout: layout: Hcal", applies, "page")
    for item, mode in enumerate(applies.beam_modes):
        if beam_modes and mode.lower() not in beam_modes:
            hint = did_you_mean(mode, beam_modes)
            words = f'site.yaml has no beam mode "{mode}"{hint}'
            shaper.complain(words, applies, "beam_modes", item)


def _places(
    head: InstructionHead | NoteHead | None, document: Document, shaper: Shaper
) -> dict[str, Place]:
    file = shaper.findings.file
    places = {"": Place(file, 1, 1), "text": Place(file, document.line, 1)}
    if head is None:
        return places
    places |= {key: shaper.place(head, key) for key in head.__struct_fields__}
    applies = head.applies_to
    places |= {key: shaper.place(applies, key) for key in applies.__struct_fields__}
    for owner, key in ((applies, "page"), (applies, "plots"), (head, "supersedes")):
        for item, _ in enumerate(getattr(owner, key, ())):
            node = shaper.node(owner, key, item)
            places[f"{key}[{item}]"] = shaper.findings.place(node)
    return places

"""A record of the book as a message of an ELOG logbook, in Markdown or HTML."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.markdown import safe_html
from dqmconsole.model.record import Entry, HandOver, StoredFile
from dqmconsole.model.run import run_number, run_words
from dqmconsole.shift.documents import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import ElogSettings

Encoding = Literal["HTML", "ELCode", "plain"]
_ENCODINGS: tuple[Encoding, ...] = ("HTML", "ELCode", "plain")

# elogd takes 10 MB in one message unless its "Max content length" says otherwise.
MOST_ATTACHED = 9_000_000  # bytes
MOST_TEXT = 500_000  # characters
_MOST_VALUE = 1000  # characters of an attribute: elogd keeps 1500 bytes
_RESERVED = {"text", "date", "cmd", "exp", "unm", "upwd", "encoding", "attachment"}


class Message(msgspec.Struct, frozen=True):
    """What is posted.

    Attributes:
        attributes: name -> value, Author and Subject among them.
        text: the body.
        encoding: what the body is written in.
        attachments: files, in order.
    """

    attributes: dict[str, str]
    text: str
    encoding: Encoding
    attachments: tuple[StoredFile, ...] = ()


def message(
    record: Record, settings: ElogSettings, files: Sequence[StoredFile] = ()
) -> Message:
    """A record as a message.

    The settings' attributes go with it. In their values ``{who}``, ``{role}``,
    ``{run}``, ``{subsystem}``, ``{status}`` and ``{title}`` stand for the record's;
    an attribute ``Encoding`` chooses HTML (the default), ELCode or plain.

    Args:
        record: an entry or a hand-over.
        settings: the logbook.
        files: those it names: picture and evidence. What would make the message too
            large for a server stays out and is named instead.
    """
    given = dict(settings.attributes)
    word = given.pop("Encoding", "HTML")
    encoding: Encoding = next(
        (each for each in _ENCODINGS if each.lower() == word.lower()), "HTML"
    )
    said = _words_of(record)
    attributes = {
        "Author": said["{who}"] or "dqmconsole",
        "Subject": said["{title}"],
    } | {
        name: _filled(value, said)
        for name, value in given.items()
        if name.lower() not in _RESERVED
    }
    attached, left = _fitting(files)
    text = markdown(record, [*left, *_missing(record, files)])
    cut = "\n\n(cut here: the book has the whole text)\n\n"
    if len(text) > MOST_TEXT:
        text = text[:MOST_TEXT] + cut + _uid_line(record.uid)
    return Message(
        attributes={
            key: one_line(value)[:_MOST_VALUE] for key, value in attributes.items()
        },
        text=safe_html(text) if encoding == "HTML" else text,
        encoding=encoding,
        attachments=attached,
    )


def _uid_line(uid: str) -> str:
    """The line by which a message is found again."""
    return f"dqmconsole record {uid}"


def markdown(record: Record, remarks: Sequence[str] = ()) -> str:
    """An entry or hand-over in Markdown, with who, when and the versions in force.

    Args:
        record: the record.
        remarks: more lines about it.
    """
    body = record.body
    parts: list[str] = []
    facts: list[str] = []
    if isinstance(body, Entry):
        about = [f"**{body.status}**" if body.status else ""]
        about += [run_words(record.run), record.subsystem]
        about += ["open problem" if body.problem else ""]
        parts += [" · ".join(each for each in about if each), body.text.strip()]
        facts += [f"Plot: `{one_line(key)[:_MOST_VALUE]}`" for key in body.plots]
        facts += [f"Page: {body.page}"] if body.page else []
        facts += [f"Evidence: {body.evidence_name or body.evidence}"
                  ] if body.evidence else []  # fmt: skip
        facts += [f"Corrects record {body.corrects}"] if body.corrects else []
    elif isinstance(body, HandOver):
        parts.append(body.text.strip())
    facts += [*remarks, f"By {_signed(record)}", f"In force: {_versions(record)}"]
    parts.append("\n".join(f"- {each}" for each in facts))
    parts.append(_uid_line(record.uid))
    return "\n\n".join(each for each in parts if each) + "\n"


def _moment(when: float) -> str:
    """A unix time as "2026-11-25 12:03:20 UTC"."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(when))
    except (OverflowError, OSError, ValueError):
        return "an unknown time"


def _words_of(record: Record) -> dict[str, str]:
    body = record.body
    return {
        "{who}": record.who,
        "{role}": record.role,
        "{run}": run_number(record.run) if record.run > 0 else "",
        "{subsystem}": record.subsystem,
        "{status}": body.status if isinstance(body, Entry) else "",
        "{title}": body.title if isinstance(body, Entry | HandOver) else "",
    }


def _filled(value: str, said: Mapping[str, str]) -> str:
    # in one pass: what a person wrote is not looked into again
    found = "|".join(re.escape(each) for each in said)
    return re.sub(found, lambda match: said[match[0]], value)


def _fitting(
    files: Sequence[StoredFile],
) -> tuple[tuple[StoredFile, ...], list[str]]:
    fits: list[StoredFile] = []
    left: list[str] = []
    size = 0
    for each in files:
        if size + len(each.data) > MOST_ATTACHED:
            megabytes = len(each.data) / 1e6
            left.append(
                f"{each.name} ({megabytes:.1f} MB) is too large to be attached; the "
                f"book keeps it as {each.hash}"
            )
            continue
        size += len(each.data)
        fits.append(each)
    return tuple(fits), left


def _missing(record: Record, files: Sequence[StoredFile]) -> list[str]:
    body = record.body
    if not isinstance(body, Entry):
        return []
    given = {each.hash for each in files}
    named = {"picture": body.picture, "evidence": body.evidence}
    return [
        f"its {what} could not be read from the book ({hash_})"
        for what, hash_ in named.items()
        if hash_ and hash_ not in given
    ]


def _signed(record: Record) -> str:
    who = record.who or "the console by itself"
    role = f" ({record.role})" if record.role else ""
    return f"{one_line(who)[:_MOST_VALUE]}{role}, {_moment(record.made_at)}"


def _versions(record: Record) -> str:
    given = record.versions
    release = f"release {given.release}" if given.release else "unpublished"
    words = [f"dqmconsole {given.program}" if given.program else ""]
    words += [f"site {given.site} ({release})" if given.site else ""]
    words += [f"instruction {given.instruction}" if given.instruction else ""]
    return ", ".join(each for each in words if each) or "not known"

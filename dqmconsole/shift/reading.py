"""What changed since somebody's last shift."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.record import Read, ShiftBegan, StoredFile, file_hash, is_hash_of
from dqmconsole.shift.guidance import is_valid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.known_issue import KnownIssue
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.release import Release, SiteChange
    from dqmconsole.model.site import Site

ALL = "all"  # the kind of the record by which a first shift takes everything as read
HAND_OVER = "hand-over"  # the kind of the record of a hand-over that was read
BASELINE = "read-before-the-first-shift.json"

Kind = Literal["release", "note", "instruction", "reference", "known"]
KINDS: dict[Kind, str] = {
    "release": "release",
    "note": "note",
    "instruction": "instruction",
    "reference": "reference",
    "known": "known problem",
}


class ReadingItem(msgspec.Struct, frozen=True):
    """One thing of the site that people read, at one version.

    Attributes:
        kind: what it is.
        id: its id; of a release its number.
        title: what it is called.
        version: its version; 0 where it has none.
        text: all of it in words, Markdown.
        hash: of the text.
    """

    kind: Kind
    id: str
    title: str
    version: int
    text: str
    hash: str


class News(msgspec.Struct, frozen=True):
    """One thing that changed since somebody last read it.

    Attributes:
        item: as it is now; as it was, when it is gone.
        sentence: what happened, in words.
        before: version that was read, or 0.
        before_hash: hash under which the book keeps what was read, or "".
        gone: it is no longer in the site.
    """

    item: ReadingItem
    sentence: str
    before: int = 0
    before_hash: str = ""
    gone: bool = False


def items(site: Site, now: float) -> dict[tuple[str, str], ReadingItem]:
    """Everything of a site that people read, by kind and id; expired notes left out."""
    found = [
        _item("instruction", each.id, each.title, each.version, each.text)
        for each in site.instructions
    ]
    found += [
        _item(
            "note", each.id, each.title, 0,
            f"{each.text.strip()}\n\nBy {each.author}, valid until {each.expires}.",
        )
        for each in site.notes
        if is_valid(each, now)
    ]  # fmt: skip
    found += [
        _item("known", each.problem, each.problem, 0, _known_words(each))
        for each in site.known
    ]
    found += [
        _item("reference", _rule_name(each), _rule_name(each), 0, _rule_words(each))
        for each in site.references
        if each.retired is None
    ]
    if site.release is not None:
        found.append(_release(site.release))
    return {(each.kind, each.id): each for each in found}


def stored(item: ReadingItem) -> StoredFile:
    """The text of an item as the book keeps it."""
    return StoredFile(item.hash, f"{item.id}.md", item.text.encode())


def baseline(found: Mapping[tuple[str, str], ReadingItem]) -> StoredFile:
    """All items of a site in one file: what a first shift begins with."""
    data = msgspec.json.encode(list(found.values()))
    return StoredFile(file_hash(data), BASELINE, data)


def read_baseline(data: bytes) -> dict[tuple[str, str], ReadingItem]:
    """Read such a file; empty when it is damaged: then everything is news."""
    try:
        found = msgspec.json.decode(data, type=list[ReadingItem])
    except msgspec.MsgspecError:
        return {}
    return {(each.kind, each.id): each for each in found}


def baseline_hash(logbook: Logbook, who: str) -> str:
    """Hash of the file a person's first shift began with; "" before that."""
    return next(
        (
            body.hash
            for record, body in reversed(logbook.of(Read))
            if record.who == who and body.kind == ALL
        ),
        "",
    )


def people(logbook: Logbook) -> tuple[str, ...]:
    """The names under which shifts began, each once, newest first."""
    names = [record.who for record, _ in reversed(logbook.of(ShiftBegan))]
    return tuple(dict.fromkeys(name for name in names if name))


def news(
    found: Mapping[tuple[str, str], ReadingItem],
    logbook: Logbook,
    who: str,
    known: Mapping[tuple[str, str], ReadingItem],
) -> tuple[News, ...]:
    """What a person has not read as it is now.

    Args:
        found: :func:`items` of the site in force.
        logbook: what was read and acknowledged.
        who: the person.
        known: what the person's first shift began with (:func:`read_baseline`).

    Returns:
        The release first, then notes, instructions, references and known problems;
        each by id.
    """
    before: dict[tuple[str, str], Read] = {
        (each.kind, each.id): Read(each.kind, each.id, each.version, each.hash)
        for each in known.values()
    }
    for record, body in logbook.of(Read):
        if record.who == who and body.kind != ALL:
            before[body.kind, body.id] = body
    release = max((each.version for each in before.values()
                   if each.kind == "release"), default=0)  # fmt: skip
    told = [_told(item, before.get(key), release) for key, item in found.items()]
    changed = [each for each in told if each is not None]
    for key, read in before.items():
        if key in found or not read.hash or read.kind == "release":
            continue
        kind = next((each for each in KINDS if each == read.kind), None)
        if kind is None:
            continue
        old = known.get(key) or ReadingItem(
            kind, read.id, read.id, read.version, "", read.hash
        )
        words = f"this {KINDS[kind]} is gone"
        if kind == "note":
            words = "this note no longer holds"
        changed.append(News(old, words, read.version, read.hash, gone=True))
    return tuple(sorted(changed, key=_order))


def _item(kind: Kind, name: str, title: str, version: int, text: str) -> ReadingItem:
    return ReadingItem(kind, name, title, version, text, file_hash(text.encode()))


def _told(item: ReadingItem, read: Read | None, release: int) -> News | None:
    if read is None and item.kind == "release":
        words = f"you last read release {release}" if release else "it is new to you"
        return News(item, words)
    if read is None:
        return News(item, f"new {KINDS[item.kind]}")
    if is_hash_of(read.hash, item.text.encode()):
        return None
    if item.version and read.version and read.version != item.version:
        words = f"version {item.version}; you read version {read.version}"
    else:
        words = f"this {KINDS[item.kind]} changed"
    return News(item, words, read.version, read.hash)


def _order(each: News) -> tuple[int, str]:
    return (list(KINDS).index(each.item.kind), each.item.id)


def _release(release: Release) -> ReadingItem:
    changes = "".join(f"\n- {_change_words(each)}" for each in release.changes)
    text = f"Published by {release.by}, because: {release.why}\n{changes}".rstrip()
    name = str(release.number)
    return _item("release", name, f"Release {name}", release.number, text)


def _change_words(change: SiteChange) -> str:
    """What changed and how: "hcal/timing: version 2 → 3"."""
    if change.sentence.startswith(change.name):
        return change.sentence
    return f"{change.name}: {change.sentence}"


def _rule_name(rule: ReferenceRule) -> str:
    what = [rule.subsystem or "", rule.run_type or "", *rule.histograms]
    return ", ".join(each for each in what if each) or "everything"


def _rule_words(rule: ReferenceRule) -> str:
    which = rule.called if rule.file is None else f"file {rule.file}"
    return (
        f"Reference for {_rule_name(rule)}: {which}, chosen by {rule.chosen_by} on "
        f"{rule.chosen_on}, because: {rule.why}."
    )


def _known_words(known: KnownIssue) -> str:
    of = f"{known.subsystem}; " if known.subsystem else ""
    # by these words it is known who has read it: other ones were news to everybody
    words = f"{known.problem} ({of}{known.owner}, until {known.expires})"
    return f"{words}. New would be: {known.news}" if known.news else words

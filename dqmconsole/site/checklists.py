"""The check-lists of ``instructions/checklists.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.site.decoder import ANY_WORDS, Decoder, SiteWords, Wrong
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem


class CheckListsRead(NamedTuple):
    """What the file gave.

    Attributes:
        checklists: the healthy lists, their broken items left out.
        pages: "Layout/Page" as the items name them, and where.
        problems: what was wrong.
    """

    checklists: tuple[CheckList, ...]
    pages: tuple[tuple[str, Place], ...]
    problems: tuple[Problem, ...]


def read_checklists(
    data: bytes, file: str, words: SiteWords = ANY_WORDS
) -> CheckListsRead:
    """Read the check-lists.

    Args:
        data: the file's bytes; in an empty file there are none.
        file: its name, as problems say it.
        words: what the site's names may be.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        return CheckListsRead((), (), findings.problems)
    decoder = Decoder(findings, droppable=(CheckItem,), words=words)
    found: list[CheckList] = []
    lists: dict[str, CheckList] = {}
    pages: list[tuple[str, Place]] = []
    for written in decoder.structs(root, CheckList):
        if not decoder.accepts(written, _wrong_id(written, lists, decoder)):
            continue
        items: dict[str, CheckItem] = {}
        for item in written.items:
            named = decoder.accepts(item, _wrong_id(item, items, decoder))
            if named and decoder.accepts(item, _wrong_text(item)):
                items[item.id] = item
                pages += zip(
                    item.pages, decoder.items(item, "pages").values(), strict=True
                )
        decoder.accepts(written, _wrong_list(written, decoder))
        lists[written.id] = written
        found.append(msgspec.structs.replace(written, items=tuple(items.values())))
    return CheckListsRead(tuple(found), tuple(pages), findings.problems)


def _wrong_id(
    value: CheckItem | CheckList,
    before: Mapping[str, CheckItem | CheckList],
    decoder: Decoder,
) -> Iterator[Wrong]:
    if not value.id.strip():
        yield Wrong("empty-name", "id", "the id is empty")
    elif value.id in before:
        line = decoder.place(before[value.id], "id").line
        words = f'a second id "{value.id}", the first is in line {line}'
        yield Wrong("duplicate-name", "id", words)


def _wrong_text(item: CheckItem) -> Iterator[Wrong]:
    if not item.text.strip():
        yield Wrong("empty-text", "text", "the item has no text")


def _wrong_list(written: CheckList, decoder: Decoder) -> Iterator[Wrong]:
    if not written.title.strip():
        yield Wrong("empty-name", "title", "the list has an empty title")
    if decoder.is_empty_list(written, "items"):
        yield Wrong("empty-list", "items", "the list has no items")

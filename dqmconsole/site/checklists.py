"""The check-lists of ``instructions/checklists.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.layout import RUN_TYPES
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.yaml_text import parse

if TYPE_CHECKING:
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


def read_checklists(data: bytes, file: str) -> CheckListsRead:
    """Read the check-lists.

    Args:
        data: the file's bytes; in an empty file there are none.
        file: its name, as problems say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        return CheckListsRead((), (), findings.problems)
    decoder = Decoder(findings, droppable=(CheckItem,))
    found: dict[str, CheckList] = {}
    first: dict[str, CheckList] = {}
    pages: list[tuple[str, Place]] = []
    for written in decoder.structs(root, CheckList):
        if not _is_named(written, first, decoder):
            continue
        first[written.id] = written
        items: dict[str, CheckItem] = {}
        for item in written.items:
            if _is_named(item, items, decoder) and _is_valid(item, decoder):
                items[item.id] = item
                pages += [
                    (page, findings.place(decoder.node(item, "pages", number)))
                    for number, page in enumerate(item.pages)
                ]
        if not written.title.strip():
            decoder.complain(
                "the list has an empty title", written, "title", code="empty-name"
            )
        if decoder.is_empty_list(written, "items"):
            decoder.complain(
                "the list has no items", written, "items", code="empty-list"
            )
        found[written.id] = msgspec.structs.replace(
            written, items=tuple(items.values())
        )
    return CheckListsRead(tuple(found.values()), tuple(pages), findings.problems)


def _is_named(
    value: CheckItem | CheckList,
    before: dict[str, CheckItem] | dict[str, CheckList],
    decoder: Decoder,
) -> bool:
    if not value.id.strip():
        decoder.complain("the id is empty", value, "id", code="empty-name")
        return False
    if value.id in before:
        line = decoder.place(before[value.id], "id").line
        words = f'a second id "{value.id}", the first is in line {line}'
        decoder.complain(words, value, "id", code="duplicate-name")
        return False
    return True


def _is_valid(item: CheckItem, decoder: Decoder) -> bool:
    valid = True
    if not item.text.strip():
        decoder.complain("the item has no text", item, "text", code="empty-text")
        valid = False
    for number, word in enumerate(item.run_types):
        if word not in RUN_TYPES:
            choice = ", ".join(RUN_TYPES)
            words = f'run_types cannot be "{word}", only {choice}'
            words += did_you_mean(word, RUN_TYPES)
            decoder.complain(words, item, "run_types", number, code="unknown-word")
            valid = False
    return valid

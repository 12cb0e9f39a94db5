"""Walking through trees of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QTreeWidgetItem


def children_of(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    """The children of an item, in order."""
    for index in range(item.childCount()):
        child = item.child(index)
        if child is not None:
            yield child

"""The sections of an instruction in the panel, each under its heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dqmconsole.ui.labels import HEADING, SMALL, PlainLabel

if TYPE_CHECKING:
    from collections.abc import Sequence


AS_WRITTEN = ("shows", "judge", "examples", "steps", "whom")
WHEN_BAD = ("steps", "whom", "shows", "judge", "examples")


class Section(QWidget):
    """A heading and what stands under it.

    Args:
        heading: the heading.
        content: what stands under it.
    """

    def __init__(self, heading: str, content: QWidget) -> None:
        super().__init__()
        title = PlainLabel(f"Heading {heading}", HEADING, bold=True, words=heading)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(title)
        column.addWidget(content)


class WhomToCall(QWidget):
    """Who is on call now, in the order of escalation, and the last call made."""

    def __init__(self) -> None:
        super().__init__()
        self._first = PlainLabel("Whom to call first", bold=True)
        self._next = PlainLabel("Whom to call next")
        self._called = PlainLabel("Last call", SMALL, role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        for part in (self._first, self._next, self._called):
            column.addWidget(part)

    def show_people(self, people: Sequence[str], called: str) -> None:
        """Show whom to call.

        Args:
            people: in the order of escalation.
            called: the last call about this layout in this run, or "".
        """
        if not people:
            people = ["The site names nobody for this plot."]
        self._first.show_words(f"1. {people[0]}" if len(people) > 1 else people[0])
        later = [f"{at}. {words}" for at, words in enumerate(people[1:], 2)]
        self._next.show_words("\n".join(later))
        self._called.show_words(f"Last call: {called}" if called else "")

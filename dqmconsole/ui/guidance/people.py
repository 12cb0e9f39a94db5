"""Who is who, over the window: whom one speaks to, and the pages outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.shift.people import people_text
from dqmconsole.ui.guidance.terms import TermTips
from dqmconsole.ui.markdown import inks_of
from dqmconsole.ui.overlay import Overlay
from dqmconsole.ui.text import SafeText

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.context import Context

KEYS = "↑ ↓ scroll   Tab to a page, Enter opens it in the browser   Esc closes"
ABOUT = (
    "Who decides what in the control room, when to speak to whom, and where the pages "
    "are that a shift uses beside the console."
)


class PeopleSheet(Overlay):
    """Who is who in the control room, as the site's contacts say.

    Args:
        context: the console.
    """

    shrinks = True

    def __init__(self, context: Context) -> None:
        super().__init__("Who is who", context.window, (1080, 720))
        self._context = context
        self._text = SafeText("Who is who", fitted=False)
        self._text.followed.connect(context.link_wanted)
        self.begin_column("Who is who", KEYS, ABOUT).addWidget(self._text, 1)
        TermTips(context.client, self).explain(self)
        context.colours.changed.connect(self._write)

    def first_field(self) -> QWidget:
        """The text has the keyboard: arrows scroll it."""
        return self._text

    def open(self) -> None:
        """Show who has each role just now."""
        self._write()
        super().open()

    def _write(self) -> None:
        site = self._context.client.site
        text = (
            people_text(site, self._context.session.now())
            if site is not None
            else "The site is not read yet: try again in a moment."
        )
        self._text.show_markdown(text, inks_of(self._context.theme))

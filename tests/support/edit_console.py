"""A window that edits a layout: the engine's half answers, with nothing to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.consoles import Console
from support.fake_session import FakeSession, live_session

from dqmconsole.engine.editing import Editing
from dqmconsole.engine.loop import REVIEW_AFTER
from dqmconsole.model.message import AskForm, AskUnsaved, EditLayout, LayoutEdited
from dqmconsole.model.site import SiteSettings
from dqmconsole.ui.edit.feature import EditFeature
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.ui.edit.parts import EditParts
    from dqmconsole.ui.theme import Theme


class EditConsole(Console):
    """A console on a live session that edits a layout of a site.

    Args:
        home: folder of the site.
        layout: to be edited.
    """

    def __init__(
        self,
        home: Path,
        layout: str,
        *,
        theme: Theme = LIGHT,
        size: tuple[int, int] = (1366, 768),
        client: FakeSession | None = None,
    ) -> None:
        self.home = home
        self.editing = Editing(home, home / "unsaved", SiteSettings(""))
        self.feature = EditFeature(layout, begin=True)
        self._answered = 0
        super().__init__(
            client or live_session(),
            home / "console.ini",
            theme=theme,
            size=size,
            features=(self.feature,),
            overview=True,
        )
        self.wait(0)

    @property
    def part(self) -> EditParts:
        assert self.feature.part is not None
        return self.feature.part

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        while self._answer():
            super().wait(0)
        if seconds < REVIEW_AFTER:
            return
        while self.editing.reviews:
            for told in self.editing.review():
                self.client.answer(told)
        super().wait(0)

    def _answer(self) -> bool:
        """Answer what is asked of the editor; whether anything was."""
        sent = self.client.feed.sent
        asked, self._answered = sent[self._answered :], len(sent)
        told: list[LayoutEdited] = self.editing.look()
        for each in told:
            self.client.answer(each)
        jobs = [
            self.editing.edit(each)
            if isinstance(each, EditLayout)
            else self.editing.ask_form(each)
            if isinstance(each, AskForm)
            else self.editing.ask_unsaved(each)
            for each in asked
            if isinstance(each, EditLayout | AskForm | AskUnsaved)
        ]
        for job in jobs:
            while True:
                try:
                    next(job)
                except StopIteration as end:
                    self.client.answer(end.value)
                    break
        return bool(jobs) or bool(told)

    @property
    def text(self) -> str:
        editor = self.part.editor
        assert editor is not None
        assert editor.text is not None
        return editor.text

"""Pictures of the first page, on the run of its drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.consoles import Console
from support.overview_scene import drawn_session, keys_of, time_of

from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot
    from support.fake_session import FakeSession

    from dqmconsole.ui.theme import Theme

    Check = Callable[[QImage, str], None]


def grab(
    folder: Path,
    theme: Theme = LIGHT,
    *,
    client: FakeSession | None = None,
    lately: bool = False,
    size: tuple[int, int] = (1366, 768),
) -> QImage:
    """A picture of the overview, or of the list beside it."""
    console = Console(
        client or drawn_session(), folder / "c.ini", size=size, theme=theme,
        overview=True,
    )  # fmt: skip
    console.window.parts.overview.looks.since = time_of(41)
    console.wait(1)
    console.wait(1)
    parts = console.window.parts
    image = (parts.lately if lately else parts.overview).grab().toImage()
    console.close()
    return image


def test_overview_light(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    picture(
        grab(tmp_path),
        "quiet strips, red only in Hcal from 41, L1T hatched from 63, Castor and a "
        "stretch of RPC dotted, thin strips with a ring for Info and FED, a dashed "
        "line where one looked last; no words cut off",
    )


def test_overview_dark(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    picture(grab(tmp_path, DARK, size=(1920, 1080)), "the same on dark, with more room")


def test_overview_lately_light(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    picture(
        grab(tmp_path, lately=True),
        "clock, mark, bold words and a muted line each; 'You looked' with a blue dot",
    )


def test_overview_by_default_light(
    picture: Check,
    tmp_path: Path,
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
) -> None:
    client = drawn_session()
    key = keys_of(client.site, "DT")[0]
    late = Verdict(Status.WARNING, "0.55 TS late", since=70, adopted=False)
    client.put_verdict(key, late)
    picture(
        grab(tmp_path, client=client),
        "DT: an outlined triangle and 'by default', in its own words",
    )

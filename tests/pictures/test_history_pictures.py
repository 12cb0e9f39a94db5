"""The history of a number, and the list of references, in the whole window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, QRect
from support.consoles import Console
from support.fake_session import CHARGE, RUN, curve, live_session, tile_of
from support.histories import answer_history
from support.keyboard import CTRL, SHIFT

from dqmconsole.model.frame import RunsFact
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.theme import Theme

    Check = Callable[[QImage, str], None]

SIZES = {"light": (1366, 768), "dark": (1920, 1080)}
RULES = (
    ReferenceRule("hcal-dqm", "2026-11-21", "quiet", run=397951, subsystem="Hcal"),
    ReferenceRule("ecal-dqm", "2026-11-21", "quiet", file="references/cosmics.root"),
)
LATE = Verdict(
    Status.BAD, "mean 0.72, 0.4 to 0.6 allowed in LS 394–417", since=394,
    checks=(
        CheckResult(
            "mean", Status.BAD, "mean 0.72, 0.4 to 0.6 allowed", "LS 414–417", 0.72,
            ((0.6, "bad above"), (0.4, "bad below")),
        ),
    ),
)  # fmt: skip


def console_of(folder: Path, theme: Theme) -> Console:
    client = live_session()
    assert client.site is not None
    client.put_site(msgspec.structs.replace(client.site, references=RULES))
    client.put_references(RunsFact((398100, 398150, 398211, RUN)))
    client.put_tile(tile_of(CHARGE, curve("charge"), LATE))
    return Console(client, folder / "c.ini", size=SIZES[theme.name], theme=theme)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("number", ["mean", "bin"])
def test_history(
    picture: Check,
    tmp_path: Path,
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    number: str,
    theme: Theme,
) -> None:
    console = console_of(tmp_path, theme)
    console.window.parts.view.open_plot(CHARGE)
    console.wait(1)
    console.press("H", SHIFT, times=2 if number == "mean" else 4)
    console.wait(1)
    answer_history(console.client)
    console.wait(1)
    detail = console.window.parts.view.detail
    place = QRect(detail.mapTo(console.window, QPoint()), detail.size())
    image = console.window.grab(place).toImage()  # it has no ground of its own
    console.close()
    picture(
        image,
        "points with errors, a gap, the last four off, limits as lines; of a bin the "
        "crosshair in the plot, and nothing over runs",
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_reference_picker(
    picture: Check,
    tmp_path: Path,
    qtbot: QtBot,  # noqa: ARG001 - it brings the application
    theme: Theme,
) -> None:
    console = console_of(tmp_path, theme)
    console.window.parts.view.select_plot(CHARGE)
    console.window.parts.view.choices.references[CHARGE] = 398150
    console.wait(1)
    console.press("r", CTRL | SHIFT)
    image = console.window.parts.references.grab().toImage()
    console.close()
    picture(image, "runs newest first, one in use, whose reference they are, the keys")

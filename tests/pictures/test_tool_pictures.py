"""Pictures of a plot alone with a fit, and of a map with its projections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from support.consoles import Console
from support.fake_session import CHARGE, DEPTH1, live_session
from support.keyboard import CTRL, SHIFT

from dqmconsole.model.fit import FitParameter, FitResult
from dqmconsole.model.message import Fit, Fitted
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from dqmconsole.ui.theme import Theme

    Check = Callable[[QImage, str], None]

ALT, UP = Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Up


def opened(folder: Path, key: str, theme: Theme) -> Console:
    console = Console(live_session(), folder / "c.ini", size=(1366, 768), theme=theme)
    console.window.parts.view.open_plot(key)
    console.wait(1)
    return console


def taken(console: Console) -> QImage:
    detail = console.window.parts.view.detail
    place = QRect(detail.mapTo(console.window, QPoint()), detail.size())
    image = console.window.grab(place).toImage()
    console.close()
    return image


def fit(console: Console, height: float) -> None:
    """Have a Gaussian fitted; that of another engine would have other last digits."""
    console.press("y")
    console.press("1", ALT)
    x = np.linspace(-3.0, 3.0, 400)
    named = (
        ("Constant", height, 6.3),
        ("Mean", -0.0043, 0.005),
        ("Sigma", 0.54, 0.0043),
    )
    result = FitResult(
        "gaus", "chi2", tuple(FitParameter(*each) for each in named), 493.6, 97,
        2e-54, 100, -3.0, 3.0, x, height * np.exp(-0.5 * (x / 0.54) ** 2),
        "least chi2, empty bins left out; 100 bins from -3 to 3",
    )  # fmt: skip
    request = next(x for x in reversed(console.client.feed.sent) if isinstance(x, Fit))
    console.client.answer(Fitted(request.request, request.key, 0, result))
    console.wait(0)


def test_fit_light(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    console = opened(tmp_path, CHARGE, LIGHT)
    fit(console, 507.0)
    picture(
        taken(console),
        "the curve runs over data and reference, gaus is pressed, two lines of words "
        "and none cut off",
    )


def test_fit_log_dark(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    console = opened(tmp_path, CHARGE, DARK)
    fit(console, 507.0)
    console.press("L")
    picture(taken(console), "on a logarithmic axis the curve is a parabola")


def test_slice_light(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    console = opened(tmp_path, DEPTH1, LIGHT)
    console.press("q")
    console.press(UP, CTRL)
    console.press(UP, CTRL | SHIFT, 3)
    picture(
        taken(console),
        "a blue band over the map, beneath it its projection on the same x axis",
    )


def test_projection_dark(picture: Check, tmp_path: Path, qtbot: QtBot) -> None:  # noqa: ARG001 - Qt
    console = opened(tmp_path, DEPTH1, DARK)
    console.press("r")
    console.press("q", times=2)
    picture(
        taken(console),
        "the projection on iφ at the side of map and reference, its reference above "
        "the dip from 11 to 24",
    )

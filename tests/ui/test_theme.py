"""Every text is legible on every surface it lies on; the style sheet parses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QTreeView

from dqmconsole.ui.fonts import load_fonts, tabular
from dqmconsole.ui.theme import DARK, LIGHT, Theme, stylesheet

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@THEMES
@pytest.mark.parametrize("ink", ["ink", "muted", "warning_ink", "bad_ink"])
@pytest.mark.parametrize("surface", ["tile", "panel", "ground"])
def test_text_has_enough_contrast(theme: Theme, ink: str, surface: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, surface)) >= 4.5


@THEMES
@pytest.mark.parametrize(
    ("ink", "surface"),
    [
        ("on_bad", "bad"),
        ("on_warning", "warning"),
        ("on_training", "training"),
        ("training", "tile"),  # "Done" in the tutor's bubble
        ("tile", "selection"),  # a row that is selected
        ("ink", "hover"),
        ("selection", "tile"),  # a choice that has the keyboard
        ("selection", "panel"),
    ],
)
def test_text_on_colour_has_enough_contrast(
    theme: Theme, ink: str, surface: str
) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, surface)) >= 4.5


@THEMES
def test_lines_that_carry_meaning_stand_out(theme: Theme) -> None:
    for name in ("edge", "reference", "selection", "bad"):
        assert contrast(getattr(theme, name), theme.tile) >= 3.0, name
    # amber on white cannot reach 3:1; its border goes with the mark and its letter
    assert contrast(theme.warning, theme.tile) >= 2.0


@THEMES
def test_violet_is_used_for_training_only(theme: Theme) -> None:
    colours = [value for name, value in vars(theme).items() if name != "training"]
    assert theme.training not in colours


@THEMES
def test_style_sheet_is_whole_and_parses(qtbot: QtBot, theme: Theme) -> None:
    sheet = stylesheet(theme)
    assert sheet.count("{") == sheet.count("}")
    assert set(re.findall(r"#[0-9A-F]{6}\b", sheet)) <= set(
        map(str, vars(theme).values())
    )
    view = QTreeView()
    qtbot.addWidget(view)
    # Qt says "Could not parse" as a warning, which fails the test
    view.setStyleSheet(sheet)
    view.ensurePolished()
    assert view.palette().text().color().name().upper() == theme.ink


def test_the_shipped_font_is_taken_with_digits_of_equal_width(
    qapp: QApplication,
) -> None:
    before = QApplication.font()
    try:
        family = load_fonts(qapp)
        assert family == "Source Sans Pro"
        assert QApplication.font().family() == family
        assert tabular(QApplication.font()).featureTags()
    finally:
        qapp.setFont(before)

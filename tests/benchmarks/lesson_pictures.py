"""Plays every lesson, and saves a picture of each step in both themes.

Run: ``python tests/benchmarks/lesson_pictures.py OUT [LESSON …]``.

Of each step ``NN-LESSON/SS-STEP-told-THEME.png`` shows the window when it is told, and
``…-there-…`` what it asks to look at, where that is brought into view first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent.parent))

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.lesson_console import LessonConsole
from support.lesson_player import LessonPlayer

from dqmconsole.training.lesson import teaching
from dqmconsole.ui.fonts import load_fonts
from dqmconsole.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from dqmconsole.training.lesson import Lesson, LessonStep

PATIENCE = 400.0  # s: lessons wait for their runs as they do for a trainee
SETTLE = 400  # ms from the last tile until it is taken that nothing moves any more


def main() -> None:
    """Play them and save the pictures."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("out", type=Path)
    wanted.add_argument("lessons", nargs="*")
    given = wanted.parse_args()
    application = QApplication(sys.argv[:1])
    load_fonts(application)
    with tempfile.TemporaryDirectory() as folder:
        console = LessonConsole(Path(folder))
        console.patience = PATIENCE
        try:
            for lesson in teaching(console.site).lessons:
                if not given.lessons or lesson.id in given.lessons:
                    play(console, lesson, given.out / f"{lesson.number:02}-{lesson.id}")
        finally:
            console.close()


def play(console: LessonConsole, lesson: Lesson, out: Path) -> None:
    """Play one lesson and save its pictures."""
    out.mkdir(parents=True, exist_ok=True)

    def look(step: LessonStep, when: str) -> None:
        number = lesson.steps.index(step) + 1
        save(console, out / f"{number:02}-{step.id}-{when}")

    player = LessonPlayer(console, look, hurry=False)
    try:
        player.play(lesson, "Ada Trainee")
        said = "; ".join(player.wrong_hints) or "played"
    except AssertionError as error:
        said = str(error)
    sys.stdout.write(f"{lesson.id}: {said}\n")
    sys.stdout.flush()


def save(console: LessonConsole, path: Path) -> None:
    """Wait until all is drawn, and save the window in both themes."""
    grid = console.window.parts.view.grid
    for theme in (DARK, LIGHT):
        console.window.context.colours.change(theme)
        QTest.qWait(SETTLE)
        console.until(
            lambda: (
                not console.window.parts.view.on_page
                or all(
                    tile.tile is not None for tile in grid.visible_tiles() if tile.key
                )
            ),
            "every tile has its data",
        )
        QTest.qWait(SETTLE)
        console.window.grab().save(f"{path}-{theme.name}.png")


if __name__ == "__main__":
    main()

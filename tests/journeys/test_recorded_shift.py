"""An observed shift of a recorded run, at a site without a simulator, in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from support.keyboard import SHIFT
from support.lesson_console import LessonConsole
from support.recorded_shift import AHEAD, HITS, RUN, TRIGGER, make_shift_site

from dqmconsole.app.simulation import RecordedDetector
from dqmconsole.model.layout import plot_key
from dqmconsole.shift import actions
from dqmconsole.training.observed_shift import ObservedShift, past_observed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

FASTER = "40"  # seconds of the detector per second: the fault comes in two of them


def _faster(
    record: str,
    site: Path,
    causes: Sequence[str],
    seed: int,
    *,
    below: Path,
    more: Sequence[str],
) -> RecordedDetector:
    words = [*more]
    words[words.index("--speed") + 1] = FASTER
    return RecordedDetector(record, site, causes, seed, below=below, more=words)


@pytest.mark.slow
def test_a_site_without_a_simulator_has_an_observed_shift(
    qapp: QApplication,  # noqa: ARG001 - Qt
    tmp_path: Path,
) -> None:
    site = make_shift_site(tmp_path / "site")
    console = LessonConsole(tmp_path / "books", site=site)
    try:
        console.course._runs._play = _faster
        trainer = console.trainer
        trainer.who = "Ada"
        part = console.course.training.part
        assert part is not None
        part.observed.open()
        # nothing of its run is seen before it begins
        assert console.client.mailbox.run.run == 0
        words = console.words("The observed shift: 1")
        assert "a recorded run of this site" in words
        assert str(RUN) not in words
        assert "hand-over asks" not in console.words("The observed shift: 2")
        assert "within 2 spills of it" in console.words("The observed shift: 5")
        console.press(Qt.Key.Key_Return)
        shift = trainer.activity
        assert isinstance(shift, ObservedShift)
        whole = shift.left
        console.until(lambda: shift.left < whole, "its clock runs")
        run = console.client.mailbox.run
        assert run.run == RUN
        assert (run.lumisection or 0) >= AHEAD
        assert run.conditions.run_type == "beam"
        band = console.words("What is trained")
        assert f"recorded run {RUN} with faults put into it" in band
        console.until(lambda: console.is_wrong(HITS), "the checks find the fault")
        key = plot_key("Calorimeter", "Hits", HITS)
        assert actions.call(console.session, "calo-oncall", key, RUN) == ""
        console.until(lambda: "Nobody answers" in console.words("The phone"), "rings")
        console.until(lambda: console.is_wrong(TRIGGER), "the run's own false alarm")
        console.press(Qt.Key.Key_Escape, SHIFT)
        assert "it is not passed" in console.words("What leaving means")
        console.press(Qt.Key.Key_Tab)
        console.press(Qt.Key.Key_Return)
        console.until(lambda: console.seen("Name of the mentor"), "the mentor's page")
        (past,) = past_observed(trainer.ledger.records)
        assert past.ended is not None
        assert (past.ended.recorded, past.ended.run_type) == (RUN, "beam")
        musts = {each.on: each for each in past.ended.musts[::-1]}
        assert musts["call"].passed
        assert musts["call"].asked.startswith("Frozen in Calorimeter › Hits by layer")
        assert musts["false calls"].passed
        assert not musts["length"].passed
    finally:
        console.close()

"""Labels of bins: short, and still unlike one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from dqmconsole.ui.plot.axes import AxisView, cut, without_prefix
from dqmconsole.ui.plot.scale import Scale

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SEEDS = ("L1_SingleEG12er2p5", "L1_SingleEG26er2p5", "L1_SingleMu22", "L1_ZeroBias")


@pytest.fixture
def metrics(qtbot: QtBot) -> QFontMetrics:  # noqa: ARG001 - Qt
    return QFontMetrics(QApplication.font())


def axis(*labels: str) -> AxisView:
    edges = np.arange(len(labels) + 1.0)
    return AxisView(Scale(0, len(labels)), "Algorithm", labels, edges)


def test_what_all_begin_with_is_said_once(metrics: QFontMetrics) -> None:
    shown = without_prefix(axis(*SEEDS, ""), metrics, 40)
    assert shown.title == "Algorithm (L1_…)"
    assert shown.labels == (*(each[3:] for each in SEEDS), "")


@pytest.mark.parametrize(
    "labels",
    [
        ("HBM03", "HBM04"),  # no piece of its own
        ("L1_", "L1_SingleMu22_of_some_length"),  # one would be left without a word
        ("L1_SingleMu22_of_some_length",),
        ("alone", "L1_SingleMu22_of_some_length"),
        (),
    ],
)
def test_labels_stay_whole_where_no_prefix_helps(
    metrics: QFontMetrics, labels: tuple[str, ...]
) -> None:
    before = axis(*labels)
    assert without_prefix(before, metrics, 40) is before


def test_labels_that_fit_stay_whole(metrics: QFontMetrics) -> None:
    before = axis(*SEEDS)
    assert without_prefix(before, metrics, 4000) is before


def test_cut_labels_stay_unlike(metrics: QFontMetrics) -> None:
    alike = [f"SingleIsoElectronGamma{number}er2p5_isolated" for number in range(9)]
    for words in (alike, [f"{number}_{'long' * 9}" for number in range(9)]):
        room = metrics.horizontalAdvance(words[0]) // 2
        shown = cut(words, metrics, room)
        assert all(metrics.horizontalAdvance(each) <= room for each in shown)
    number_first = [f"{number}_{'long' * 9}" for number in range(9)]
    assert len(set(cut(number_first, metrics, 60))) == 9
    number_last = [f"{'long' * 9}{number}ab" for number in range(9)]
    assert len(set(cut(number_last, metrics, 60))) == 9


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=st.lists(st.text(), max_size=8))
def test_nothing_of_a_label_is_lost(metrics: QFontMetrics, labels: list[str]) -> None:
    before = axis(*labels)
    shown = without_prefix(before, metrics, 0)
    prefix = shown.title.removeprefix("Algorithm (").removesuffix("…)")
    if shown is not before:
        found = [f"{prefix}{each}" if each else "" for each in shown.labels]
        assert found == labels
    assert len(cut(labels, metrics, 30)) == len(labels)

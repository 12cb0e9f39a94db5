"""Words that are cut where there is no room for all of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmconsole.ui.labels import ElidedLabel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_the_number_of_whom_to_call_is_not_cut_where_it_fits(qtbot: QtBot) -> None:
    label = ElidedLabel(end=re.compile(r", [^,]*$"))
    qtbot.addWidget(label)
    metrics = label.fontMetrics()
    words = "Technical shifter (DCS, high voltage), 70005 [example]"
    label.resize(metrics.horizontalAdvance("Technical shif…, 70005 [example]"), 20)
    label.set_words(words)
    assert label.text().startswith("Tech")
    assert label.text().endswith("…, 70005 [example]")
    assert metrics.horizontalAdvance(label.text()) <= label.width()
    label.resize(metrics.horizontalAdvance("…, 70005 …"), 20)
    label.fit()
    assert label.text().startswith("…, 7000")
    assert label.text().endswith("…")
    assert metrics.horizontalAdvance(label.text()) <= label.width()
    label.resize(1, 20)
    label.fit()
    assert label.text() == "…"
    label.resize(2 * metrics.horizontalAdvance(words), 20)
    label.fit()
    assert label.text() == words


def test_first_words_are_seen_before_a_long_end(qtbot: QtBot) -> None:
    label = ElidedLabel(end=re.compile(r" \(.*\)$"), first=0.5)
    qtbot.addWidget(label)
    label.resize(300, 20)
    label.set_words(f"11 of 132 superlayers dead ({'Sector 9, MB2; ' * 9}MB4)")
    assert label.text().startswith("11 of 132")
    assert "(Sec" in label.text()
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    label.set_words("2 dead (Sector 9)")
    assert label.text() == "2 dead (Sector 9)"

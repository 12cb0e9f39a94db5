from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QTimer

from dqmconsole.app import application


@pytest.mark.usefixtures("qapp")
def test_memory_is_returned_every_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    returned: list[bool] = []
    monkeypatch.setattr(
        application, "return_freed_memory", lambda: returned.append(True)
    )
    owner = QObject()
    application.return_memory(owner)
    (timer,) = owner.findChildren(QTimer)
    assert timer.isActive()
    assert timer.interval() == 60_000
    timer.timeout.emit()
    assert returned == [True]

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from dqmconsole.app import display
from dqmconsole.app.display import (
    X11_NEEDS,
    DisplayError,
    SystemLibrary,
    install_line,
    missing_libraries,
    why_no_window,
)

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = SystemLibrary("libnowhere.so.7", "libnowhere7", "nowhere-libs")


def test_a_missing_library_is_named_with_its_packages() -> None:
    assert missing_libraries((NOWHERE,)) == (NOWHERE,)
    line = install_line((NOWHERE,))
    assert "libnowhere.so.7" in line
    assert "apt-get install libnowhere7" in line
    assert "dnf install nowhere-libs" in line
    assert "\n" not in line


def test_no_display_is_said() -> None:
    assert "no display" in why_no_window({})


def test_offscreen_is_no_window() -> None:
    assert why_no_window({"QT_QPA_PLATFORM": "offscreen"})
    assert not why_no_window({"QT_QPA_PLATFORM": "xcb"})


@pytest.mark.parametrize("name", [":987", "nonsense", ":x", "127.0.0.1:9"])
def test_a_display_that_does_not_answer_is_said(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "X11_NEEDS", ())
    assert name in why_no_window({"DISPLAY": name})


def test_missing_x_libraries_are_said_before_the_display_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(display, "X11_NEEDS", (*X11_NEEDS, NOWHERE))
    assert "libnowhere7" in why_no_window({"DISPLAY": ":987"})


def test_without_what_qt_links_to_nothing_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(display, "QT_NEEDS", (NOWHERE,))
    with pytest.raises(DisplayError, match="libnowhere7"):
        why_no_window({"QT_QPA_PLATFORM": "offscreen"})


def test_a_socket_that_listens_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "X11_NEEDS", ())
    monkeypatch.setattr(display, "_SOCKETS", tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "X7"))
        server.listen(1)
        assert why_no_window({"DISPLAY": ":7.0"}) == ""
    assert "does not answer" in why_no_window({"DISPLAY": ":8"})

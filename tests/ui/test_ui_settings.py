"""What is remembered between two starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from dqmconsole.ui.settings import LOOKS_KEPT, RECENT_KEPT, Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_recent_sources_latest_first_without_doubles(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "console.ini"
    settings = Settings(file)
    for number in range(RECENT_KEPT + 3):
        settings.remember_source(f"/data/{number}")
    settings.remember_source("/data/5")
    settings.theme = "dark"
    settings.remember_window(QByteArray(b"geometry"), QByteArray(b"docks"))
    settings.save()
    again = Settings(file)
    assert again.recent[:2] == ("/data/5", f"/data/{RECENT_KEPT + 2}")
    assert len(again.recent) == RECENT_KEPT == len(set(again.recent))
    assert again.theme == "dark"
    assert again.geometry == b"geometry"
    assert again.arrangement == b"docks"


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings = Settings(tmp_path / "file" / "console.ini")
    assert settings.trouble == ""
    settings.theme = "dark"
    settings.save()
    assert settings.trouble.startswith(f"{tmp_path}/file/console.ini cannot be written")
    (tmp_path / "c.ini").write_bytes(b"[x\n\xff\xfe=[[[[\n\\\nno equals\n")
    assert Settings(tmp_path / "c.ini").trouble.endswith("were read in part")


def test_who_looked_at_what_is_remembered_apart(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "console.ini")
    settings.remember_look("Anna", "/dqm", 1000.4)
    settings.remember_look("", "/dqm", 2000.0)
    settings.remember_look("Anna", "/other", 3000.0)
    settings.remember_look("Anna", "/dqm", 4000.0)
    settings.save()
    again = Settings(tmp_path / "console.ini")
    assert again.looked("Anna", "/dqm") == 4000.0
    assert again.looked("", "/dqm") == 2000.0
    assert again.looked("Anna", "/other") == 3000.0
    assert again.looked("Ben", "/dqm") is None
    for number in range(LOOKS_KEPT):
        again.remember_look("Ben", f"/data/{number}", 5000.0)
    assert again.looked("Anna", "/dqm") is None


def test_rubbish_in_the_file_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "console.ini"
    file.write_text("[recent]\ncount=a lot\n0=x\n[window]\ngeometry=5\n%%%\n")
    settings = Settings(file)
    assert settings.recent == ()
    assert settings.geometry.isEmpty()
    assert settings.arrangement.isEmpty()


def test_without_a_file_it_remembers_while_it_lives() -> None:
    settings = Settings(None)
    settings.remember_source("/a")
    settings.theme = "dark"
    settings.save()
    assert settings.recent == ("/a",)
    assert settings.theme == "dark"
    assert Settings(None).recent == ()

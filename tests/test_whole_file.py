"""A file is written whole or not at all."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from pathlib import Path


def test_it_stands_under_its_name_at_the_end_alone(tmp_path: Path) -> None:
    target = tmp_path / "run.yaml"
    target.write_text("before")
    with replacing(target) as part:
        part.write_text("after")
        assert target.read_text() == "before"
    assert target.read_text() == "after"
    assert list(tmp_path.iterdir()) == [target]


def test_what_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "run.yaml"
    target.write_text("before")

    def fail() -> None:
        with replacing(target) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_process_left_is_no_part_of_it(tmp_path: Path) -> None:
    target = tmp_path / "run.yaml"
    with replacing(target) as left:
        left.write_text("before")
    left.write_text("half")
    with replacing(target) as part, part.open("a") as writing:
        writing.write("after")
    assert target.read_text() == "after"


def test_what_is_durable_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, seen = tmp_path / "run.yaml", []
    synced = os.fsync

    def fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        seen.append((folder, target.exists()))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with replacing(target, durable=True) as part:
        part.write_text("after")
    assert seen == [(False, False), (True, True)]

"""Odd things in a folder hide nothing of the rest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import pytest
from dqm_files import T0, direct, file_name, settle, write

from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.sources.names import parse_name
from dqmconsole.sources.open import check_source
from dqmconsole.sources.open_files import is_intact
from dqmconsole.sources.scan import UNKNOWN_SIZE, Scan
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_link_to_itself_is_told_and_the_rest_is_listed(tmp_path: Path) -> None:
    name = file_name("Hcal", 7, 2)
    (tmp_path / name).symlink_to(name)
    (tmp_path / "good.root").touch()
    listing = Scan(str(tmp_path)).look()
    assert not listing.error
    assert {stat.file: stat.size for stat in listing.changed} == {
        name: UNKNOWN_SIZE,
        "good.root": 0,
    }
    write(tmp_path, file_name("Hcal", 7, 1), run=7, ls=1)
    source = direct(tmp_path)
    settle(source, T0)
    assert source.runs() == (7,)
    assert ["symbolic links" in str(problem) for problem in source.problems()] == [
        True,
        False,  # good.root is no DQM name
    ]
    source.close()


def test_a_name_that_is_not_utf8_can_be_told(tmp_path: Path) -> None:
    snapshot = b"/DQM_V0001_Hcal_R000000007.root.ls00000001_host\xff_pid00000001"
    for name in (b"/\xff\n.root", snapshot):
        os.close(os.open(os.fsencode(tmp_path) + name, os.O_CREAT))
    listing = Scan(str(tmp_path)).look()
    names = {stat.file for stat in listing.changed}
    assert len(names) == 2
    assert not any(parse_name(name) for name in names)
    msgspec.msgpack.encode(listing)


def test_a_process_number_no_computer_has_is_no_dqm_name() -> None:
    name = "DQM_V0001_Hcal_R000000007.root.ls00000001_hosta_pid" + "9" * 30
    assert parse_name(name) is None


def test_a_folder_that_became_a_file_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = write(folder, file_name("Hcal", 7), run=7)
    file = DqmFile(path)
    folder.rename(tmp_path / "away")
    folder.touch()
    assert is_intact(file, path)
    file.close()


def test_a_source_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.root").symlink_to("x.root")
    for text, words in (
        (f"{tmp_path}/x.root", "a link that leads nowhere"),
        (f"{tmp_path}/\udcff", "not UTF-8"),
        ("a\0b", "is no path"),
    ):
        with pytest.raises(SourceError, match=words):
            check_source(text)

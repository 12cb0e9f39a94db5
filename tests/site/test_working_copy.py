"""A layout that is edited survives crashes, read-only folders and other people."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.site.merge import MARKS, merged
from dqmconsole.site.working_copy import (
    ChangedOnDiskError,
    WorkingCopy,
    WorkingCopyError,
)

if TYPE_CHECKING:
    from pathlib import Path

BASE = "layout: A\nowner: a\npages:\n  - page: B\n    plots: []\n"
OURS = BASE.replace("owner: a", "owner: b")
THEIRS = BASE.replace("page: B", "page: C")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "layouts" / "A.yaml"
    path.parent.mkdir()
    path.write_text(BASE)
    return path


def opened(file: Path) -> WorkingCopy:
    return WorkingCopy(file, file.parent.parent / "journals")


def test_unsaved_text_survives_a_crash(file: Path) -> None:
    opened(file).change(OURS)  # and no more of it
    again = opened(file)
    assert again.text == OURS
    assert again.recovered is not None
    assert file.read_text() == BASE
    again.save()
    assert file.read_text() == OURS
    assert opened(file).recovered is None
    assert not [*(file.parent.parent / "journals").iterdir()]


def test_a_file_is_saved_whole_with_its_mode_and_byte_order_mark(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    copy = opened(file)
    copy.save()
    copy.change(OURS.replace("\n", "\r\n"))
    copy.save()
    assert file.read_bytes() == b"\xef\xbb\xbf" + OURS.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["A.yaml"]


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.with_name("link.yaml")
    link.symlink_to("A.yaml")
    copy = opened(link)
    copy.change(OURS)
    copy.save()
    assert link.is_symlink()
    assert file.read_text() == OURS


def test_what_others_wrote_is_seen_and_not_overwritten(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    assert not copy.look()
    file.write_text(THEIRS)
    with pytest.raises(ChangedOnDiskError, match="changed by somebody else"):
        copy.save()
    assert file.read_text() == THEIRS
    assert copy.settle("merge") == ()
    assert copy.text == THEIRS.replace("owner: a", "owner: b")
    copy.save()
    assert file.read_text() == copy.text


def test_a_file_that_is_deleted_is_asked_about_and_can_be_saved(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.unlink()
    assert copy.look()
    with pytest.raises(ChangedOnDiskError, match="deleted by somebody else"):
        copy.save()
    copy.settle("mine")
    copy.save()
    assert file.read_text() == OURS


def test_a_file_that_comes_back_as_it_was_is_no_change(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    away = file.rename(file.with_name("away"))
    assert copy.look()
    away.rename(file)
    assert copy.look()
    copy.save()
    assert file.read_text() == OURS


def test_what_cannot_be_read_meanwhile_is_not_saved_over(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_bytes(b"\0 of another program")
    with pytest.raises(WorkingCopyError, match=r"binary file.*move it away"):
        copy.save()
    assert file.read_bytes() == b"\0 of another program"
    file.write_text(BASE)
    copy.save()
    assert file.read_text() == OURS


def test_unsaved_text_of_one_stays_when_another_closes_or_saves(file: Path) -> None:
    other = opened(file)
    copy = opened(file)
    copy.change(OURS)
    other.close()
    assert opened(file).text == OURS
    other.change(THEIRS)
    other.save()
    assert copy.look()
    assert opened(file).text == OURS


def test_two_who_write_the_same_have_no_conflict(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_text(OURS)
    assert copy.look()
    assert copy.theirs is None
    assert not copy.unsaved


def test_a_conflict_is_marked_and_both_texts_are_there(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_text(BASE.replace("owner: a", "owner: c"))
    assert copy.look()
    assert copy.settle("merge") == (2,)
    lines = copy.text.splitlines()
    assert lines[1:6] == [MARKS[0], "owner: b", MARKS[1], "owner: c", MARKS[2]]


def test_mine_is_saved_over_theirs_and_theirs_leaves_mine_aside(file: Path) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_text(THEIRS)
    copy.settle("mine")
    copy.save()
    assert file.read_text() == OURS
    copy.change(OURS + "# more\n")
    file.write_text(THEIRS)
    copy.settle("theirs")
    assert copy.text == THEIRS
    (kept,) = (file.parent.parent / "journals").glob("*.kept")
    assert "# more" in kept.read_text()


def test_a_file_that_changed_while_its_journal_waited_is_merged(file: Path) -> None:
    opened(file).change(OURS)
    file.write_text(THEIRS)
    copy = opened(file)
    assert copy.theirs == THEIRS
    with pytest.raises(ChangedOnDiskError):
        copy.save()
    copy.settle("merge")
    assert copy.text == THEIRS.replace("owner: a", "owner: b")


def test_a_file_that_is_read_only_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = opened(file)
    copy.change(OURS)
    monkeypatch.setattr(os, "access", lambda path, _: path == file.parent)
    with pytest.raises(WorkingCopyError, match=r"A\.yaml is read-only"):
        copy.save()
    monkeypatch.setattr(os, "access", lambda path, _: path != file.parent)
    with pytest.raises(WorkingCopyError, match=r"the folder of .* is read-only"):
        copy.save()
    assert file.read_text() == BASE


def test_a_full_disk_leaves_the_file_and_says_so(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = opened(file)
    copy.change(OURS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkingCopyError, match="No space left"):
        copy.save()
    assert file.read_text() == BASE
    assert [each.name for each in file.parent.iterdir()] == ["A.yaml"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"layout: \xe9\n", "not UTF-8"),
        (b"\x00\x01", "binary"),
        (b"# x\n" * (2 << 20), "larger than 4 MB"),
    ],
)
def test_what_is_no_text_is_not_opened(file: Path, data: bytes, words: str) -> None:
    file.write_bytes(data)
    with pytest.raises(WorkingCopyError, match=words):
        opened(file)


def test_a_journal_that_is_damaged_is_set_aside(file: Path) -> None:
    opened(file).change(OURS)
    (journal,) = (file.parent.parent / "journals").iterdir()
    journal.write_bytes(journal.read_bytes()[:-9])
    copy = opened(file)
    assert copy.text == BASE
    assert "cannot be read" in copy.trouble
    assert journal.with_suffix(".broken").exists()


def test_without_a_place_for_journals_that_is_said(file: Path) -> None:
    copy = WorkingCopy(file)
    copy.change(OURS)
    assert copy.trouble
    (file.parent.parent / "journals").write_text("in the way")
    copy = opened(file)
    copy.change(OURS)
    assert "not safe" in copy.trouble


LINES = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=8)


@settings(max_examples=15)
@given(LINES, LINES, LINES)
def test_merging_loses_no_line(a: list[str], b: list[str], c: list[str]) -> None:
    base, ours, theirs = ("".join(f"{x}\n" for x in each) for each in (a, b, c))
    assert merged(base, base, theirs) == (theirs, ())
    assert merged(base, ours, base) == (ours, ())
    assert merged(base, ours, ours) == (ours, ())
    found = merged(base, ours, theirs)
    assert found.text.count(MARKS[0]) == len(found.conflicts)
    for line in found.conflicts:
        assert found.text.splitlines()[line - 1] == MARKS[0]
    added = {*b, *c} - {*a}
    assert added <= set(found.text.split())

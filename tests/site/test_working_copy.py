"""A layout that is edited survives crashes, read-only folders and other people."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.site.journals import Journals
from dqmconsole.site.merge import MARKS, merged
from dqmconsole.site.working_copy import (
    ChangedOnDiskError,
    WorkingCopy,
    WorkingCopyError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
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


class Sessions:
    """Editors of one file, each a session of its own, in a folder for all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: list[Journals] = []

    def __call__(self, file: Path, *, alone: bool = True) -> WorkingCopy:
        """Open a file; those before have ended then, as in a crash, or live on."""
        if alone:
            self.end()
        self._open.append(Journals(self.folder))
        return WorkingCopy(file, self._open[-1])

    def end(self) -> None:
        while self._open:
            self._open.pop().close()

    @property
    def names(self) -> list[str]:
        return sorted(each.suffix for each in self.folder.iterdir())


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Sessions]:
    sessions = Sessions(tmp_path / "journals")
    yield sessions
    sessions.end()


def test_unsaved_text_survives_a_crash(file: Path, opened: Sessions) -> None:
    opened(file).change(OURS)  # and no more of it
    again = opened(file)
    assert again.text == OURS
    assert again.recovered is not None
    assert file.read_text() == BASE
    again.save()
    assert file.read_text() == OURS
    assert opened(file).recovered is None
    assert opened.names == []


def test_a_file_is_saved_whole_with_its_mode_and_byte_order_mark(
    file: Path, opened: Sessions
) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    copy = opened(file)
    copy.save()
    copy.change(OURS.replace("\n", "\r\n"))
    copy.save()
    assert file.read_bytes() == b"\xef\xbb\xbf" + OURS.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["A.yaml"]


def test_a_link_stays_a_link(file: Path, opened: Sessions) -> None:
    link = file.with_name("link.yaml")
    link.symlink_to("A.yaml")
    copy = opened(link)
    copy.change(OURS)
    copy.save()
    assert link.is_symlink()
    assert file.read_text() == OURS


def test_what_others_wrote_is_seen_and_not_overwritten(
    file: Path, opened: Sessions
) -> None:
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


def test_a_file_that_is_deleted_is_asked_about_and_can_be_saved(
    file: Path, opened: Sessions
) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.unlink()
    assert copy.look()
    with pytest.raises(ChangedOnDiskError, match="deleted by somebody else"):
        copy.save()
    copy.settle("mine")
    copy.save()
    assert file.read_text() == OURS


def test_a_file_that_comes_back_as_it_was_is_no_change(
    file: Path, opened: Sessions
) -> None:
    copy = opened(file)
    copy.change(OURS)
    away = file.rename(file.with_name("away"))
    assert copy.look()
    away.rename(file)
    assert copy.look()
    copy.save()
    assert file.read_text() == OURS


def test_what_cannot_be_read_meanwhile_is_not_saved_over(
    file: Path, opened: Sessions
) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_bytes(b"\0 of another program")
    with pytest.raises(WorkingCopyError, match=r"binary file.*move it away"):
        copy.save()
    assert file.read_bytes() == b"\0 of another program"
    file.write_text(BASE)
    copy.save()
    assert file.read_text() == OURS


def test_unsaved_text_of_one_stays_when_another_closes_or_saves(
    file: Path, opened: Sessions
) -> None:
    other = opened(file)
    copy = opened(file, alone=False)
    copy.change(OURS)
    other.close()
    other.change(THEIRS)
    other.save()
    assert copy.look()
    again = opened(file)
    assert (again.text, again.theirs) == (OURS, THEIRS)


def test_two_who_edit_one_file_have_each_their_own_unsaved_text(
    file: Path, opened: Sessions
) -> None:
    one, two = opened(file), opened(file, alone=False)
    one.change(OURS)
    two.change(THEIRS)
    assert opened(file, alone=False).text == BASE  # theirs is at work
    one.change(OURS + "# more\n")
    copy = opened(file)  # both ended
    assert (copy.text, len(copy.left)) == (OURS + "# more\n", 1)
    copy.settle("merge")
    assert copy.text == THEIRS.replace("owner: a", "owner: b") + "# more\n"
    assert not copy.left
    copy.save()
    assert opened.names == [".lock"]


def test_what_another_left_takes_the_place_of_mine_or_is_kept(
    file: Path, opened: Sessions
) -> None:
    def both_left() -> WorkingCopy:
        one, two = opened(file), opened(file, alone=False)
        one.change(OURS)
        two.change(THEIRS)
        return opened(file)

    copy = both_left()
    assert copy.text == THEIRS
    copy.save()
    copy.settle("theirs")  # made before the save
    assert (copy.text, copy.base, copy.theirs) == (OURS, BASE, THEIRS)
    copy.settle("mine")
    assert (copy.text, copy.base) == (OURS, THEIRS)
    assert opened.names == [".json", ".lock"]
    copy.save()
    file.write_text(BASE)
    copy = both_left()
    assert both_left().left  # offered until somebody says what becomes of it
    copy = opened(file)
    copy.settle("mine")
    assert (copy.text, copy.left[1:]) == (THEIRS, [])
    assert ".kept" in opened.names


@pytest.mark.slow
def test_what_a_killed_process_had_is_offered_once_it_is_dead(
    file: Path, opened: Sessions
) -> None:
    script = (
        "import pathlib, sys\n"
        "from dqmconsole.site.journals import Journals\n"
        "file, folder, text = sys.argv[1:]\n"
        "Journals(pathlib.Path(folder)).write(pathlib.Path(file), '', text)\n"
        "print('kept', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(file), str(opened.folder), OURS]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert opened(file).text == BASE
        other.kill()
    assert opened(file).text == OURS


def test_unsaved_text_of_an_earlier_version_is_found(
    file: Path, opened: Sessions
) -> None:
    opened(file).change(OURS)
    (journal,) = opened.folder.glob("*.json")
    journal.rename(journal.with_name(journal.name.partition(".")[0] + ".json"))
    assert opened(file).text == OURS


def test_two_who_write_the_same_have_no_conflict(file: Path, opened: Sessions) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_text(OURS)
    assert copy.look()
    assert copy.theirs is None
    assert not copy.unsaved


def test_a_conflict_is_marked_and_both_texts_are_there(
    file: Path, opened: Sessions
) -> None:
    copy = opened(file)
    copy.change(OURS)
    file.write_text(BASE.replace("owner: a", "owner: c"))
    assert copy.look()
    assert copy.settle("merge") == (2,)
    lines = copy.text.splitlines()
    assert lines[1:6] == [MARKS[0], "owner: b", MARKS[1], "owner: c", MARKS[2]]


def test_mine_is_saved_over_theirs_and_theirs_leaves_mine_aside(
    file: Path, opened: Sessions
) -> None:
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
    (kept,) = opened.folder.glob("*.kept")
    assert "# more" in kept.read_text()


def test_a_file_that_changed_while_its_journal_waited_is_merged(
    file: Path, opened: Sessions
) -> None:
    opened(file).change(OURS)
    file.write_text(THEIRS)
    copy = opened(file)
    assert copy.theirs == THEIRS
    with pytest.raises(ChangedOnDiskError):
        copy.save()
    copy.settle("merge")
    assert copy.text == THEIRS.replace("owner: a", "owner: b")


def test_a_file_that_is_read_only_is_said(
    file: Path, opened: Sessions, monkeypatch: pytest.MonkeyPatch
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
    file: Path, opened: Sessions, monkeypatch: pytest.MonkeyPatch
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
def test_what_is_no_text_is_not_opened(
    file: Path, opened: Sessions, data: bytes, words: str
) -> None:
    file.write_bytes(data)
    with pytest.raises(WorkingCopyError, match=words):
        opened(file)


def test_a_journal_that_is_damaged_is_set_aside(file: Path, opened: Sessions) -> None:
    opened(file).change(OURS)
    (journal,) = opened.folder.glob("*.json")
    journal.write_bytes(journal.read_bytes()[:-9])
    copy = opened(file)
    assert copy.text == BASE
    assert "cannot be read" in copy.trouble
    assert journal.with_suffix(".broken").exists()


def test_without_a_place_for_journals_that_is_said(
    file: Path, opened: Sessions
) -> None:
    copy = WorkingCopy(file)
    copy.change(OURS)
    assert copy.trouble
    opened.folder.write_text("in the way")
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

"""A ledger on the disk: written whole or not at all, and read with suspicion."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.ledgers import Stopped, change, edit, put, stop
from support.site_texts import make_site
from support.waiting import PATIENCE

from dqmconsole.site.ledger import (
    CURRENT,
    SMALL,
    LedgerError,
    altered,
    current_number,
    digest,
    has_ledger,
    ledger_folder,
    manifest,
    manifests,
    never_in_force,
    newest_whole,
    release_folder,
    release_numbers,
    whole_release,
)
from dqmconsole.site.staging import LINKED_FROM, next_number, survey

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.release import Release

TESTS = Path(__file__).parents[1]
LARGE = b"reference" * (SMALL // 8)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_site(tmp_path)
    (tmp_path / "instructions" / "hcal").mkdir(parents=True)
    (tmp_path / "instructions" / "hcal" / "occupancy.md").write_text("text\n")
    (tmp_path / "layouts" / "references").mkdir()
    (tmp_path / "layouts" / "references" / "collisions.root").write_bytes(LARGE)
    return tmp_path


def test_a_site_without_releases(home: Path) -> None:
    assert not has_ledger(home)
    assert manifests(home) == ()
    with pytest.raises(LedgerError, match="nothing was published yet"):
        current_number(home)
    with pytest.raises(LedgerError, match=r"no release 3 .*there: none"):
        manifest(home, 3)


def test_a_release_is_a_whole_copy(home: Path) -> None:
    (home / "layouts" / ".Hcal.yaml.swp").write_text("an editor's own")
    first = put(home)
    assert first.number == current_number(home) == 1
    assert manifest(home, current_number(home)).release == first
    folder = release_folder(home, 1)
    for name in ("layouts/Hcal.yaml", "instructions/hcal/occupancy.md"):
        assert (folder / name).read_bytes() == (home / name).read_bytes()
    assert not (folder / "layouts" / "releases").exists()
    assert not (folder / "layouts" / ".Hcal.yaml.swp").exists()
    assert manifest(home, 1).versions == {"hcal/occupancy": 1}
    change(home, "second")
    second = put(home)
    assert [each.release.number for each in manifests(home)] == [1, 2]
    assert manifest(home, current_number(home)).release == second
    assert not altered(home, manifest(home, 1), thorough=True)
    assert sorted(path.name for path in ledger_folder(home).iterdir()) == [
        ".lock", "1", "2", "CURRENT",
    ]  # fmt: skip


def test_large_files_are_linked_between_releases_never_with_the_working_copy(
    home: Path,
) -> None:
    reference = "layouts/references/collisions.root"
    assert len(LARGE) > LINKED_FROM
    put(home)
    change(home, "second")
    put(home)
    one, other = (release_folder(home, n) / reference for n in (1, 2))
    assert one.stat().st_ino == other.stat().st_ino
    assert one.stat().st_ino != (home / reference).stat().st_ino
    # An editor that writes in place reaches nothing that was published.
    with (home / reference).open("r+b") as stream:
        stream.write(b"changed")
    assert whole_release(home, 1, thorough=True)
    put(home)
    assert (release_folder(home, 3) / reference).read_bytes()[:7] == b"changed"
    assert whole_release(home, 2, thorough=True)


def test_a_damaged_file_is_not_linked_again(home: Path) -> None:
    reference = "layouts/references/collisions.root"
    put(home)
    damaged = release_folder(home, 1) / reference
    damaged.chmod(0o644)
    damaged.write_bytes(LARGE[:-1] + b"!")
    change(home, "second")
    put(home)
    assert whole_release(home, 2, thorough=True)


def add(folder: Path) -> None:
    (folder / "layouts" / "More.yaml").write_text("layout: More\n")


def remove(folder: Path) -> None:
    (folder / "instructions" / "hcal" / "occupancy.md").unlink()


def link(folder: Path) -> None:
    remove(folder)
    (folder / "instructions" / "hcal" / "occupancy.md").symlink_to("/etc/hostname")


def grow(folder: Path) -> None:
    path = folder / "layouts" / "references" / "collisions.root"
    path.chmod(0o644)
    with path.open("r+b") as stream:
        stream.write(b"X")


def forge(folder: Path) -> None:
    path = folder / "release.yaml"
    path.chmod(0o644)
    hashed = manifest(folder.parents[2], 1).files["layouts/Hcal.yaml"].sha256
    path.write_text(path.read_text().replace(hashed, "f" * 64))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (edit, "layouts/Hcal.yaml has other content"),
        (add, "layouts/More.yaml was added"),
        (remove, "instructions/hcal/occupancy.md was removed"),
        (link, "instructions/hcal/occupancy.md is no longer a file"),
        (grow, "layouts/references/collisions.root has other content"),
        (forge, "its list of files"),
    ],
)
def test_what_was_altered_by_hand_is_named(
    home: Path, damage: Callable[[Path], None], words: str
) -> None:
    put(home)
    damage(release_folder(home, 1))
    with pytest.raises(LedgerError, match="release 1 was altered after it") as found:
        whole_release(home, 1)
    assert words in str(found.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "release: [",
        "a: 1",
        "\0\0",
        "*x",
        "release: {number: 7}",
        "!!python/name:os",
    ],
)
def test_a_broken_release_is_words(home: Path, text: str) -> None:
    put(home)
    path = release_folder(home, 1) / "release.yaml"
    path.chmod(0o644)
    path.write_text(text)
    with pytest.raises(LedgerError, match="release 1"):
        manifest(home, 1)
    assert manifests(home) == ()
    assert release_numbers(home) == (1,)


@pytest.mark.parametrize("text", ["", "x", "-1", "00", "²", "9" * 80, "7"])
def test_a_broken_current_is_words(home: Path, text: str) -> None:
    put(home)
    (ledger_folder(home) / "CURRENT").write_text(text)
    assert has_ledger(home)
    with pytest.raises(LedgerError, match=r"CURRENT names .*release 1 is there; which"):
        current_number(home)
    assert newest_whole(home) == 1
    change(home, "second")
    assert put(home).number == current_number(home) == 2


def test_a_lost_current_is_no_site_without_releases(home: Path) -> None:
    put(home)
    change(home, "second")
    put(home)
    (ledger_folder(home) / "CURRENT").unlink()
    assert has_ledger(home)
    with pytest.raises(LedgerError, match="releases 1, 2 are there; which was in for"):
        current_number(home)
    edit(release_folder(home, 2))
    assert newest_whole(home) == 1
    assert never_in_force(home) == frozenset()  # it is not known
    assert put(home).number == current_number(home) == 3
    assert manifest(home, 3).before is None
    assert never_in_force(home) == frozenset()


def test_the_first_release_stopped_before_it_came_into_force(home: Path) -> None:
    with pytest.raises(Stopped):
        put(home, step=stop)
    # Neither lost nor published: consoles go on with the working copy.
    assert not has_ledger(home)
    assert release_numbers(home) == (1,)
    assert never_in_force(home) == {1}
    change(home, "second")
    assert put(home).number == 2
    assert has_ledger(home)
    assert never_in_force(home) == {1}
    assert manifest(home, 2).before == 0


def test_releases_that_never_came_into_force_are_told_from_the_others(
    home: Path,
) -> None:
    put(home)
    for text in ("second", "third"):
        change(home, text)
        with pytest.raises(Stopped):
            put(home, step=stop)
    assert never_in_force(home) == {2, 3}
    change(home, "fourth")
    assert put(home).number == 4
    change(home, "fifth")
    assert put(home).number == 5
    assert never_in_force(home) == {2, 3}
    path = release_folder(home, 4) / "release.yaml"
    path.chmod(0o644)
    path.write_text("lost")
    assert never_in_force(home) == frozenset()  # nobody says so any more


def test_what_cannot_be_in_a_release(home: Path) -> None:
    outside = home / "secret.yaml"
    outside.write_text("secret")
    bad = home / "layouts" / "Bad.yaml"
    bad.symlink_to(outside)
    with pytest.raises(LedgerError, match="leads out of the site"):
        survey(home)
    bad.unlink()
    bad.symlink_to(home / "layouts" / "Hcal.yaml")  # within the site: its content
    put(home)
    copy = release_folder(home, 1) / "layouts" / "Bad.yaml"
    assert not copy.is_symlink()
    assert copy.read_bytes() == (home / "layouts" / "Hcal.yaml").read_bytes()
    bad.unlink()
    bad.symlink_to(release_folder(home, 1) / "layouts" / "Hcal.yaml")
    with pytest.raises(LedgerError, match="leads out"):
        survey(home)
    bad.unlink()
    bad.symlink_to(home / "instructions")
    with pytest.raises(LedgerError, match="is a link to a folder"):
        survey(home)
    bad.unlink()
    os.mkfifo(bad)
    with pytest.raises(LedgerError, match="is not a file"):
        survey(home)
    bad.unlink()
    (home / "layouts" / "a\udcff.yaml").write_text("x")
    with pytest.raises(LedgerError, match="not UTF-8"):
        survey(home)


def test_a_file_that_changes_meanwhile_stops_it(home: Path) -> None:
    def meddle(step: str) -> None:
        if step == "copy layouts/Hcal.yaml":
            (home / "layouts" / "Hcal.yaml").write_text("layout: Other\n")

    with pytest.raises(LedgerError, match=r"Hcal.yaml: was changed while"):
        put(home, step=meddle)
    assert not has_ledger(home)
    assert [path.name for path in ledger_folder(home).iterdir()] == [".lock"]


def test_what_the_database_says_stops_it(home: Path) -> None:
    put(home)
    change(home, "second")
    asked = []

    def refuse(release: Release) -> None:
        asked.append(release.number)
        raise KeyError("no")  # noqa: EM101 - a test's own

    with pytest.raises(KeyError):
        put(home, first=refuse)
    assert asked == [2]
    assert current_number(home) == 1
    assert release_numbers(home) == (1,)


def test_of_two_publishers_one_is_told(home: Path) -> None:
    put(home)
    change(home, "second")
    told = []

    def another(step: str) -> None:
        if step == "rename the folder":
            with pytest.raises(LedgerError, match="somebody else is publishing") as at:
                put(home)
            told.append(str(at.value))

    assert put(home, step=another).number == 2
    assert told


def test_of_two_publishers_without_locks_one_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", no_locks)

    def another(step: str) -> None:
        if step == "rename the folder":
            # another process, of another number: its folder has another name
            monkeypatch.setattr("os.getpid", lambda: 1)
            change(home, "quicker")
            assert put(home).number == 1

    with pytest.raises(LedgerError, match="somebody else published release 1"):
        put(home, step=another)
    assert whole_release(home, current_number(home), thorough=True)
    assert (release_folder(home, 1) / "layouts/known.yaml").read_text() == "# quicker\n"


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.ledgers import change, put
from dqmconsole.site.ledger import *
home = Path(sys.argv[1])
before = stopped = at = 0
while True:
    change(home, f"try {at}")
    child = os.fork()
    if not child:
        steps = 0
        def step(name):
            global steps
            steps += 1
            if steps > at:
                os.kill(os.getpid(), 9)
        put(home, step=step)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    number = current_number(home) if has_ledger(home) else 0
    if number:
        whole_release(home, number, thorough=True)
    assert all(whole_release(home, n, thorough=True) for n in release_numbers(home))
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0 and number > before
        break
    assert os.WTERMSIG(status) == 9
    stopped += 1
    # Once the first is in force, all again from one release to the next.
    at = 0 if number and not before else at + 1
    before = number
assert not list(ledger_folder(home).glob(".*.partial-*"))
print(stopped)
"""


@pytest.mark.slow
def test_killed_at_every_step_the_ledger_is_whole(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(home), str(TESTS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 30


def test_what_was_stopped_at_the_last_step_is_taken_again(home: Path) -> None:
    put(home)
    change(home, "second")
    with pytest.raises(Stopped):
        put(home, "stopped", step=stop)
    assert current_number(home) == 1
    assert release_numbers(home) == (1, 2)
    entered: list[Release] = []
    again = put(home, "again", first=entered.append)
    assert (again.number, again.why) == (2, "stopped")  # as the database has it
    assert entered == [again]
    assert current_number(home) == 2


def test_on_a_full_disk_nothing_stays_of_a_release(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, room, written = os.fsync, 100, 0

    def synced(descriptor: int) -> None:
        nonlocal written
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            written += 1
            if written > room:
                raise OSError(28, "No space left on device")
        sync(descriptor)

    put(home)
    monkeypatch.setattr(os, "fsync", synced)
    change(home, "second")
    put(home)
    change(home, "third")
    before = sorted(each.name for each in ledger_folder(home).iterdir())
    for room in range(written):  # noqa: B007 - of the function above
        written = 0
        with pytest.raises(LedgerError, match="/releases: No space left on device"):
            put(home)
        assert sorted(each.name for each in ledger_folder(home).iterdir()) == before
    room, written = 100, 0
    assert put(home).number == current_number(home) == 3


def test_numbers_that_a_database_has_taken(home: Path) -> None:
    put(home)
    hashed = digest(survey(home))
    assert next_number(home, "other", {1: hashed}) == 2
    assert next_number(home, "other", {1: hashed, 2: "else"}) == 3
    assert next_number(home, "other", {1: hashed, 2: "other"}) == 2


def test_a_pipe_in_place_of_current_is_said_and_not_waited_for(home: Path) -> None:
    put(home)
    current = ledger_folder(home) / CURRENT
    current.unlink()
    os.mkfifo(current)
    assert has_ledger(home)
    with pytest.raises(LedgerError, match="is not a file"):
        current_number(home)

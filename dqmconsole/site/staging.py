"""Writing a release into a site's ledger: which files it holds, and how."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import yaml

from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.site.contacts import read_contacts
from dqmconsole.site.findings import Findings
from dqmconsole.site.ledger import (
    CURRENT,
    NONE_YET,
    PARTS,
    RELEASE,
    LedgerBusy,
    LedgerError,
    ReleasedFile,
    ReleaseManifest,
    altered,
    digest,
    files_below,
    in_force,
    ledger_folder,
    manifests,
    release_folder,
    release_numbers,
    sha256_of,
    whole_release,
)
from dqmconsole.site.references import REFERENCES, read_references
from dqmconsole.site.texts import CONTACTS, INSTRUCTIONS
from dqmconsole.site.yaml_text import read_bytes
from dqmconsole.whole_file import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dqmconsole.model.release import Release

MAX_FILES = 20_000
_LAYOUTS = "layouts"


def survey(home: Path) -> dict[str, ReleasedFile]:
    """Size and hash of every file of a working copy that a release would hold.

    Args:
        home: folder of the site.

    Returns:
        By path relative to the site.

    Raises:
        LedgerError: something in it cannot be part of a release.
    """
    home = Path(os.path.realpath(home))
    for part in (*PARTS, f"{_LAYOUTS}/{ledger_folder(home).name}"):
        if (home / part).is_symlink():
            msg = f"{home / part}: is a link; a release needs the folder"
            raise LedgerError(msg)
    found: dict[str, ReleasedFile] = {}
    try:
        for name in _sorted_out(home)[0]:
            path = _within(home, name)
            found[name] = ReleasedFile(path.stat().st_size, sha256_of(path))
    except OSError as error:
        msg = f"{error.filename}: {error.strerror or error}"
        raise LedgerError(msg) from error
    if not found:
        msg = f"{home}: there is no layouts/ with files in it"
        raise LedgerError(msg)
    return found


def left_out(home: Path) -> tuple[str, ...]:
    """Files in a site's two folders that no release holds, and somebody may miss.

    Hidden ones are not said, nor schemas, which editors read.

    Args:
        home: folder of the site.

    Raises:
        LedgerError: there are too many files.
    """
    rest = _sorted_out(Path(os.path.realpath(home)))[1]
    return tuple(each for each in rest if not each.endswith(".schema.json"))


def _sorted_out(home: Path) -> tuple[list[str], list[str]]:
    named = {*_references(home), *_calendars(home)}
    kept: list[str] = []
    rest: list[str] = []
    for name in files_below(home):
        (kept if name in named or _is_read(home, name) else rest).append(name)
        if len(kept) + len(rest) > MAX_FILES:
            msg = f"{home}: holds more than {MAX_FILES} files"
            raise LedgerError(msg)
    return kept, rest


def _is_read(home: Path, name: str) -> bool:
    part, _, below = name.partition("/")
    if (home / name).is_dir():
        return True  # a link to a folder, which is said, not followed
    if part == INSTRUCTIONS:
        return below.endswith((".md", ".yaml", ".tsv", EVIDENCE_SUFFIX))
    if "/" not in below:
        return below.endswith(".yaml")
    return below.startswith("references/") and below.endswith(".root")


def _references(home: Path) -> set[str]:
    """Files that rules name, relative to the site."""
    data = read_bytes(home / _LAYOUTS / REFERENCES, Findings(REFERENCES))
    rules = read_references(data or b"", REFERENCES)[0]
    return {
        os.path.normpath(f"{_LAYOUTS}/{rule.file}")
        for rule in rules
        if rule.file is not None and not Path(rule.file).is_absolute()
    }


def _calendars(home: Path) -> set[str]:
    """Calendars that the contacts name, relative to the site."""
    named: set[str] = set()
    data = read_bytes(home / INSTRUCTIONS / CONTACTS, Findings(CONTACTS))

    def note(name: str, _: Findings) -> None:
        named.add(os.path.normpath(f"{INSTRUCTIONS}/{name}"))

    read_contacts(data or b"", CONTACTS, 0.0, note)
    return named


def _within(home: Path, name: str) -> Path:
    """The file itself, where a link within the site leads to it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        msg = f"{home / shown}: the name is not UTF-8"
        raise LedgerError(msg) from None
    path = home / name
    real = Path(os.path.realpath(path))
    inside = any(real.is_relative_to(home / part) for part in PARTS)
    if not inside or real.is_relative_to(ledger_folder(home)):
        msg = f"{path}: is a link that leads out of the site; put the file in its place"
        raise LedgerError(msg)
    if not stat.S_ISREG(real.stat().st_mode):
        what = "is a link to a folder" if real.is_dir() else "is not a file"
        msg = f"{path}: {what}; a release holds files"
        raise LedgerError(msg)
    return real


LINKED_FROM = 64 << 10  # bytes from which a copy is worth a link instead
_CHUNK = 1 << 20
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)


def next_number(home: Path, hashed: str, taken: Mapping[int, str] = {}) -> int:
    """The number a release of that hash would get.

    A release that was written or entered and never came into force, because its
    publisher was stopped, is taken again if it has the same content.

    Args:
        home: folder of the site.
        hashed: the hash of all its files.
        taken: hashes of the releases in the shared database, by number.
    """
    known = release_numbers(home)
    current = in_force_at(home)
    if current is None:
        current = max(known, default=0)
    for each in manifests(home):
        same = each.release.number > current and each.release.hash == hashed
        if same and not altered(home, each, thorough=True):
            return each.release.number
    last = max((current, *known))
    for number, other in taken.items():
        if number > last and other == hashed:
            return number
    return max((last, *taken)) + 1


def in_force_at(home: Path) -> int | None:
    """Number of the release in force, 0 before the first; None where it is lost."""
    try:
        return in_force(home)
    except LedgerError:
        return None


def write_release(
    home: Path,
    release: Release,
    files: Mapping[str, ReleasedFile],
    *,
    versions: Mapping[str, int],
    source: Path | None = None,
    before: int | None,
    taken: Mapping[int, str] = {},
    first: Callable[[Release], None] | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Release:
    """Write a release and put it in force, whatever ``CURRENT`` says before.

    Args:
        home: folder of the site.
        release: its values; its number must still be the next one.
        files: what it holds, as :func:`survey` found it.
        versions: version of every instruction, by id.
        source: where the files are copied from; the working copy when left out.
        before: the release in force with which it was compared; 0 for none, None
            where that was not known.
        taken: hashes of the releases in the shared database, by number.
        first: is called when all is copied and before anything counts (the row in
            a shared database); what it raises stops the release.
        step: is called before every single step, for tests that stop there.

    Returns:
        The release as it stands in the ledger: an unfinished one of the same content
        is put in force as it was written.

    Raises:
        LedgerBusy: somebody else publishes, or was quicker.
        LedgerError: a file changed since the survey; the disk refuses. What was in
            force still is.
    """
    ledger = ledger_folder(home)
    made = False
    try:
        step("make the ledger")
        if not ledger.is_dir():
            ledger.mkdir()
            ledger.chmod(stat.S_IMODE(ledger.parent.stat().st_mode))
            sync_folder(ledger.parent)
        with _alone(ledger) as alone:
            if alone:
                _clear(ledger)
            now = in_force_at(home)
            number = next_number(home, release.hash, taken)
            if now != before or number != release.number:
                other = now if now and now != before else release.number
                msg = (
                    f"somebody else published release {other} meanwhile: "
                    "look at the difference again and publish again"
                )
                raise LedgerBusy(msg)
            target = release_folder(home, release.number)
            step(f"write {CURRENT}")  # what takes room comes before what is seen
            with _fresh(ledger, b"%d" % number) as fresh:
                if target.is_dir():
                    kept = whole_release(home, number, thorough=True).release
                    if first is not None:
                        first(kept)
                else:
                    partial = ledger / f".{number}.partial-{os.getpid()}"
                    made = True
                    copied = _copy(home, source or home, partial, files, step)
                    if first is not None:
                        step("the database")
                        first(release)
                    kept = release
                    whole = ReleaseManifest(release, copied, dict(versions), before)
                    if before == 0:
                        _begin(ledger, step)
                    _finish(partial, target, whole, step)
                _put_in_force(fresh, ledger / CURRENT, step)
    except OSError as error:
        msg = f"{error.filename or ledger}: {error.strerror or error}"
        raise LedgerError(msg) from error
    finally:
        # Only after an error: a process that is killed does not get here.
        if made:
            shutil.rmtree(
                ledger / f".{release.number}.partial-{os.getpid()}", ignore_errors=True
            )
    return kept


@contextlib.contextmanager
def _alone(ledger: Path) -> Iterator[bool]:
    """Keep other publishers out; gives False where the file system has no locks.

    There the rename to a number that nobody else has decides alone.
    """
    with (ledger / ".lock").open("a+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{ledger}: somebody else is publishing just now; publish again after"
            raise LedgerBusy(msg) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            yield False
        else:
            yield True


def _clear(ledger: Path) -> None:
    """Remove what publishers left that were stopped; they hold no lock any more."""
    for path in ledger.glob(".*.partial-*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _copy(
    home: Path,
    source: Path,
    partial: Path,
    files: Mapping[str, ReleasedFile],
    step: Callable[[str], None],
) -> dict[str, ReleasedFile]:
    source = Path(os.path.realpath(source))
    step("make the folder")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for part in PARTS:
        (partial / part).mkdir()
    held = _large_files(home)
    copied = {}
    for name in sorted(files):
        step(f"copy {name}")
        target = partial / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _linked(held.get(files[name].sha256), target, files[name]):
            found = _copied(Path(os.path.realpath(source / name)), target)
            if found != files[name].sha256:
                msg = (
                    f"{source / name}: was changed while it was being published; "
                    "publish again"
                )
                raise LedgerError(msg)
        status = target.stat()
        copied[name] = ReleasedFile(
            status.st_size, files[name].sha256, status.st_mtime_ns
        )
    return copied


def _large_files(home: Path) -> dict[str, Path]:
    """Large files of the newest releases by hash: to link, never the working copy's.

    An editor that writes a file of the working copy in place would else change what
    was published.
    """
    found = {}
    for each in manifests(home)[-2:]:
        folder = release_folder(home, each.release.number)
        for name, file in each.files.items():
            if file.size >= LINKED_FROM:
                found[file.sha256] = folder / name
    return found


def _linked(held: Path | None, target: Path, file: ReleasedFile) -> bool:
    """Make `target` a second name of a file of another release, if it is whole."""
    if held is None:
        return False
    try:
        if not stat.S_ISREG(held.lstat().st_mode) or sha256_of(held) != file.sha256:
            return False
        os.link(held, target, follow_symlinks=False)
    except OSError:
        # Another file system, one without links, or too many of them.
        return False
    return True


def _copied(source: Path, target: Path) -> str:
    """Copy a file, bring it to the disk, and give its hash."""
    with source.open("rb") as reading, target.open("xb") as writing:
        shutil.copyfileobj(reading, writing, _CHUNK)
        writing.flush()
        os.fchmod(writing.fileno(), 0o444)
        os.fsync(writing.fileno())
    return sha256_of(target)


def _finish(
    partial: Path, target: Path, whole: ReleaseManifest, step: Callable[[str], None]
) -> None:
    if digest(whole.files) != whole.release.hash:
        msg = "the release's hash is not that of its files"
        raise LedgerError(msg)
    step(f"write {RELEASE}")
    text = yaml.dump(
        msgspec.to_builtins(whole),
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        allow_unicode=True,
        sort_keys=False,
    )
    with (partial / RELEASE).open("xb") as writing:
        writing.write(text.encode())
        writing.flush()
        os.fchmod(writing.fileno(), 0o444)
        os.fsync(writing.fileno())
    step("bring the folders to the disk")
    for at, _, _ in os.walk(partial):
        sync_folder(Path(at))
    step("rename the folder")
    try:
        # A folder that is not empty is never replaced: one of two publishers fails.
        partial.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            msg = (
                f"somebody else published release {target.name} meanwhile: look at "
                "the difference again and publish again"
            )
            raise LedgerBusy(msg) from error
        raise
    step("bring the rename to the disk")
    sync_folder(target.parent)


def _begin(ledger: Path, step: Callable[[str], None]) -> None:
    """Say that nothing is in force yet, unless a ``CURRENT`` is there.

    A release beside no ``CURRENT`` would look like one that was lost.
    """
    step(f"begin {CURRENT}")
    target = ledger / CURRENT
    with _fresh(ledger, NONE_YET) as fresh:
        try:
            os.link(fresh, target)  # which never replaces another publisher's
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not target.exists():
                fresh.replace(target)


def _put_in_force(fresh: Path, current: Path, step: Callable[[str], None]) -> None:
    step(f"rename {CURRENT}")
    fresh.replace(current)
    step(f"bring {CURRENT} to the disk")
    sync_folder(current.parent)


@contextlib.contextmanager
def _fresh(ledger: Path, number: bytes) -> Iterator[Path]:
    """A ``CURRENT`` that is on the disk and does not count yet."""
    descriptor, name = tempfile.mkstemp(prefix=f".{CURRENT}.partial-", dir=ledger)
    try:
        with open(descriptor, "wb") as writing:  # noqa: PTH123 - a descriptor
            writing.write(number + b"\n")
            writing.flush()
            os.fchmod(writing.fileno(), 0o644)
            os.fsync(writing.fileno())
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)

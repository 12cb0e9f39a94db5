"""A site's ledger of releases: reading it, and telling whether each is whole.

``layouts/releases/N/`` holds a whole copy of ``layouts/`` (without ``releases/``) and
``instructions/``, with ``release.yaml``: the release's values, and size and SHA-256 of
every file. ``layouts/releases/CURRENT`` is one line, the number that is in force, or 0
while the first is being written. Names that begin with a dot are not the ledger's: they
are what a publisher works on.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import yaml

from dqmconsole.model.release import Release
from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import LOADER, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RELEASES = "releases"
CURRENT = "CURRENT"
NONE_YET = b"0"  # in CURRENT, while the first release is being written
RELEASE = "release.yaml"
PARTS = ("layouts", "instructions")

ADDED = " was added"  # ends what is said of a file that no release holds
SMALL = 1 << 20  # bytes up to which a file is always hashed when it is read
MAX_NUMBER = 10**9
_MAX_LINE = 64  # bytes of CURRENT


class LedgerError(ValueError):
    """A ledger, or a release of it, cannot be read or written; the message says why."""


class LedgerBusy(LedgerError):
    """Somebody else is publishing, or was quicker."""


class ReleasedFile(msgspec.Struct, frozen=True, gc=False):
    """One file of a release.

    Attributes:
        size: bytes.
        sha256: of its bytes, hexadecimal.
        mtime: when its copy was written, unix time in ns; 0 in a working copy. A large
            file that still has this time and its size is not read to be checked.
    """

    size: int
    sha256: str
    mtime: int = 0


class ReleaseManifest(msgspec.Struct, frozen=True):
    """What ``release.yaml`` holds.

    Attributes:
        release: the release.
        files: by path relative to the release's folder.
        versions: version of every instruction, by id.
        before: number of the release that was in force when this one was written;
            0 for none, None where that was not known.
    """

    release: Release
    files: dict[str, ReleasedFile]
    versions: dict[str, int] = {}
    before: int | None = None


def ledger_folder(home: Path) -> Path:
    """Where a site's releases lie."""
    return home / "layouts" / RELEASES


def release_folder(home: Path, number: int) -> Path:
    """The folder of one release."""
    return ledger_folder(home) / str(number)


def has_ledger(home: Path) -> bool:
    """Tell whether a site was ever published, also when its ``CURRENT`` is lost."""
    try:
        return in_force(home) > 0
    except LedgerError:
        return True


def current_number(home: Path) -> int:
    """Number of the release that is in force; its folder is there.

    Raises:
        LedgerError: nothing was published; or see :func:`in_force`.
    """
    if number := in_force(home):
        return number
    msg = f"{home}: nothing was published yet"
    raise LedgerError(msg)


def in_force(home: Path) -> int:
    """Number of the release that is in force, or 0 before the first.

    Raises:
        LedgerError: ``CURRENT`` is lost, broken, or names a release that is not
            there; the message says what to do.
    """
    path = ledger_folder(home) / CURRENT
    if not os.path.lexists(path):
        if not release_numbers(home):
            return 0
        msg = f"{path} is missing: {_which(home)}"
        raise LedgerError(msg)
    findings = Findings(str(path))
    data = read_bytes(path, findings)
    if data is None:
        raise LedgerError(str(findings.problems[0]))
    text = data[:_MAX_LINE].decode("ascii", "replace").strip()
    if text == NONE_YET.decode():
        return 0
    if not text.isdecimal() or not 0 < int(text) < MAX_NUMBER:
        msg = f'{path} names no release: "{text[:20]}"; {_which(home)}'
        raise LedgerError(msg)
    number = int(text)
    if not release_folder(home, number).is_dir():
        msg = f"{path} names release {number}, which is not there; {_which(home)}"
        raise LedgerError(msg)
    return number


def _which(home: Path) -> str:
    """What is known where ``CURRENT`` does not say which release is in force."""
    known = release_numbers(home)
    if not known:
        return "no release is there: publish again"
    are = "release {} is" if len(known) == 1 else "releases {} are"
    names = ", ".join(map(str, known))
    return (
        f"{are.format(names)} there; which was in force? "
        "dqmconsole publish --rollback N puts one in force again"
    )


def never_in_force(home: Path) -> frozenset[int]:
    """Releases that were written whole and that ``CURRENT`` never named.

    Their publishers were stopped between the two. Only what the releases that were
    in force say of the ones before them is believed: of others nothing is known.
    """
    known = release_numbers(home)
    try:
        number: int | None = in_force(home)
    except LedgerError:
        return frozenset()
    never: set[int] = set()
    above = MAX_NUMBER
    while number is not None:
        never.update(each for each in known if number < each < above)
        if not number:
            break
        above = number
        try:
            before = manifest(home, number).before
        except LedgerError:
            break
        number = before if before is not None and before < number else None
    return frozenset(never)


def newest_whole(home: Path) -> int:
    """The newest whole release up to the one in force; 0 where none is.

    Where the ledger does not say which is in force it is the newest of all.
    """
    try:
        current = current_number(home)
    except LedgerError:
        current = MAX_NUMBER
    for number in reversed(release_numbers(home)):
        try:
            if number <= current:
                whole_release(home, number)
                return number
        except LedgerError:
            continue
    return 0


def release_numbers(home: Path) -> tuple[int, ...]:
    """Numbers of all releases that have a folder, ascending, whole or not."""
    try:
        names = [path.name for path in ledger_folder(home).iterdir()]
    except OSError:
        return ()
    found = (int(each) for each in names if each.isascii() and each.isdecimal())
    return tuple(sorted(each for each in found if 0 < each < MAX_NUMBER))


def manifests(home: Path) -> tuple[ReleaseManifest, ...]:
    """What the ``release.yaml`` of all readable releases hold, by number."""
    found = []
    for number in release_numbers(home):
        try:
            found.append(manifest(home, number))
        except LedgerError:
            continue
    return tuple(found)


def manifest(home: Path, number: int) -> ReleaseManifest:
    """What the ``release.yaml`` of one release holds.

    Raises:
        LedgerError: it is missing or broken; the message says how.
    """
    folder = release_folder(home, number)
    if not folder.is_dir():
        known = ", ".join(map(str, release_numbers(home))) or "none"
        msg = f"there is no release {number} in {ledger_folder(home)} (there: {known})"
        raise LedgerError(msg)
    findings = Findings(str(folder / RELEASE))
    data = read_bytes(folder / RELEASE, findings)
    if data is None:
        msg = f"release {number}: {findings.problems[0]}"
        raise LedgerError(msg)
    try:
        # The loader is a safe one, and an alias is a reference, never a copy.
        loaded = yaml.load(data, Loader=LOADER)
        found = msgspec.convert(loaded, ReleaseManifest)
    except (yaml.YAMLError, msgspec.ValidationError, ValueError, RecursionError) as why:
        words = " ".join(str(why).split())
        msg = f"release {number}: {RELEASE} is broken: {words}"
        raise LedgerError(msg) from why
    if found.release.number != number:
        msg = f"release {number}: {RELEASE} is that of release {found.release.number}"
        raise LedgerError(msg)
    return found


def whole_release(
    home: Path, number: int, *, thorough: bool = False
) -> ReleaseManifest:
    """A release of which every file is as it was published.

    Args:
        home: folder of the site.
        number: the release.
        thorough: read the large files too, whatever their times say.

    Raises:
        LedgerError: a file was altered, added or removed; or see :func:`manifest`.
    """
    found = manifest(home, number)
    wrong = altered(home, found, thorough=thorough)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        msg = f"release {number} was altered after it was published: {wrong[0]}{more}"
        raise LedgerError(msg)
    return found


def altered(
    home: Path, found: ReleaseManifest, *, thorough: bool = False
) -> tuple[str, ...]:
    """What is not as it was published, in words, each beginning with the file.

    Args:
        home: folder of the site.
        found: what the release holds.
        thorough: read the large files too, whatever their times say.
    """
    folder = release_folder(home, found.release.number)
    wrong = []
    if digest(found.files) != found.release.hash:
        wrong.append(f"{RELEASE}: its list of files")
    here = set()
    for name in files_below(folder):
        here.add(name)
        known = found.files.get(name)
        if known is None:
            wrong.append(f"{name}{ADDED}")
        elif why := _differs(folder / name, known, thorough=thorough):
            wrong.append(f"{name} {why}")
    wrong += [f"{name} was removed" for name in sorted(found.files.keys() - here)]
    return tuple(wrong)


def files_below(folder: Path) -> Iterator[str]:
    """All files of a release's or site's two folders, relative, in order.

    Links are listed as they are, never followed; hidden names are left out, and so
    are the releases themselves.
    """
    for part in PARTS:
        for at, folders, names in os.walk(folder / part):
            below = Path(at).relative_to(folder).as_posix()
            links = [each for each in folders if (Path(at) / each).is_symlink()]
            folders[:] = sorted(
                each
                for each in folders
                if not each.startswith(".")
                and each not in links
                and f"{below}/{each}" != f"layouts/{RELEASES}"
            )
            for name in sorted((*names, *links)):
                if not name.startswith("."):
                    yield f"{below}/{name}"


def digest(files: Mapping[str, ReleasedFile]) -> str:
    """The hash of a release: of the paths and hashes of all its files."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{name}\0{files[name].sha256}\n".encode())
    return total.hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal; links are not followed.

    Raises:
        OSError: it cannot be read.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:  # noqa: PTH123 - a descriptor
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _differs(path: Path, known: ReleasedFile, *, thorough: bool) -> str:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return "is no longer a file"
        if status.st_size != known.size:
            return "has another size"
        untouched = status.st_mtime_ns == known.mtime and known.size > SMALL
        if untouched and not thorough:
            return ""
        return "" if sha256_of(path) == known.sha256 else "has other content"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"

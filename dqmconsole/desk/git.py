"""What git knows of a site, and the tag of a release: the one home of dulwich.

No ``git`` program is needed: control rooms have none. Nothing here changes a file that
git keeps, its index or its branches.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.words import counted, listed
from dqmconsole.site.ledger import CURRENT, PARTS, RELEASES, ledger_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from dulwich.objects import Blob
    from dulwich.repo import Repo

    from dqmconsole.model.release import Release
    from dqmconsole.site.ledger import ReleasedFile

TAG = "dqm-release-"
MAX_SAID = 100  # changes in the message of a tag
MAX_NAMED = 3  # files that are named
MAX_TEXT = 4 << 20  # bytes of a file that may have line ends of another system
_CHUNK = 1 << 20
_SHORT = 10  # letters of a commit that people read
_ROOM = 1 << 16  # bytes that the files of a tag take, and more
_LONGEST = 1 << 13  # bytes of a file that names a folder
_UNREAD = ("annex", "hooks", "lfs", "logs", "modules", "worktrees")
_IGNORE = ".gitignore"
_IGNORED = b"""\
# Releases are not kept in git. They are where site.yaml says releases_in_git: true.
*
"""
_LINK = 0o120000
_POINTER = b"version https://git-lfs.github.com/spec/"


class GitState(msgspec.Struct, frozen=True):
    """What git knows of a site, when it is published.

    Attributes:
        commit: the commit that is checked out; "" where it is not known.
        changed: files of the site that are otherwise in it, relative, sorted.
        trouble: why that is not known, in words; "" where it is.
        keeps_releases: the releases are in that commit, too.
    """

    commit: str = ""
    changed: tuple[str, ...] = ()
    trouble: str = ""
    keeps_releases: bool = False

    @property
    def dirty(self) -> bool:
        """Not all of the site is in the commit, or that is not known."""
        return bool(self.commit and (self.changed or self.trouble))

    @property
    def remark(self) -> str:
        """What somebody should know who is about to publish; "" for nothing."""
        if self.trouble:
            return f"git: {self.trouble}: the release will have no tag"
        if not self.changed:
            return ""
        many = len(self.changed)
        are = "is not as" if many == 1 else "are not as"
        return (
            f"{counted(many, 'file')} of the site {are} in commit "
            f"{self.commit[:_SHORT]} ({listed(self.changed, MAX_NAMED)}): the release "
            "will have no tag; commit first, and it will"
        )


def state_of(home: Path, files: Mapping[str, ReleasedFile]) -> GitState | None:
    """What git knows of a site; None where the site is in no repository.

    Never raises for anything that a repository is.

    Args:
        home: folder of the site.
        files: what its release would hold.
    """
    home = Path(os.path.realpath(home))
    top = _top(home)
    if top is None:
        return None
    try:
        with _opened(top) as repo:
            commit = _head(repo)
            if not commit:
                return GitState(trouble=f"{top} has no commit yet")
            committed = _committed(repo, commit, home.relative_to(top))
            if not committed:
                return None  # in somebody's repository, and not kept in it
            kept = any(each.startswith(_LEDGER) for each in committed)
            changed = tuple(sorted(_changed(repo, home, files, committed)))
            return GitState(commit, changed, keeps_releases=kept)
    except Exception as error:  # noqa: BLE001 - a repository is broken in many ways
        return GitState(trouble=_why(error, top))


def tag(home: Path, release: Release) -> str:
    """Give a release an annotated tag, at its commit.

    Args:
        home: folder of the site.
        release: its values; nothing is done where its commit is not all of it.

    Returns:
        Why there is none, in words; "" where there is one, or none was to be.
    """
    home = Path(os.path.realpath(home))
    top = _top(home)
    if top is None or not release.commit or release.dirty:
        return ""
    name = tag_name(release.number, home.relative_to(top))
    try:
        with _opened(top) as repo:
            _tag(repo, name, release)
    except Exception as error:  # noqa: BLE001 - the release stands, whatever it is
        return f'git: there is no tag "{name}" of it: {_why(error, top)}'
    return ""


def tag_to_come(home: Path, state: GitState | None, number: int) -> str:
    """The name of the tag that a release will get; "" where it gets none.

    Args:
        home: folder of the site.
        state: what git knows of it; None for nothing.
        number: of the release.
    """
    home = Path(os.path.realpath(home))
    top = _top(home)
    if top is None or state is None or not state.commit or state.dirty:
        return ""
    return tag_name(number, home.relative_to(top))


def tag_name(number: int, site: Path) -> str:
    """The name of a release's tag.

    Args:
        number: of the release.
        site: folder of the site in the repository; it goes before the name.
    """
    folder = "".join(
        each if each.isalnum() or each in "/-_" else "-" for each in site.as_posix()
    )
    name = f"{TAG}{number}"
    return name if site == Path() else f"{folder}/{name}"


def ignore_releases(home: Path, state: GitState, *, keep: bool) -> str:
    """Leave a site's releases out of git, or let them in, as the site says.

    An ignore file in their folder does it, which leaves out itself, too; one that
    people wrote there is left alone.

    Args:
        home: folder of the site.
        state: what git knows of it.
        keep: the releases are kept in git.

    Returns:
        What does not go together with it, in words; "" where all does.
    """
    path = ledger_folder(home) / _IGNORE
    fresh = path.with_name(f".{CURRENT}.partial-git-{os.getpid()}")
    try:
        if keep:
            if path.is_file() and path.read_bytes() == _IGNORED:
                path.unlink()
            return ""
        if not os.path.lexists(path):
            fresh.write_bytes(_IGNORED)
            fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        return f"{path}: {error.strerror or error}: git does not leave out the releases"
    if state.keeps_releases:
        return (
            f"{_LEDGER[:-1]} is in git already: write releases_in_git: true into "
            f"site.yaml, or take it out with git rm -r --cached {_LEDGER[:-1]}"
        )
    return ""


_LEDGER = f"{PARTS[0]}/{RELEASES}/"


def _top(home: Path) -> Path | None:
    """The folder of the repository that a folder is in; None where it is in none."""
    return next(
        (each for each in (home, *home.parents) if os.path.lexists(each / ".git")), None
    )


@contextlib.contextmanager
def _opened(top: Path) -> Iterator[Repo]:
    # It takes its time, and most sites that are published are in no repository.
    from dulwich.errors import NotGitRepository
    from dulwich.repo import Repo

    folders = _folders_of(top / ".git")
    for look in (_pipe_in, _pipe_in_settings):
        if pipe := next(filter(None, map(look, folders)), ""):
            message = "this is a pipe or a device, which may never end: take it away"
            raise OSError(errno.EINVAL, message, pipe)
    repo = Repo(str(top))
    try:
        if not os.path.lexists(Path(repo.controldir()) / "HEAD"):
            raise NotGitRepository(repo.controldir())
        yield repo
    finally:
        repo.close()


def _folders_of(path: Path) -> list[Path]:
    """Where a repository keeps its files: ``.git``, or where that file leads."""
    if not path.is_file():
        return [path]
    with path.open("rb") as stream:
        word, _, target = stream.read(_LONGEST).partition(b":")
    if word != b"gitdir":
        return []
    folder = path.parent / os.fsdecode(target.strip())
    common = folder / "commondir"
    if not common.is_file():
        return [folder]
    with common.open("rb") as stream:
        return [folder, folder / os.fsdecode(stream.read(_LONGEST).strip())]


def _pipe_in(folder: Path) -> str:
    """A pipe or device among the files of a repository; "" where there is none."""
    waiting, seen = [str(folder)], set()
    while waiting:
        path = waiting.pop()
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        # what cannot be listed is said when it is needed
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            for each in entries:
                if each.name in _UNREAD or each.is_file():
                    continue
                if each.is_dir():
                    waiting.append(each.path)
                elif os.path.exists(each.path) and not _is_socket(each):  # noqa: PTH110
                    return each.path
    return ""


def _pipe_in_settings(folder: Path) -> str:
    """A pipe or device among git's settings, those that they include too; "": none.

    Args:
        folder: of a repository; the settings of account and machine are beside it.
    """
    from dulwich.config import ConfigFile, get_xdg_config_home_path

    found: list[str] = []

    def opened(path: str | os.PathLike[str]) -> IO[bytes]:
        mode = os.stat(path).st_mode  # noqa: PTH116 - dulwich's paths
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            found.append(os.fspath(path))
            raise FileNotFoundError(path)
        return open(path, "rb")  # noqa: PTH123

    places = (
        folder / "config",
        folder / "config.worktree",
        *map(os.environ.get, ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")),
        os.path.expanduser("~/.gitconfig"),  # noqa: PTH111 - without a home as it is
        get_xdg_config_home_path("git", "config"),
        "/etc/gitconfig",
    )
    always = dict.fromkeys(("gitdir:", "gitdir/i:", "onbranch:"), lambda _: True)
    for each in filter(None, places):
        # what else is wrong with them is said when they are needed
        with contextlib.suppress(OSError, ValueError):
            ConfigFile.from_path(
                str(each), file_opener=opened, condition_matchers=always
            )
    return next(iter(found), "")


def _is_socket(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a socket, as git has one: opening it fails at once."""
    return stat.S_ISSOCK(entry.stat().st_mode)


def _head(repo: Repo) -> str:
    """The commit that is checked out, on a branch or not; "" where there is none."""
    try:
        return repo.head().decode()
    except KeyError:
        return ""


def _committed(repo: Repo, commit: str, site: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and hash of the files of a site in a commit, by path relative to it."""
    from dulwich.object_store import iter_tree_contents, tree_lookup_path
    from dulwich.objects import ObjectID

    tree = repo[ObjectID(commit.encode())].tree  # type: ignore[attr-defined]
    found = {}
    for part in PARTS:
        path = os.fsencode((site / part).as_posix())
        try:
            mode, below = tree_lookup_path(repo.__getitem__, tree, path)
        except KeyError:
            continue
        if mode & 0o170000 != 0o040000:
            continue  # a link, or another repository
        for each in iter_tree_contents(repo.object_store, below):
            if each.sha is not None:
                name = f"{part}/{os.fsdecode(each.path)}"
                found[name] = (each.mode, bytes(each.sha))
    return found


def _changed(
    repo: Repo,
    home: Path,
    files: Mapping[str, ReleasedFile],
    committed: Mapping[str, tuple[int, bytes]],
) -> Iterator[str]:
    """Files of a site that are not as they were committed."""
    for name, held in files.items():
        known = committed.get(name)
        if known is None or not _same(repo, home / name, held, *known):
            yield name
    for name in committed.keys() - files.keys():
        hidden = any(part.startswith(".") for part in name.split("/"))
        if hidden or name.startswith(_LEDGER) or os.path.lexists(home / name):
            continue
        yield name


def _same(
    repo: Repo, path: Path, held: ReleasedFile, mode: int, committed: bytes
) -> bool:
    """Tell whether a file is what was committed, as git or its LFS would say it."""
    if path.is_symlink() or mode == _LINK:
        data = os.fsencode(path.readlink()) if path.is_symlink() else b""
        return mode == _LINK and _hash(data, committed) == committed
    if held.size <= MAX_TEXT:
        data = path.read_bytes()
        texts = (data, data.replace(b"\r\n", b"\n"))
        if any(_hash(each, committed) == committed for each in texts):
            return True
    elif _hash_of_file(path, held.size, committed) == committed:
        return True
    from dulwich.objects import ObjectID

    blob: Blob = repo[ObjectID(committed)]  # type: ignore[assignment]
    pointer = blob.data
    return pointer.startswith(_POINTER) and held.sha256.encode() in pointer


def _hash(data: bytes, like: bytes) -> bytes:
    """The hash by which git knows a content, of the kind of another one."""
    made = _begun(len(data), like)
    made.update(data)
    return made.hexdigest().encode()


def _hash_of_file(path: Path, size: int, like: bytes) -> bytes:
    made = _begun(size, like)
    with path.open("rb") as stream:
        while part := stream.read(_CHUNK):
            made.update(part)
    return made.hexdigest().encode()


def _begun(size: int, like: bytes) -> hashlib._Hash:
    # The name of a content in git, which is no matter of security.
    kind = "sha1" if len(like) == 40 else "sha256"
    return hashlib.new(kind, b"blob %d\0" % size, usedforsecurity=False)


def _tag(repo: Repo, name: str, release: Release) -> None:
    from dulwich.objects import Commit, ObjectID, Tag
    from dulwich.refs import Ref

    commit = ObjectID(release.commit.encode())
    if not isinstance(repo[commit], Commit):
        message = f"{release.commit[:_SHORT]} is no commit"
        raise TypeError(message)
    ref = Ref(b"refs/tags/" + name.encode())
    if ref in repo.refs:
        message = "a tag of that name is there already; it stays as it is"
        raise FileExistsError(message)
    made = Tag()
    made.name = name.encode()
    made.object = (Commit, commit)
    made.tagger = _tagger(repo, release)
    made.tag_time = int(release.at)
    made.tag_timezone = 0
    made.message = message_of(release).encode()
    _make_room(repo, len(made.message))
    repo.object_store.add_object(made)
    if not repo.refs.add_if_new(ref, made.id):
        message = "a tag of that name is there already; it stays as it is"
        raise FileExistsError(message)


def _make_room(repo: Repo, size: int) -> None:
    """See that a tag can be written, for dulwich would leave half of one.

    Raises:
        OSError: the disk is full, or cannot be written.
    """
    with tempfile.TemporaryFile(dir=repo.commondir(), buffering=0) as trial:
        trial.write(bytes(size + _ROOM))
        os.fsync(trial.fileno())


def message_of(release: Release) -> str:
    """What the tag of a release says: why, by whom, and what changed, in words."""
    lines = [f"Release {release.number}: {release.why}", ""]
    if release.again:
        lines.append(f"Release {release.again} again.")
    who = f"Published by {release.by}, account {release.account}."
    lines += [who, f"Hash of its files: {release.hash}", ""]
    said = release.changes[:MAX_SAID]
    lines += [f"- {each.kind}: {each.name}: {each.sentence}" for each in said]
    if more := len(release.changes) - len(said):
        lines.append(f"- and {counted(more, 'more change')}")
    return "\n".join(lines) + "\n"


def _tagger(repo: Repo, release: Release) -> bytes:
    """Who publishes, with the address that git has of this account."""
    try:
        address = repo.get_config_stack().get((b"user",), b"email").decode()
    except (KeyError, UnicodeDecodeError):
        address = f"{release.account}@{socket.gethostname()}"
    name, address = (
        "".join(each for each in text if each.isprintable() and each not in "<>")
        for text in (release.by, address)
    )
    return f"{name} <{address}>".encode()


def _why(error: Exception, top: Path) -> str:
    """What is wrong with a repository, in words."""
    if isinstance(error, ModuleNotFoundError):
        return "dulwich is not installed (pip install dulwich)"
    # It is only here that dulwich is known to be there.
    from dulwich.errors import NotGitRepository
    from dulwich.file import FileLocked

    if isinstance(error, NotGitRepository):
        return f"{top / '.git'} leads to no repository that can be read"
    if isinstance(error, FileLocked):
        lock = os.fsdecode(error.lockfilename)
        return (
            f"the repository is locked: {lock} is there; where no git runs, delete it"
        )
    if isinstance(error, OSError):
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if isinstance(error, KeyError):
        return f"an object of the repository is not there: {_name(error)}"
    return f"{_name(error)} ({type(error).__name__})"


def _name(error: Exception) -> str:
    what = error.args[0] if error.args else ""
    return what.decode(errors="replace") if isinstance(what, bytes) else str(what)

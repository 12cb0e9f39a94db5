"""What git knows of a site that is published, and the tags of its releases."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from desk.test_publish import TODAY, home, rename
from dulwich import porcelain
from dulwich.refs import Ref
from dulwich.repo import Repo

from dqmconsole.desk.git import MAX_SAID, message_of, state_of
from dqmconsole.desk.publish import publish, rollback
from dqmconsole.model.release import Consent, Proposal, Release, SiteChange
from dqmconsole.site.ledger import current_number, ledger_folder, manifest
from dqmconsole.site.staging import survey

if TYPE_CHECKING:
    from pathlib import Path

    from dulwich.objects import Tag

__all__ = ["home"]
ANN = b"Ann <ann@example.org>"


@pytest.fixture
def kept(home: Path) -> Path:
    """The site in a repository of its own, with one commit."""
    porcelain.init(str(home)).close()
    commit(home)
    return home


def commit(home: Path) -> str:
    porcelain.add(str(home), [str(home / "layouts")])
    made = porcelain.commit(str(home), message=b"site", author=ANN, committer=ANN)
    return str(made.decode())


class Said:
    """What a publisher was shown and told."""

    def __init__(self, home: Path, number: int = 0) -> None:
        self.remarks: tuple[str, ...] = ()
        self.told: list[str] = []

        def confirm(proposal: Proposal) -> Consent:
            self.remarks = proposal.remarks
            return Consent("Ann", "because")

        more = {"confirm": confirm, "today": TODAY, "tell": self.told.append}
        if number:
            self.release = rollback(home, number, "", "ann", "", **more)  # type: ignore[arg-type]
        else:
            self.release = publish(home, "", "ann", "", **more)  # type: ignore[arg-type]

    @property
    def words(self) -> str:
        return " ".join((*self.remarks, *self.told))


def tags(home: Path) -> dict[str, Tag]:
    with Repo(str(home)) as repo:
        found = repo.refs.as_dict(Ref(b"refs/tags"))
        return {name.decode(): repo[sha] for name, sha in found.items()}  # type: ignore[misc]


def test_a_release_is_tagged_with_what_changed(kept: Path) -> None:
    said = Said(kept)
    (name,) = tags(kept)
    assert name == "dqm-release-1"
    rename(kept, "Trend")
    after = commit(kept)
    second = Said(kept)
    assert "git" not in said.words + second.words
    made = tags(kept)["dqm-release-2"]
    assert made.object[1].decode() == after == second.release.commit
    assert b'Hcal/TPTask/trend: title: "2024"' in made.message
    assert made.tagger.startswith(b"Ann <")
    found = manifest(kept, 2).release
    assert (found.commit, found.dirty) == (after, False)


@pytest.mark.slow
def test_what_is_not_committed_is_published_without_a_tag(kept: Path) -> None:
    rename(kept, "Trend")
    (kept / "layouts" / "known.yaml").unlink()
    said = Said(kept)
    assert "2 files of the site are not as in commit" in said.words
    assert "layouts/Hcal.yaml" in said.words
    assert said.release.dirty
    assert said.release.commit
    assert tags(kept) == {}
    commit(kept)
    rename(kept, "Trends")
    commit(kept)
    Said(kept)
    back = Said(kept, 1)
    assert "not all of release 1 was in a commit" in back.words
    assert back.release.dirty
    assert set(tags(kept)) == {"dqm-release-2"}


@pytest.mark.slow
def test_the_tag_of_a_rollback_is_at_the_commit_of_then(kept: Path) -> None:
    first = Said(kept).release.commit
    rename(kept, "Trend")
    commit(kept)
    Said(kept)
    Said(kept, 1)
    assert tags(kept)["dqm-release-3"].object[1].decode() == first


@pytest.mark.slow
def test_a_site_below_the_top_of_its_repository(home: Path) -> None:
    top = home.parent / "top"
    top.mkdir()
    site = home.rename(top / "shift site")
    porcelain.init(str(top)).close()
    porcelain.add(str(top), [str(site / "layouts")])
    porcelain.commit(str(top), message=b"site", author=ANN, committer=ANN)
    Said(site)
    assert set(tags(top)) == {"shift-site/dqm-release-1"}


@pytest.mark.slow
def test_the_ledger_is_left_out_of_git_or_kept(kept: Path) -> None:
    Said(kept)
    ignored = ledger_folder(kept) / ".gitignore"
    assert ignored.read_text().endswith("*\n")
    assert porcelain.status(str(kept)).untracked == []
    settings = kept / "layouts" / "site.yaml"
    settings.write_text(settings.read_text() + "releases_in_git: true\n")
    Said(kept)
    assert not ignored.exists()


@pytest.mark.slow
def test_a_ledger_that_is_in_git_and_not_to_be(kept: Path) -> None:
    Said(kept)
    (ledger_folder(kept) / ".gitignore").write_text("# mine\n")
    rename(kept, "Trend")
    commit(kept)
    said = Said(kept)
    assert "layouts/releases is in git already" in said.words
    assert (ledger_folder(kept) / ".gitignore").read_text() == "# mine\n"


def locked(home: Path) -> None:
    lock = home / ".git" / "refs" / "tags" / "dqm-release-1.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.touch()


def taken(home: Path) -> None:
    porcelain.tag_create(str(home), b"dqm-release-1", author=ANN)


def no_folder(home: Path) -> None:
    folder = home / ".git" / "refs" / "tags"
    shutil.rmtree(folder, ignore_errors=True)
    folder.touch()


def no_commit(home: Path) -> None:
    shutil.rmtree(home / ".git" / "refs" / "heads")
    (home / ".git" / "refs" / "heads").mkdir()


def leads_nowhere(home: Path) -> None:
    shutil.rmtree(home / ".git")
    (home / ".git").write_text("gitdir: ../nowhere/.git/worktrees/site\n")


def no_objects(home: Path) -> None:
    for each in (home / ".git" / "objects").iterdir():
        shutil.rmtree(each)


def nonsense(home: Path) -> None:
    (home / ".git" / "HEAD").write_bytes(b"\xff\xfe nonsense")


def a_pipe(home: Path) -> None:
    (home / ".git" / "HEAD").unlink()
    os.mkfifo(home / ".git" / "HEAD")


def a_pipe_elsewhere(home: Path) -> None:
    (home / ".git").rename(home / "kept")
    (home / ".git").write_text("gitdir: kept\n")
    os.mkfifo(home / "kept" / "packed-refs")


def a_pipe_that_is_included(home: Path) -> None:
    os.mkfifo(home / "shared")
    with (home / ".git" / "config").open("a") as stream:
        stream.write('[includeIf "gitdir:/"]\n\tpath = ../shared\n')


def of_another_time(home: Path) -> None:
    path = home / ".git" / "config"
    path.write_text(path.read_text().replace("version = 0", "version = 9"))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (locked, "the repository is locked"),
        pytest.param(
            taken, "a tag of that name is there already", marks=pytest.mark.slow
        ),
        pytest.param(no_folder, "refs/tags", marks=pytest.mark.slow),
        pytest.param(no_commit, "has no commit yet", marks=pytest.mark.slow),
        pytest.param(
            leads_nowhere,
            "leads to no repository that can be read",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            no_objects,
            "an object of the repository is not there",
            marks=pytest.mark.slow,
        ),
        pytest.param(nonsense, "git:", marks=pytest.mark.slow),
        pytest.param(a_pipe, ".git/HEAD: this is a pipe", marks=pytest.mark.slow),
        pytest.param(
            a_pipe_elsewhere, "kept/packed-refs: this is", marks=pytest.mark.slow
        ),
        pytest.param(
            a_pipe_that_is_included, "shared: this is a pipe", marks=pytest.mark.slow
        ),
        pytest.param(of_another_time, "git:", marks=pytest.mark.slow),
    ],
)
def test_what_git_refuses_is_said_and_stops_nothing(
    kept: Path, harm: object, words: str
) -> None:
    assert callable(harm)
    harm(kept)
    said = Said(kept)
    assert words in said.words
    assert current_number(kept) == 1


@pytest.mark.slow
def test_settings_of_the_account_that_are_a_pipe(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(kept.parent))
    os.mkfifo(kept.parent / ".gitconfig")
    assert ".gitconfig: this is a pipe or a device" in Said(kept).words
    assert current_number(kept) == 1


@pytest.mark.slow
def test_a_detached_head_is_a_commit(kept: Path) -> None:
    with Repo(str(kept)) as repo:
        at = repo.head()
    (kept / ".git" / "HEAD").write_bytes(at + b"\n")
    said = Said(kept)
    assert said.release.commit == at.decode()
    assert set(tags(kept)) == {"dqm-release-1"}


@pytest.mark.slow
def test_a_full_disk_leaves_the_release_and_no_half_of_a_tag(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "objects")

    monkeypatch.setattr("dulwich.object_store.DiskObjectStore.add_object", full)
    said = Said(kept)
    assert "No space left on device" in said.words
    assert current_number(kept) == 1
    assert tags(kept) == {}


@pytest.mark.slow
def test_without_the_library_it_is_said(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "dulwich.repo", None)
    said = Said(kept)
    assert "dulwich is not installed" in said.words
    assert current_number(kept) == 1


@pytest.mark.slow
def test_files_as_git_keeps_them_are_no_changes(kept: Path) -> None:
    """Line ends of another system, a link, and a file that LFS keeps."""
    layout = kept / "layouts" / "Hcal.yaml"
    layout.write_bytes(layout.read_bytes().replace(b"\n", b"\r\n"))
    (kept / "layouts" / "Ecal.yaml").symlink_to("Hcal.yaml")
    porcelain.add(str(kept), [str(kept / "layouts" / "Ecal.yaml")])
    root = kept / "layouts" / "references" / "collisions.root"
    held = survey(kept)
    content = root.read_bytes()
    root.write_text(
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{held['layouts/references/collisions.root'].sha256}\nsize 4\n"
    )
    porcelain.add(str(kept), [str(root)])
    porcelain.commit(str(kept), message=b"more", author=ANN, committer=ANN)
    root.write_bytes(content)
    state = state_of(kept, survey(kept))
    assert state is not None
    assert (state.trouble, state.changed) == ("", ())


@pytest.mark.slow
def test_large_files_are_compared_piece_by_piece(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmconsole.desk.git.MAX_TEXT", 3)
    monkeypatch.setattr("dqmconsole.desk.git._CHUNK", 7)
    state = state_of(kept, survey(kept))
    assert state is not None
    assert (state.trouble, state.changed) == ("", ())


@pytest.mark.slow
def test_a_site_in_no_repository_or_not_kept_in_it(home: Path) -> None:
    assert state_of(home, survey(home)) is None
    porcelain.init(str(home.parent)).close()
    (home.parent / "other.txt").touch()
    porcelain.add(str(home.parent), [str(home.parent / "other.txt")])
    porcelain.commit(str(home.parent), message=b"x", author=ANN, committer=ANN)
    assert state_of(home, survey(home)) is None


def test_the_message_of_a_tag_is_bounded() -> None:
    changes = (SiteChange("layout", "Hcal", "x"),) * (MAX_SAID + 7)
    words = message_of(Release(3, "Ann", "ann", "y", 0.0, "1", "h", changes))
    assert words.endswith("- and 7 more changes\n")
    assert len(words.splitlines()) == MAX_SAID + 6

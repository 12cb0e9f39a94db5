"""Publishing a site: what is checked, who may, and the next release."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole import __version__
from dqmconsole.desk.check import validate
from dqmconsole.desk.git import (
    GitState,
    ignore_releases,
    state_of,
    tag,
    tag_to_come,
)
from dqmconsole.desk.listing import newest_recorded
from dqmconsole.engine.site_releases import read_release, read_working_copy
from dqmconsole.logbook.errors import BookError, BookRefused
from dqmconsole.model.paths import with_home
from dqmconsole.model.permission import (
    MAY,
    ROLES,
    Permissions,
    may,
    refusal,
    role_of,
)
from dqmconsole.model.problem import Problem
from dqmconsole.model.release import Proposal, Release
from dqmconsole.model.site import Site
from dqmconsole.model.words import listed
from dqmconsole.site.differences import differences
from dqmconsole.site.kinds import CORE, SiteTables, versioned, versions_of
from dqmconsole.site.ledger import (
    LedgerBusy,
    LedgerError,
    ReleasedFile,
    current_number,
    digest,
    has_ledger,
    ledger_folder,
    manifests,
    newest_whole,
    release_folder,
    whole_release,
)
from dqmconsole.site.site import SITE, bundled_site
from dqmconsole.site.staging import (
    in_force_at,
    left_out,
    next_number,
    survey,
    write_release,
)
from dqmconsole.site.versions import version_faults

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.permission import Action
    from dqmconsole.model.release import Consent
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.site.versions import Versioned


MAX_LEFT_OUT = 20  # names that are said
PROMOTE: Action = "promote a reference"


class PublishError(ValueError):
    """Nothing was published; the message says why.

    Attributes:
        problems: the errors of the site that stand against it.
    """

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class PublishRefused(PublishError):
    """By a rule, a person, or somebody who publishes too: not by disk or database."""


class Register(msgspec.Struct, frozen=True):
    """The releases that a shared database holds of a site.

    Attributes:
        entered: those that it holds.
        enter: enters another one; raises BookError when it may not or cannot.
        role: role of the account there; "" where the database keeps no accounts.
        may: action -> the roles that may, as it enforces them.
    """

    entered: tuple[Release, ...]
    enter: Callable[[Release], None]
    role: str = ""
    may: Permissions = MAY


class _Content(msgspec.Struct, frozen=True):
    """What a release would hold."""

    source: Path
    site: Site
    files: dict[str, ReleasedFile]
    versions: dict[str, int]
    tables: SiteTables
    git: GitState | None
    again: int = 0


def publish(
    home: Path,
    by: str,
    account: str,
    why: str,
    *,
    confirm: Callable[[Proposal], Consent | None],
    against: Sequence[str | Path] = (),
    register: Register | None = None,
    today: datetime.date | None = None,
    now: Callable[[], float] = time.time,
    step: Callable[[str], None] = lambda _: None,
    tables: SiteTables = CORE,
    tell: Callable[[str], object] = lambda _: None,
) -> Release:
    """Publish a site's working copy as its next release.

    Args:
        home: folder of the site.
        by: who publishes; "" to be asked for.
        account: the account that does, as the system knows it.
        why: the reason; "" to be asked for.
        confirm: is shown what would be published; None stops it.
        against: sources that must hold every plot, beside the newest run of each
            folder that ``site.yaml`` names under ``recorded:``.
        register: the shared database; None where the site names none.
        today: the date by which expiry is judged; UTC's when left out.
        now: the clock, unix time, s.
        step: is called before every single step of the writing; see staging.
        tables: what features add to a site.
        tell: is told, in a sentence, what git refuses once the release is in force.

    Raises:
        PublishRefused: the site, its rules or the person say no.
        PublishError: disk or database refuse. What was in force still is.
    """
    home = home.absolute()
    remarks = _allowed(home, account, register)
    try:
        files = survey(home)
        remarks += _remark_on_files(home)
    except LedgerError as error:
        raise PublishRefused(str(error)) from error
    site, _ = read_working_copy(home, tables=tables)
    problems = _problems(home, site, files, against, today, tables)
    errors = tuple(each for each in problems if each.severity == "error")
    if errors:
        many = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        msg = f"{many} in the site: nothing was published"
        raise PublishRefused(msg, errors)
    git = state_of(home, files)
    content = _Content(home, site, files, versions_of(site, tables), tables, git)
    given = (by, why, account)
    advice = tuple(problems)
    proposal = _proposal(home, content, given, (advice, remarks), register)
    written = _written(home, content, proposal, given, confirm, register, now, step)
    _tagged(home, content, written, tell)
    return written


def rollback(
    home: Path,
    number: int,
    by: str,
    account: str,
    why: str,
    *,
    confirm: Callable[[Proposal], Consent | None],
    register: Register | None = None,
    today: datetime.date | None = None,
    now: Callable[[], float] = time.time,
    step: Callable[[str], None] = lambda _: None,
    tables: SiteTables = CORE,
    tell: Callable[[str], object] = lambda _: None,
) -> Release:
    """Publish an earlier release again, under the next number.

    What ``validate`` finds in it does not stop it: it was in force before. The
    working copy stays as it is. For arguments and errors see :func:`publish`.
    """
    home = home.absolute()
    remarks = _allowed(home, account, register)
    try:
        found = whole_release(home, number, thorough=True)
        site, _ = read_release(home, number, tables=tables)
    except LedgerError as error:
        raise PublishRefused(str(error)) from error
    folder = release_folder(home, number)
    # Folders of recorded runs are relative to the site, not to its releases.
    problems = [
        msgspec.structs.replace(each, severity="advice")
        for each in validate(folder, (), today, tables=tables)
        if each.code != "recorded-folder"
    ]
    earlier = found.release
    git = None
    if earlier.commit:
        loose = f"not all of release {number} was in a commit" if earlier.dirty else ""
        git = GitState(earlier.commit, trouble=loose)
    content = _Content(folder, site, found.files, found.versions, tables, git, number)
    given = (by, why, account)
    proposal = _proposal(home, content, given, (tuple(problems), remarks), register)
    written = _written(home, content, proposal, given, confirm, register, now, step)
    _tagged(home, content, written, tell)
    return written


def why_unwritable(home: Path) -> str:
    """Why nothing can be published of a site from here; "" when it can."""
    copy = "copy its layouts/ and instructions/ to a folder of your own and use --site"
    bundled = bundled_site()
    checkout = (bundled / "pyproject.toml").is_file()
    layouts = home / "layouts"
    if not (layouts / SITE).is_file():
        return f"{home} is no site: it has no layouts/{SITE}"
    if home.samefile(bundled) and not checkout:
        return f"{home} is the site that comes with the program: {copy}"
    ledger = ledger_folder(home)
    if os.path.lexists(ledger) and not ledger.is_dir():
        return f"{ledger} is no folder, and releases go there: move it away"
    for folder in (layouts, ledger):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} cannot be written by this account: {copy}"
    return ""


def in_force(home: Path, tables: SiteTables = CORE) -> Site:
    """The site in force: its current release, or the working copy before the first.

    Whose permissions and database count is not for the working copy to change: where
    the release in force is lost or broken the newest whole one is asked.

    Args:
        home: folder of the site.
        tables: what features add to a site.

    Raises:
        PublishError: a release was altered in this very moment.
    """
    number = newest_whole(home) if has_ledger(home) else 0
    if not number:
        return read_working_copy(home, tables=tables)[0]
    try:
        return read_release(home, number, tables=tables)[0]
    except LedgerError as error:
        raise PublishError(str(error)) from error


def one_line(text: str) -> str:
    """A text that people typed, without newlines and other control characters."""
    return " ".join(
        "".join(each if each.isprintable() else " " for each in text).split()
    )


# -- what is checked ---------------------------------------------------------------


def _allowed(home: Path, account: str, register: Register | None) -> tuple[str, ...]:
    if why := why_unwritable(home):
        raise PublishRefused(why)
    permissions = in_force(home).settings.permissions
    role, table = _publishing_role(permissions, account, register)
    if not role:
        return (
            "site.yaml names nobody under permissions: whoever can write the site "
            "may publish",
        )
    if no := _why_not(role, "publish", table, account, permissions):
        raise PublishRefused(no)
    return ()


def _publishing_role(
    permissions: Mapping[str, tuple[str, ...]],
    account: str,
    register: Register | None,
) -> tuple[str, Permissions]:
    """The role of an account, and what roles may: the database's, where there is one.

    Args:
        permissions: of the site in force.
        account: the account.
        register: the shared database; it holds us to the role that it gives, if any.

    Returns:
        The role; "" where nobody gives roles to anybody. Action -> the roles that may.
    """
    table = MAY if register is None else register.may
    if register is not None and register.role:
        return register.role, table
    if not any(permissions.get(each) for each in ROLES):
        return "", table
    return role_of(account, permissions), table


def _why_not(
    role: str,
    action: Action,
    table: Permissions,
    account: str,
    permissions: Mapping[str, tuple[str, ...]],
) -> str:
    """Why an account may not do something, with the names of those who can; or ""."""
    no = refusal(role, action, table)
    if not no:
        return ""
    able = _able(action, table, permissions)
    names = f" ({', '.join(able)})" if able else ""
    return f"the account {account}: {no}{names}"


def _able(
    action: Action, table: Permissions, permissions: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """The accounts whose role may do something, sorted."""
    roles = (each for each in ROLES if may(each, action, table))
    return sorted({name for each in roles for name in permissions.get(each, ())})


def _problems(
    home: Path,
    site: Site,
    files: Mapping[str, ReleasedFile],
    against: Sequence[str | Path],
    today: datetime.date | None,
    tables: SiteTables,
) -> list[Problem]:
    """Find what is wrong with a working copy that is to be published.

    What is wrong with the ledger, or with a file of an archive, is advice: a release
    mends the first, and the second is no mistake of the site.

    Args:
        home: folder of the site.
        site: its working copy.
        files: what the release would hold.
        against: sources that must hold every plot, beside the newest run of each
            folder that ``site.yaml`` names under ``recorded:``.
        today: the date by which expiry is judged; UTC's when left out.
        tables: what features add to a site.
    """
    recorded = []
    for name in site.settings.recorded:
        folder = newest_recorded(home / with_home(name))
        if folder is not None:
            recorded.append(folder)
    found = list(validate(home, (*against, *recorded), today, tables=tables))
    for at, each in enumerate(found):
        inside = any(Path(each.file).is_relative_to(folder) for folder in recorded)
        of_archive = each.kind == "source" and inside
        if of_archive or Path(each.file).is_relative_to(ledger_folder(home)):
            found[at] = msgspec.structs.replace(each, severity="advice")
    texts = tuple(versioned(site, tables))
    return [*found, *_versions(home, texts, files), *_unheld(home, site, files)]


def _versions(
    home: Path, texts: Sequence[Versioned], files: Mapping[str, ReleasedFile]
) -> list[Problem]:
    """What ``validate`` does not compare where the ledger does not say what counts."""
    try:
        if has_ledger(home):
            current_number(home)
    except LedgerError:
        return [
            Problem(words, str(home / file), 1, 1, code=code)
            for code, file, words in version_faults(texts, files, manifests(home), 0)
        ]
    return []


def _unheld(home: Path, site: Site, files: Mapping[str, ReleasedFile]) -> list[Problem]:
    """Reference files that lie in the site hidden, where no release holds them.

    Those that lie outside ``validate`` refuses.
    """
    found = []
    for rule in site.references:
        if rule.file is None:
            continue
        name = os.path.normpath(f"layouts/{rule.file}")
        if name.startswith("layouts/") and name not in files and (home / name).exists():
            words = (
                f'a release could not hold the reference file "{rule.file}": put it '
                "under layouts/references/, or name a recorded run"
            )
            file = str(home / "layouts/references.yaml")
            found.append(Problem(words, file, code="reference-not-in-release"))
    return found


def _remark_on_files(home: Path) -> tuple[str, ...]:
    """Say which files stay behind; nothing where none does.

    Raises:
        LedgerError: there are too many files.
    """
    names = left_out(home)
    if not names:
        return ()
    said = listed(names, MAX_LEFT_OUT)
    return (f"not read by the program and left out of the release: {said}",)


def _remark_on_rights(
    account: str, settings: SiteSettings, table: Permissions
) -> tuple[str, ...]:
    """Say when an account takes itself the right to publish again.

    Args:
        account: who publishes.
        settings: those that the release puts in force.
        table: action -> the roles that may.
    """
    permissions = settings.permissions
    if not any(permissions.values()):
        return ()
    if may(role_of(account, permissions), "publish", table):
        return ()
    names = _able("publish", table, permissions)
    able = f"only {', '.join(names)}" if names else "nobody"
    return (
        f"after this release the account {account} can no longer publish or roll "
        f"back: by its permissions {able} can",
    )


# -- what is done --------------------------------------------------------------------


def _proposal(
    home: Path,
    content: _Content,
    given: tuple[str, str, str],
    found: tuple[tuple[Problem, ...], tuple[str, ...]],
    register: Register | None,
) -> Proposal:
    advice, remarks = found
    # Asked before anything is compared: what comes into force later is refused.
    before_it = in_force_at(home)
    hashed = digest(content.files)
    number, trouble = _compared(home)
    if trouble:
        # This release mends it, even if it is the same as an earlier one.
        against = f"release {number}, the newest whole one" if number else "nothing"
        remarks = (*remarks, f"{trouble}; the changes are those against {against}")
    before: Site | None = None
    before_files = None
    try:
        if number:
            before_files = whole_release(home, number).files
            before, _ = read_release(home, number, tables=content.tables)
    except LedgerError as error:
        msg = f"{error}; nothing was published"
        raise PublishError(msg) from error
    if before_files and not trouble and digest(before_files) == hashed:
        msg = f"nothing changed since release {number}"
        raise PublishRefused(msg)
    changes = differences(
        before, content.site, before_files, content.files, content.tables
    )
    if before is not None and any(each.kind == "reference" for each in changes):
        permissions, account = in_force(home).settings.permissions, given[2]
        role, table = _publishing_role(permissions, account, register)
        if role and (no := _why_not(role, PROMOTE, table, account, permissions)):
            raise PublishRefused(no)
    next_one = next_number(home, hashed, {} if register is None else _taken(register))
    if register is None or not register.role:
        table = MAY if register is None else register.may
        remarks += _remark_on_rights(given[2], content.site.settings, table)
    if content.git is not None and content.git.remark:
        remarks += (content.git.remark,)
    by, why, _ = given
    return Proposal(
        next_one,
        by,
        why,
        changes,
        advice,
        remarks,
        content.again,
        before_it,
        tag_to_come(home, content.git, next_one),
    )


def _compared(home: Path) -> tuple[int, str]:
    """The release to compare with, 0 for none, and why it is not the one in force."""
    if not has_ledger(home):
        return 0, ""
    try:
        number = current_number(home)
        whole_release(home, number)
    except LedgerError as error:
        return newest_whole(home), str(error)
    return number, ""


def _taken(register: Register) -> dict[int, str]:
    return {each.number: each.hash for each in register.entered}


def _tagged(
    home: Path, content: _Content, release: Release, tell: Callable[[str], object]
) -> None:
    """Tag a release that is in force, and leave the ledger out of git or let it in."""
    if content.git is None:
        return
    keep = content.site.settings.releases_in_git
    said = (tag(home, release), ignore_releases(home, content.git, keep=keep))
    for words in said:
        if words:
            tell(words)


def _written(
    home: Path,
    content: _Content,
    proposal: Proposal,
    given: tuple[str, str, str],
    confirm: Callable[[Proposal], Consent | None],
    register: Register | None,
    now: Callable[[], float],
    step: Callable[[str], None],
) -> Release:
    consent = confirm(proposal)
    if consent is None:
        msg = "not confirmed: nothing was published"
        raise PublishRefused(msg)
    by, why = one_line(consent.by), one_line(consent.why)
    if not by or not why:
        missing = "who publishes it" if not by else "why"
        msg = f"a release says {missing}: nothing was published"
        raise PublishRefused(msg)
    release = Release(
        number=proposal.number,
        by=by,
        account=given[2],
        why=why,
        at=now(),
        program=__version__,
        hash=digest(content.files),
        changes=proposal.changes,
        again=content.again,
        commit=content.git.commit if content.git is not None else "",
        dirty=content.git is not None and content.git.dirty,
    )
    entered = False

    def enter(release: Release) -> None:
        nonlocal entered
        if register is not None:
            register.enter(release)
            entered = True

    try:
        return write_release(
            home,
            release,
            content.files,
            versions=content.versions,
            source=content.source,
            before=proposal.before,
            taken={} if register is None else _taken(register),
            first=enter,
            step=step,
        )
    except BookError as error:
        kind = PublishRefused if isinstance(error, BookRefused) else PublishError
        words = f"the database refuses the release: {error}; nothing was published"
        raise kind(words) from error
    except LedgerError as error:
        kind = PublishRefused if isinstance(error, LedgerBusy) else PublishError
        if kind is PublishError and _compared(home) == (release.number, ""):
            words = f"{error}; but release {release.number} is in force"
            raise PublishError(words) from error
        words = f"{error}; nothing was published"
        if entered:
            words += (
                f", but the database holds release {release.number} already: publish "
                "again, unchanged it gets the same number"
            )
        raise kind(words) from error

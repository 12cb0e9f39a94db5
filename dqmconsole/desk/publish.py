"""The formal procedure by which a site's changes come into force, and go again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole import __version__
from dqmconsole.book.errors import BookError
from dqmconsole.desk.check import validate
from dqmconsole.desk.recorded import newest_recorded
from dqmconsole.engine.released import read_release, read_working_copy
from dqmconsole.files.differences import differences
from dqmconsole.files.ledger import (
    LedgerError,
    ReleasedFile,
    current_number,
    digest,
    has_ledger,
    ledger_folder,
    release_folder,
    release_numbers,
    whole_release,
)
from dqmconsole.files.site import SITE, bundled_site
from dqmconsole.files.staging import next_number, survey, write_release
from dqmconsole.model.permission import ROLES, refusal, role_of
from dqmconsole.model.problem import Problem
from dqmconsole.model.release import Release, SiteChange
from dqmconsole.model.site import Site

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence


class PublishError(ValueError):
    """Nothing was published; the message says why.

    Attributes:
        problems: the errors of the site that stand against it.
    """

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class PublishRefused(PublishError):
    """By a rule, not by a disk or database: another try does not help."""


class Proposal(msgspec.Struct, frozen=True):
    """What is about to be published.

    Attributes:
        number: of the release.
        by, why: who and why, as far as they were given.
        changes: against the release in force.
        advice: what is wrong with the site without standing against it.
        remarks: what else to know, in sentences.
        again: the earlier release that this one brings back, or 0.
    """

    number: int
    by: str
    why: str
    changes: tuple[SiteChange, ...]
    advice: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    again: int = 0


class Consent(msgspec.Struct, frozen=True):
    """Who publishes, and why."""

    by: str
    why: str


class Register(msgspec.Struct, frozen=True):
    """The releases that a shared database holds of a site.

    Attributes:
        entered: those that it holds.
        enter: enters another one; raises BookError when it may not or cannot.
        role: role of the account there; "" where the database keeps no accounts.
    """

    entered: tuple[Release, ...]
    enter: Callable[[Release], None]
    role: str = ""


class _Content(msgspec.Struct, frozen=True):
    """What a release would hold."""

    source: Path
    site: Site
    files: dict[str, ReleasedFile]
    versions: dict[str, int]
    again: int = 0


def publish(
    home: Path,
    by: str,
    account: str,
    why: str,
    *,
    confirm: Callable[[Proposal], Consent | None],
    against: Sequence[Path] = (),
    register: Register | None = None,
    today: datetime.date | None = None,
    now: Callable[[], float] = time.time,
    step: Callable[[str], None] = lambda _: None,
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

    Raises:
        PublishRefused: the site, its rules or the person say no.
        PublishError: disk or database refuse. What was in force still is.
    """
    home = home.absolute()
    remarks = _allowed(home, account, register)
    try:
        files = survey(home)
    except LedgerError as error:
        raise PublishRefused(str(error)) from error
    site, _ = read_working_copy(home)
    problems = [*_validated(home, site, against, today), *_unheld(home, site, files)]
    errors = tuple(each for each in problems if each.severity == "error")
    if errors:
        many = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        msg = f"{many} in the site: nothing was published"
        raise PublishRefused(msg, errors)
    versions = {each.id: each.version for each in site.instructions}
    content = _Content(home, site, files, versions)
    given = (by, why, account)
    advice = tuple(problems)
    proposal = _proposal(home, content, (by, why), (advice, remarks), register)
    return _written(home, content, proposal, given, confirm, register, now, step)


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
) -> Release:
    """Publish an earlier release again, under the next number.

    What ``validate`` finds in it stands not against it: it was in force before. The
    working copy stays as it is. For arguments and errors see :func:`publish`.
    """
    home = home.absolute()
    remarks = _allowed(home, account, register)
    try:
        found = whole_release(home, number, thorough=True)
        site, _ = read_release(home, number)
    except LedgerError as error:
        raise PublishRefused(str(error)) from error
    folder = release_folder(home, number)
    # Folders of recorded runs are relative to the site, not to its releases.
    problems = [
        msgspec.structs.replace(each, severity="advice")
        for each in validate(folder, (), today)
        if not each.message.startswith("recorded:")
    ]
    content = _Content(folder, site, found.files, found.versions, number)
    given = (by, why, account)
    proposal = _proposal(home, content, (by, why), (tuple(problems), remarks), register)
    return _written(home, content, proposal, given, confirm, register, now, step)


def why_unwritable(home: Path) -> str:
    """Why nothing can be published of a site from here; "" when it can."""
    copy = "copy its layouts/ and instructions/ to a folder of your own and use --site"
    layouts = home / "layouts"
    if not (layouts / SITE).is_file():
        return f"{home} is no site: it has no layouts/{SITE}"
    if home.samefile(bundled_site()):
        return f"{home} is the site that comes with the program: {copy}"
    ledger = ledger_folder(home)
    for folder in (layouts, ledger):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            return f"{folder} cannot be written by this account: {copy}"
    return ""


def in_force(home: Path) -> Site:
    """The site in force: its current release, or the working copy before the first.

    Whose permissions and database count is not for the working copy to change.
    """
    if has_ledger(home):
        for number in sorted(release_numbers(home), reverse=True):
            try:
                if number <= current_number(home):
                    return read_release(home, number)[0]
            except LedgerError:
                continue
    return read_working_copy(home)[0]


# -- what is checked ---------------------------------------------------------------


def _allowed(home: Path, account: str, register: Register | None) -> tuple[str, ...]:
    if why := why_unwritable(home):
        raise PublishRefused(why)
    permissions = in_force(home).settings.permissions
    if register is not None and register.role:
        role: str = register.role  # the database's word, which it holds us to
    elif not any(permissions.get(each) for each in ROLES):
        return (
            "site.yaml names nobody under permissions: whoever can write the site "
            "may publish",
        )
    else:
        role = role_of(account, permissions)
    if no := refusal(role, "publish"):
        able = sorted(
            {*permissions.get("expert", ()), *permissions.get("shift-leader", ())}
        )
        names = f" ({', '.join(able)})" if able else ""
        msg = f"the account {account}: {no}{names}"
        raise PublishRefused(msg)
    return ()


def _validated(
    home: Path, site: Site, against: Sequence[Path], today: datetime.date | None
) -> list[Problem]:
    recorded = []
    for name in site.settings.recorded:
        folder = newest_recorded(home / Path(name).expanduser())
        if folder is not None:
            recorded.append(folder)
    found = list(validate(home, (*against, *recorded), today))
    for at, each in enumerate(found):
        # A file of an archive that cannot be read is no mistake of the site.
        inside = any(Path(each.file).is_relative_to(folder) for folder in recorded)
        if each.kind == "source" and inside:
            found[at] = msgspec.structs.replace(each, severity="advice")
    return found


def _unheld(home: Path, site: Site, files: Mapping[str, ReleasedFile]) -> list[Problem]:
    """Reference files that are there, and that a release would not hold."""
    found = []
    for rule in site.references:
        if rule.file is None:
            continue
        name = os.path.normpath(f"layouts/{rule.file}")
        outside = Path(rule.file).is_absolute() or rule.file.startswith("~")
        held = name in files and name.startswith("layouts/") and not outside
        if not held and (home / "layouts" / Path(rule.file).expanduser()).is_file():
            words = (
                f'a release could not hold the reference file "{rule.file}": put it '
                "under layouts/references/, or name a recorded run"
            )
            found.append(Problem(words, str(home / "layouts/references.yaml")))
    return found


# -- what is done --------------------------------------------------------------------


def _proposal(
    home: Path,
    content: _Content,
    given: tuple[str, str],
    found: tuple[tuple[Problem, ...], tuple[str, ...]],
    register: Register | None,
) -> Proposal:
    advice, remarks = found
    before: Site | None = None
    before_files = None
    hashed = digest(content.files)
    try:
        if has_ledger(home):
            number = current_number(home)
            before_files = whole_release(home, number).files
            before, _ = read_release(home, number)
            if digest(before_files) == hashed:
                msg = f"nothing changed since release {number}"
                raise PublishRefused(msg)
        changes = differences(before, content.site, before_files, content.files)
        taken = {} if register is None else _taken(register)
        number = next_number(home, hashed, taken)
    except LedgerError as error:
        # What is in force is broken: this release is what mends it.
        remarks = (*remarks, f"the difference cannot be told: {error}")
        changes = differences(None, content.site)
        number = max(release_numbers(home), default=0) + 1
    by, why = given
    return Proposal(number, by, why, changes, advice, remarks, content.again)


def _taken(register: Register) -> dict[int, str]:
    return {each.number: each.hash for each in register.entered}


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
    by, why = consent.by.strip(), consent.why.strip()
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
            taken={} if register is None else _taken(register),
            first=enter,
            step=step,
        )
    except BookError as error:
        words = f"the database refuses the release: {error}; nothing was published"
        raise PublishError(words) from error
    except LedgerError as error:
        words = f"{error}; nothing was published"
        if entered:
            words += (
                f", but the database holds release {release.number} already: publish "
                "again, unchanged it gets the same number"
            )
        raise PublishError(words) from error

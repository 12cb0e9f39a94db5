"""Which state of a site an engine reads: a release of its ledger, or the working copy.

Once a site has a ledger, nothing but :meth:`SiteReleases.take_up` changes what is read.
Of a working copy, a layout broken by an edit does not leave the screen of a console
that runs.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.frame import ReleaseFact
from dqmconsole.model.layout import plot_key
from dqmconsole.model.message import WORKING_COPY
from dqmconsole.model.problem import Problem
from dqmconsole.site.calendars import Calendars, turns_when_read
from dqmconsole.site.differences import differences
from dqmconsole.site.kinds import CORE
from dqmconsole.site.ledger import (
    LedgerError,
    altered,
    current_number,
    has_ledger,
    manifest,
    release_folder,
    release_numbers,
    whole_release,
)
from dqmconsole.site.site import read_site_with_places, site_changed, site_stamp

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.release import Release
    from dqmconsole.model.site import Site
    from dqmconsole.site.calendars import Turns
    from dqmconsole.site.findings import Place
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.site.ledger import ReleaseManifest
    from dqmconsole.site.site import Stamp

    Reading = tuple[Site, Mapping[str, Place]]
    Looking = Generator[None, None, ReleaseFact | None]

_log = logging.getLogger(__name__)


def read_working_copy(
    home: Path, turns: Turns = turns_when_read, tables: SiteTables = CORE
) -> Reading:
    """Read a site as its files are now; see ``site.site.read_site_with_places``."""
    site, places = read_site_with_places(home, turns, tables)
    return msgspec.structs.replace(site, home=site.folder, release=None), places


def read_release(
    home: Path,
    number: int,
    turns: Turns = turns_when_read,
    tables: SiteTables = CORE,
) -> Reading:
    """Read a release of a site's ledger.

    Args:
        home: folder of the site.
        number: of the release.
        turns: gives the turns of a calendar of those bytes.
        tables: what features add to a site.

    Raises:
        LedgerError: there is none, or it was altered after it was published.
    """
    found = whole_release(home, number)
    folder = release_folder(home, number)
    site, places = read_site_with_places(folder, turns, tables)
    site = msgspec.structs.replace(site, home=str(home), release=found.release)
    return site, places


def with_last_healthy(
    site: Site, before: Site, places: Mapping[str, Place]
) -> tuple[Site, tuple[Layout, ...]]:
    """The site with those layouts of the one before that an error took away.

    Args:
        site: the site as it was read now.
        before: the site in force until now.
        places: where the plots of `before` stand.

    Returns:
        The site to use, with a problem for each layout that is kept, and these.
        A layout whose file was removed, or that was renamed, is not kept.
    """
    names = {layout.layout for layout in site.layouts}
    broken = {each.file for each in site.problems if each.severity == "error"}
    kept = tuple(
        layout
        for layout in before.layouts
        if layout.layout not in names and _file_of(layout, places) in broken
    )
    if not kept:
        return site, ()
    order = {layout.layout: at for at, layout in enumerate(before.layouts)}
    layouts = sorted(
        (*site.layouts, *kept),
        key=lambda layout: order.get(layout.layout, len(order)),
    )
    told = tuple(
        Problem(
            f"layout {layout.layout} is still shown as it was before this file broke",
            file=_file_of(layout, places),
            severity="advice",
        )
        for layout in kept
    )
    found = msgspec.structs.replace(
        site, layouts=tuple(layouts), problems=site.problems + told
    )
    return found, kept


def _file_of(layout: Layout, places: Mapping[str, Place]) -> str:
    for page in layout.pages:
        for plot in page.plots:
            place = places.get(plot_key(layout.layout, page.page, plot.path))
            if place is not None:
                return place.file
    return ""


class SiteReleases:
    """What is read of a site, and what its ledger says meanwhile.

    Args:
        home: folder of the site.
        wanted: number of a release; 0 for the one in force, ``WORKING_COPY`` for
            the working copy although there may be a ledger.
        tables: what features add to a site.

    Attributes:
        home: folder of the site.
        number: the release that is read; 0 for the working copy.
        problems: why that is not what was wanted, and what is wrong with it since.
    """

    def __init__(
        self, home: Path, wanted: int = WORKING_COPY, tables: SiteTables = CORE
    ) -> None:
        self.home = home
        self.number = 0
        self.problems: tuple[Problem, ...] = ()
        self._wanted = wanted
        self._tables = tables
        self._calendars = Calendars()
        self._begun: tuple[Problem, ...] = ()
        self._told: int | None = None
        self._stamp: Stamp = ()
        self._wrong: tuple[Problem, ...] = ()
        self._unread: tuple[Problem, ...] = ()
        self._looking: Looking | None = None

    @property
    def folder(self) -> Path:
        """The folder the site is read from."""
        return release_folder(self.home, self.number) if self.number else self.home

    @property
    def live(self) -> bool:
        """Tell whether edits in the working copy count: nothing was published."""
        return not self.number and not has_ledger(self.home)

    def open(self) -> Reading:
        """Read what is wanted; if it is not whole the newest earlier release that is.

        Where the ledger does not say which is in force it is the newest whole one.
        Without any the working copy is read. Each that was passed over is a problem.
        """
        self.number = 0
        numbers: list[int] = []
        troubles: list[str] = []
        if self._wanted > 0:
            numbers = [self._wanted]
        elif self._wanted == 0 and has_ledger(self.home):
            try:
                numbers = [current_number(self.home)]
            except LedgerError as error:
                troubles.append(str(error))
                numbers = list(release_numbers(self.home)[-1:])
        for first in numbers[:1]:
            known = release_numbers(self.home)
            numbers += sorted((each for each in known if each < first), reverse=True)
        for number in numbers:
            try:
                reading = self._read(number)
            except LedgerError as error:
                troubles.append(str(error))
                continue
            self._begin(troubles)
            return reading
        self._begin(troubles)
        return self.read_working_copy()

    def read_working_copy(self) -> Reading:
        """Read the site's files as they are now, without waiting for its calendars."""
        return read_working_copy(self.home, self._calendars.turns, self._tables)

    def poll_calendars(self) -> Reading | None:
        """What is read, read again, once calendars of it were read; else None."""
        if not self._calendars.poll():
            return None
        try:
            if self.number:
                return self._released(self.number)
        except LedgerError as error:
            _log.warning("calendars: %s", error)  # told by poll
            return None
        return self.read_working_copy()

    def close(self) -> None:
        """End what still reads calendars."""
        self._calendars.close()

    def take_up(self, number: int) -> Reading:
        """Read another release from now on.

        Raises:
            LedgerError: it cannot be read; what was read before still counts.
        """
        reading = self._read(number)
        self._begin([])
        self._told = 0  # so that it is said when nothing else waits any more
        return reading

    @property
    def pending(self) -> int:
        """Looks at the ledger that :meth:`go_on` has to end."""
        return int(self._looking is not None)

    def poll(self, site: Site) -> list[ReleaseFact]:
        """Begin to look at the ledger; a fact when another release came into force.

        Args:
            site: the site as it is read.
        """
        self._wrong = tuple(self._altered())
        if self._looking is None:
            self._looking = self._news(site)
        return self.go_on()

    def go_on(self) -> list[ReleaseFact]:
        """Look on by one piece, for a release is read and compared in several."""
        if self._looking is None:
            return []
        facts = []
        try:
            next(self._looking)
        except StopIteration as end:
            self._looking = None
            self._unread = ()
            if end.value is not None:
                facts.append(end.value)
        except LedgerError as error:
            self._looking = None
            known = any(str(error) in each.message for each in self._begun)
            problem = self._problem(str(error), "the console keeps {}")
            self._unread = () if known else (problem,)
        self.problems = self._begun + self._wrong + self._unread
        return facts

    # -- parts ------------------------------------------------------------------

    def _read(self, number: int) -> Reading:
        reading = self._released(number)
        self.number = number
        self._stamp = site_stamp(self.folder)
        return reading

    def _released(self, number: int) -> Reading:
        return read_release(self.home, number, self._calendars.turns, self._tables)

    def _begin(self, troubles: list[str]) -> None:
        for each in troubles:
            _log.error("%s", each)
        self._begun = tuple(self._problem(each, "{} is read") for each in troubles)
        self.problems = self._begun
        self._wrong = self._unread = ()
        self._looking = None  # what it compares with is read no more

    def _problem(self, why: str, what: str) -> Problem:
        read = f"release {self.number}" if self.number else "the working copy"
        words = f"{why}; {what.format(read)}"
        return Problem(words, str(self.home), kind="source")

    def _altered(self) -> list[Problem]:
        if not self.number or not site_changed(self.folder, self._stamp):
            return []
        try:
            wrong = altered(self.home, manifest(self.home, self.number))
        except LedgerError as error:
            return [self._problem(str(error), "{} is kept as it was read before")]
        if not wrong:
            self._stamp = site_stamp(self.folder)
            return []
        why = f"release {self.number} was altered after it was published: {wrong[0]}"
        return [self._problem(why, "{} is kept as it was read before")]

    def _news(self, site: Site) -> Looking:
        if not has_ledger(self.home):
            if self.number:
                msg = "the site's ledger is gone"
                raise LedgerError(msg)
            return None
        current = current_number(self.home)
        if current == self._told:
            return None
        if current == self.number:
            first = self._told is None
            self._told = current
            return None if first else ReleaseFact(None, self.number)
        found = whole_release(self.home, current)
        yield
        release = yield from self._with_changes(site, found)
        self._told = current
        return ReleaseFact(release, self.number)

    def _with_changes(
        self, site: Site, found: ReleaseManifest
    ) -> Generator[None, None, Release]:
        """The release, with its changes against what is read."""
        number = found.release.number
        turns, tables = self._calendars.turns, self._tables
        folder = release_folder(self.home, number)
        new, _ = read_site_with_places(folder, turns, tables)
        yield
        if not self.number:
            changes = differences(site, new, tables=tables)
        else:
            try:
                files = whole_release(self.home, self.number).files
            except LedgerError:
                changes = differences(site, new, tables=tables)
            else:
                yield
                # Read again, for what follows from a calendar follows from the day.
                old, _ = read_site_with_places(self.folder, turns, tables)
                yield
                changes = differences(old, new, files, found.files, tables)
        return msgspec.structs.replace(found.release, changes=changes)

"""Whether program, its parts, site and book of a console fit each other."""

from __future__ import annotations

import glob
import importlib.metadata
import os
import platform
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from dqmconsole import __version__
from dqmconsole.desk.check import validate
from dqmconsole.desk.listing import newest_recorded
from dqmconsole.desk.publish import PublishError, in_force, why_unwritable
from dqmconsole.logbook.errors import BookError, BookSignIn
from dqmconsole.logbook.spool import Waiting, by_account, rescued
from dqmconsole.model.file_pattern import FilePattern
from dqmconsole.model.layout import subsystem_words
from dqmconsole.model.paths import with_home
from dqmconsole.model.site import streams_fed
from dqmconsole.model.words import counted, listed
from dqmconsole.site.kinds import CORE
from dqmconsole.site.ledger import (
    ADDED,
    RELEASE,
    LedgerError,
    altered,
    current_number,
    has_ledger,
    ledger_folder,
    manifest,
    never_in_force,
    release_numbers,
)
from dqmconsole.site.settings import FORMAT, ProgramError, program_fits
from dqmconsole.site.site import SITE, read_site
from dqmconsole.sources.names import PatternNames
from dqmconsole.sources.open import REPLAY
from dqmconsole.sources.package import scheme_names
from dqmconsole.sources.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.site import Site, SiteSettings, SourceSettings
    from dqmconsole.plugins import Registered
    from dqmconsole.site.kinds import SiteTables

PROGRAM = "dqmconsole"
_SPOOLED = {
    ".jsonl": (
        "at most {wait} for the book",
        "start a console where the book can be reached, sign in as their author, and "
        "let it run",
    ),
    ".refused": (
        "that the book refused {is} kept",
        "read there why, and write it again",
    ),
    ".broken": ("that cannot be read {is} kept", "look whether they can be repaired"),
}
MAX_WRONG = 5  # altered files of one release that are said
Level = Literal["ok", "advice", "error"]


class Diagnosis(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        area: "program", "site", "ledger", ...
        level: how it is.
        sentence: what was found.
        remedy: what to do about it; "" when it is ok.
    """

    area: str
    level: Level
    sentence: str
    remedy: str = ""


def examine(
    home: Path,
    tables: SiteTables = CORE,
    registered: Sequence[Registered[object]] = (),
) -> tuple[Diagnosis, ...]:
    """Look at everything that needs no window.

    Reads every file of the site's ledger, and connects to its database.

    Args:
        home: folder of the site.
        tables: what features add to a site.
        registered: what installed packages add to the program.

    Returns:
        What was found, good and bad, in the order of a person's questions.
    """
    home = home.absolute()
    return (
        *_program(),
        *_requirements(),
        *_registered(registered),
        *_site(home, tables),
        *_ledger(home, tables),
        *_world(home),
    )


def _program() -> Iterator[Diagnosis]:
    where = Path(sys.modules["dqmconsole"].__file__ or "").parent
    yield Diagnosis("program", "ok", f"dqmconsole {__version__} in {where}")
    python = platform.python_version()
    yield Diagnosis("program", "ok", f"Python {python}, {sys.executable}")
    library, version = platform.libc_ver()
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield Diagnosis("program", "ok", f"{system}, {library or 'libc'} {version}".strip())
    try:
        found = importlib.metadata.metadata(PROGRAM)
    except importlib.metadata.PackageNotFoundError:
        words = "the program is not installed: its requirements cannot be compared"
        yield Diagnosis("program", "advice", words, "pip install it")
        return
    if found["Version"] != __version__:
        words = f"installed is {found['Version']}, running is {__version__}"
        yield Diagnosis("program", "advice", words, "pip install it again")


def _requirements() -> Iterator[Diagnosis]:
    try:
        wanted = importlib.metadata.requires(PROGRAM) or []
    except importlib.metadata.PackageNotFoundError:
        return
    for text in sorted(wanted, key=str.lower):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = requirement.name
        remedy = f"pip install '{name}{requirement.specifier}'"
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            words = f"{name} is not installed"
            yield Diagnosis("requirement", "error", words, remedy)
            continue
        if requirement.specifier.contains(version, prereleases=True):
            yield Diagnosis("requirement", "ok", f"{name} {version}")
        else:
            words = f"{name} {version} does not fit {requirement.specifier}"
            yield Diagnosis("requirement", "error", words, remedy)


def _registered(groups: Sequence[Registered[object]]) -> Iterator[Diagnosis]:
    """What installed packages add: checks, sources, drawings, faults."""
    without = []
    for group in groups:
        for name in group.usable:
            words = f"{name}, of {group.packages[name]}"
            yield Diagnosis(group.kind, "ok", words)
        for each in group.left_out:
            remedy = f"fix or upgrade {each.package.partition(' ')[0]}"
            yield Diagnosis(group.kind, "error", str(each), remedy)
        if not (group.usable or group.left_out):
            without.append(f"dqmconsole.{group.kind}s")
    if without:
        words = f"no installed package adds to {', '.join(without)}"
        yield Diagnosis("package", "ok", words)


def _site(home: Path, tables: SiteTables) -> Iterator[Diagnosis]:
    if not (home / "layouts" / SITE).is_file():
        words = f"{home} is no site: it has no layouts/{SITE}"
        yield Diagnosis("site", "error", words, "name another with --site")
        return
    yield Diagnosis("site", "ok", f"{home}")
    if (why := why_unwritable(home)) and not _is_misplaced(home):
        yield Diagnosis("site", "ok", f"nothing can be published here: {why}")
    site = read_site(home, tables)
    settings = site.settings
    bad = _misfits(settings)
    for words in bad:
        remedy = "install a version of the program that fits, or the site's last one"
        yield Diagnosis("site", "error", words, remedy)
    if not bad:
        wants = f", needs dqmconsole {settings.program}" if settings.program else ""
        words = f"format {settings.format} of {FORMAT}{wants}: fits"
        yield Diagnosis("site", "ok", words)
    problems = validate(home, tables=tables)
    errors = [each for each in problems if each.severity == "error"]
    if errors:
        words = f"the working copy has errors ({len(errors)}), the first: {errors[0]}"
        # What is in force may be whole: the ledger's lines say so.
        level: Level = "advice" if has_ledger(home) else "error"
        yield Diagnosis("site", level, words, "dqmconsole validate lists them")
    else:
        words = f"the working copy has no errors, {len(problems)} to review"
        yield Diagnosis("site", "ok", words)


def _misfits(settings: SiteSettings) -> tuple[str, ...]:
    """Why a site and this program do not fit each other."""
    if settings.format > FORMAT:
        words = f"its format is {settings.format}, this program reads {FORMAT}"
        return (words,)
    try:
        if program_fits(settings.program, __version__):
            return ()
    except ProgramError as error:
        return (f"program: {error}",)
    return (f"it needs dqmconsole {settings.program}, this is {__version__}",)


def _is_misplaced(home: Path) -> bool:
    """Tell whether something else stands where the ledger's folder belongs."""
    ledger = ledger_folder(home)
    return os.path.lexists(ledger) and not ledger.is_dir()


def _ledger(home: Path, tables: SiteTables) -> Iterator[Diagnosis]:
    if _is_misplaced(home):
        yield Diagnosis("ledger", "error", why_unwritable(home), "move it away")
        return
    numbers = release_numbers(home)
    if not has_ledger(home):
        words = "nothing was published: consoles read the working copy live"
        yield Diagnosis("ledger", "advice", words, "dqmconsole publish")
        return
    try:
        current = current_number(home)
    except LedgerError as error:
        current = 0
        remedy = "dqmconsole publish, or publish --rollback N, as the next release"
        yield Diagnosis("ledger", "error", str(error), remedy)
    broken = 0
    for number in numbers:
        found = list(_release(home, number, current))
        broken += any(each.level != "ok" for each in found)
        yield from found
        if number == current and found[0].level == "ok":
            yield from _fits_release(home, number, tables)
    for number in sorted(never_in_force(home)):
        words = f"release {number} was written whole and never came into force"
        yield Diagnosis("ledger", "ok", words)
    if numbers and not broken:
        many = "release is" if len(numbers) == 1 else f"{len(numbers)} releases are"
        yield Diagnosis("ledger", "ok", f"the {many} whole: every hash is right")


def _release(home: Path, number: int, current: int) -> Iterator[Diagnosis]:
    """What is wrong with one release; of the one in force also that nothing is."""
    level: Level = "error" if number == current else "advice"
    otherwise = "publish again" if number == current else "leave it: it is not in force"
    copy = "put back from a copy of the site"
    try:
        found = manifest(home, number)
    except LedgerError as error:
        remedy = f"{copy} layouts/releases/{number}/{RELEASE}, or {otherwise}"
        yield Diagnosis("ledger", level, str(error), remedy)
        return
    wrong = altered(home, found, thorough=True)
    for words in wrong[:MAX_WRONG]:
        file = words.removesuffix(ADDED)
        remedy = f"delete layouts/releases/{number}/{file}"
        if file == words:
            remedy = f"{copy} that file, or {otherwise}"
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > MAX_WRONG else ""
        said = f"release {number} was altered after it was published: {words}{more}"
        yield Diagnosis("ledger", level, said, remedy)
    if not wrong and number == current:
        release = found.release
        words = f"release {number} is in force, by {release.by}: {release.why}"
        yield Diagnosis("ledger", "ok", words)


def _fits_release(home: Path, number: int, tables: SiteTables) -> Iterator[Diagnosis]:
    """Whether the program can read what is in force, as an upgrade must."""
    site = read_site(ledger_folder(home) / str(number), tables)
    errors = [each for each in site.problems if each.severity == "error"]
    for words in _misfits(site.settings):
        remedy = "go back to the version of the program before, or publish again"
        yield Diagnosis("ledger", "error", f"release {number}: {words}", remedy)
    if errors:
        words = f"this program finds errors in release {number} ({len(errors)}), "
        words += f"the first: {errors[0]}"
        remedy = "go back to the version of the program before, or publish again"
        yield Diagnosis("ledger", "error", words, remedy)


def _world(home: Path) -> Iterator[Diagnosis]:
    """What lies outside of the site."""
    if not (home / "layouts" / SITE).is_file():
        return
    try:
        site = in_force(home)
    except PublishError as error:
        yield Diagnosis("ledger", "error", str(error), "run it again")
        return
    for each in site.settings.recorded:
        folder = home / with_home(each)
        if not folder.is_dir():
            words = f"recorded: there is no folder {folder}"
            yield Diagnosis(
                "recorded", "advice", words, "mount it, or correct site.yaml"
            )
        elif newest_recorded(folder) is None:
            words = f"recorded: {folder} holds no finished run"
            yield Diagnosis("recorded", "advice", words, "is it the right folder?")
        else:
            yield Diagnosis("recorded", "ok", f"{folder} can be read")
    several = len(site.settings.sources) > 1
    for source in site.settings.sources:
        if source.folder.partition(":")[0] in scheme_names():
            continue
        name = f"{source.called} ({_role(site, source)}): " if several else ""
        for said in _source(site, home, source):
            yield msgspec.structs.replace(said, sentence=name + said.sentence)
    yield from _book(site)


def _role(site: Site, source: SourceSettings) -> str:
    """What a source is for, beside the others of the site."""
    if source is site.settings.main_source:
        return "main"
    for stream, subsystems, _ in streams_fed(site.settings, site.layouts):
        if stream is source:
            fed = listed(sorted(map(subsystem_words, subsystems)))
            return f"feeds {fed or 'nothing'}"
    return "opened by its name alone"


def _source(site: Site, home: Path, source: SourceSettings) -> Iterator[Diagnosis]:
    """Whether a source is there, and has files that its pattern names."""
    if "://" in source.folder:
        return
    path = home / with_home(source.folder.removeprefix(REPLAY))
    if not os.path.exists(path):  # noqa: PTH110 - a closed folder is no error
        words = f"sources: {path} is not there"
        yield Diagnosis("source", "advice", words, "is it mounted?")
        return
    if not source.files:
        yield Diagnosis("source", "ok", f"{path} is there")
        return
    pattern = FilePattern(source.files, site.settings.lumisection)
    listing = Scan(str(path), pattern=pattern).look()
    names = [each.file for each in listing.changed]
    found = sum(pattern.match(each) is not None for each in names)
    if listing.error:
        words = f"sources: {path} cannot be listed: {listing.error}"
        yield Diagnosis("source", "advice", words, "may this account read it?")
    elif not found:
        words = PatternNames(pattern, f"layouts/{SITE}", str(path)).nothing(names)
        remedy = "correct files: in site.yaml, unless nothing was taken yet"
        yield Diagnosis("source", "advice", f"sources: {words}", remedy)
    else:
        words = f"{path}: {counted(found, 'file')} called {source.files}"
        yield Diagnosis("source", "ok", words)


def _book(site: Site) -> Iterator[Diagnosis]:
    url = site.settings.database
    if not url:
        yield Diagnosis(
            "book", "ok", "kept in a file of the user's: no shared database"
        )
        return
    if "://" not in url or url.startswith("sqlite:///"):
        bad = [each for each in book_file(Path(url.removeprefix("sqlite:///")))
               if each.level != "ok"]  # fmt: skip
        yield from bad
        if bad:
            return
    # SQLAlchemy takes its time to load, and most sites need none here.
    from dqmconsole.logbook.book import Book

    try:
        book = Book.open(url)
    except BookSignIn as error:
        words = f"the database is there and needs an account: {error}"
        yield Diagnosis(
            "book", "advice", words, "put it into ~/.pgpass to look further"
        )
        return
    except BookError as error:
        remedy = "is the database up, and is the program's version right for it?"
        yield Diagnosis("book", "error", str(error), remedy)
        return
    try:
        info = book.info()
    except BookError as error:
        yield Diagnosis("book", "error", str(error), "look at the database's log")
    else:
        words = f"{info.name}: schema {info.schema}, {info.records} records"
        yield Diagnosis("book", "ok", words)
    finally:
        book.close()


def book_file(path: Path) -> Iterator[Diagnosis]:
    """Tell whether the file of a book is whole; reads all of it."""
    from dqmconsole.logbook.damage import damage

    path = with_home(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        words = f"the book {path} cannot be read: {error.strerror}"
        remedy = "set HOME to a folder that this account can read"
        yield Diagnosis("book", "error", words, remedy)
        return
    if found := damage(path, thorough=True):
        words = f"the book {path} is damaged: {found}"
        remedy = "bring it back from a copy; a console shows what can still be read"
        yield Diagnosis("book", "error", words, remedy)
    else:
        yield Diagnosis("book", "ok", f"the book {path} is whole")


def waiting_records(spool: Path) -> Iterator[Diagnosis]:
    """Tell of records that wait on this machine for the book.

    Args:
        spool: the file in which they wait; see ``logbook.spool``. Those of further
            consoles lie beside it, and so does what the book refused.
    """
    stem = glob.escape(str(spool.with_suffix("")))
    beside = glob.glob(f"{stem}*")  # noqa: PTH207 - a closed folder is no error
    for path in (*map(Path, sorted(beside)), *rescued(spool)):
        kind = path.suffix
        if kind not in _SPOOLED:
            continue
        try:
            lines = [each for each in path.read_bytes().split(b"\n") if each.strip()]
        except OSError as error:
            words = f"{path} cannot be read: {error.strerror or error}"
            yield Diagnosis("book", "advice", words, "it may hold records that wait")
            continue
        if count := len(lines):
            what, remedy = _SPOOLED[kind]
            one = {"is": "is", "wait": "waits"}
            verbs = one if count == 1 else {"is": "are", "wait": "wait"}
            records = "1 record" if count == 1 else f"{count} records"
            whose = _whose(lines) if kind == ".jsonl" else ""
            words = f"{records} {what.format(**verbs)} in {path}{whose}"
            yield Diagnosis("book", "advice", words, remedy)


def _whose(lines: Sequence[bytes]) -> str:
    """Whose waiting records are, as far as they can be read."""
    records = []
    for line in lines:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            records.append(msgspec.json.decode(line, type=Waiting).record)
    held = "; ".join(each.sentence for each in by_account(records) if each.account)
    return f": {held}" if held else ""

"""What this program reads of stored files, in names that stand in the files.

The only place where the tests of the corpus and its writer meet the program: a
function that moves or is renamed is followed here.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec
from engine.fakes import FakeLink
from support.waiting import PATIENCE

from dqmconsole.app.books import book_file
from dqmconsole.app.tables import site_tables
from dqmconsole.engine.loop import Loop
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookError, BookTooNew
from dqmconsole.logbook.replicate import BookThread
from dqmconsole.logbook.spool import Spool, spool_path
from dqmconsole.logbook.view import Logbook, written
from dqmconsole.model.message import Open, Watch, WatchItem
from dqmconsole.model.record import (
    Entry,
    Flag,
    KnownBody,
    Record,
    RunSeen,
    Seen,
    hash_of,
    is_hash_of,
)
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.shift import elog, flags, reading
from dqmconsole.shift.flag_import import plan
from dqmconsole.shift.online_flags import decoded, encoded, online_flags
from dqmconsole.shift.registry import read_registry, run_registry
from dqmconsole.site.bundle import read_bundle
from dqmconsole.site.ledger import (
    current_number,
    never_in_force,
    release_numbers,
    whole_release,
)
from dqmconsole.site.site import read_site
from dqmconsole.training.course import people, standings, steps_done
from dqmconsole.training.exam_history import place_of
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import ExamBegan, TrainingBody, of_training
from dqmconsole.ui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dqmconsole.model.record import StoredFile
    from dqmconsole.model.site import Site

BOOK = "book-stored-experiment.sqlite"
NOW = 1_795_750_000.0  # unix time, s, of whoever opens the corpus: 2026-11-27
Values = dict[str, Any]


# -- the log of the shift --------------------------------------------------------------


def log_file(experiment: str, folder: Path) -> Path:
    """Where the log of an experiment is whose site names no database."""
    return book_file(experiment, folder)


def waiting_file(folder: Path, url: str) -> Path:
    """Where records for the book of a URL wait."""
    return spool_path(folder, url)


def open_book(url: str, account: str = "", password: str = "") -> Book:
    """Open a book as a console does."""
    return Book.open(url, user=account, password=password)


def raise_schema(url: str, owner: str, password: str) -> None:
    """Raise an older shared book to the present schema, as its owner does."""
    Book.create(url, user=owner, password=password).close()


def kinds() -> set[str]:
    """The kinds of records that this program writes."""
    return {
        str(each.__struct_config__.tag)
        for each in (*KnownBody.__args__, *TrainingBody.__args__)
    }


def records_of(book: Book) -> list[Record]:
    """All records in the order of their numbers; none may be skipped."""
    leaf = book.read(limit=100_000)
    assert not leaf.skipped
    assert not leaf.full
    return list(leaf.records)


def record_values(record: Record) -> Values:
    """A record by the names of the table's columns; its body as it is stored."""
    body = msgspec.to_builtins(record.body)
    found = {
        name: getattr(record, name)
        for name in (
            "number", "uid", "made_at", "stored_at", "run", "subsystem", "who",
            "account", "role", "console", "shift",
        )
    }  # fmt: skip
    return found | {
        "kind": body.pop("type"),
        "versions": msgspec.to_builtins(record.versions),
        "body": body,
    }


def file_values(book: Book, hash_: str) -> Values | None:
    """A file that the book keeps; None when it does not."""
    file: StoredFile | None = book.file(hash_)
    if file is None:
        return None
    assert is_hash_of(hash_, file.data)
    return {"name": file.name, "size": len(file.data)}


def book_values(book: Book, experiment: str) -> Values:
    """Everything that stands in a book."""
    records = records_of(book)
    named: set[str] = set()
    for each in records:
        body = msgspec.to_builtins(each.body)
        named |= {body.get(key, "") for key in ("evidence", "picture", "hash")}
    files = {name: file_values(book, name) for name in sorted(named - {""})}
    return {
        "records": [record_values(each) for each in records],
        "files": {name: values for name, values in files.items() if values},
        "releases": [msgspec.to_builtins(each) for each in book.releases(experiment)],
    }


def derived_values(book: Book, site: Site, now: float) -> Values:
    """What holds now, by the records of a book."""
    records = records_of(book)
    logbook = Logbook()
    for each in records:
        logbook.put(each)
    components = flags.components(site)
    runs = logbook.runs(RunSeen)
    return {
        "entries": [
            {
                "uid": each.record.uid,
                "first": each.first.uid,
                "open": each.is_open,
                "settled": each.settled.uid if each.settled else "",
                "elog": each.sent.number if each.sent else 0,
            }
            for each in written(logbook)
        ],
        "elog waits": [each.uid for each in elog.unsent(logbook)],
        "flags": {
            str(run): {
                name: [
                    [part.first, part.last, part.flag.status, part.flag.proposed]
                    for part in line
                ]
                for name, line in flags.timelines(logbook, run, components).items()
            }
            for run in runs
        },
        "signed off": {
            str(run): record.uid
            for run in runs
            if (record := flags.is_signed_off(logbook, run)) is not None
        },
        "passed on": {
            str(run): record.uid
            for run in runs
            if (record := flags.passed_on(logbook, run)) is not None
        },
        "pages seen": sorted({body.page for _, body in logbook.of(Seen)}),
        "people": list(reading.people(logbook)),
        "news": _news(book, logbook, site, now),
        "trainees": list(people(_training(records))),
        "lessons": {
            who: {
                each.lesson.id: [each.state, each.steps_done]
                for each in standings(site, _training(records), who, now)
            }
            for who in people(_training(records))
        },
        "steps": {
            who: {
                lesson.id: sorted(steps_done(lesson, _training(records), who))
                for lesson in teaching(site).lessons
            }
            for who in people(_training(records))
        },
        "exams": {
            each.uid: _exam(_training(records), each.uid)
            for each in _training(records)
            if isinstance(each.body, ExamBegan)
        },
    }


def _training(records: list[Record]) -> list[Record]:
    return list(of_training(records))


def _exam(records: list[Record], uid: str) -> Values:
    place = place_of(records, uid)
    return {
        "answered": sorted(place.answered),
        "spares": {str(name): spare for name, spare in sorted(place.spares.items())},
        "spent": place.spent,
    }


def _news(book: Book, logbook: Logbook, site: Site, now: float) -> Values:
    found = {}
    for who in reading.people(logbook):
        hash_ = reading.baseline_hash(logbook, who)
        kept = book.file(hash_) if hash_ else None
        known = reading.read_baseline(kept.data) if kept is not None else {}
        every = reading.news(reading.items(site, now), logbook, who, known)
        found[who] = [[each.item.kind, each.item.id, each.before] for each in every]
    return found


# -- what waits ------------------------------------------------------------------------


def deliver(
    url: str, spool: Path, account: str, password: str, wanted: Collection[str]
) -> list[str]:
    """Let a console under an account write what waits until the book has `wanted`.

    Returns:
        The uids of all records that it then saw, each as often as it came.
    """
    thread = BookThread(
        lambda _user, _password: open_book(url, account, password), spool, "test:1"
    )
    seen: list[str] = []
    try:
        end = time.monotonic() + PATIENCE
        news = thread.take()
        while True:
            seen += [each.uid for each in news.records]
            if news.state.word == "ready" and set(wanted) <= set(seen):
                return seen
            assert time.monotonic() < end, (news.state, set(wanted) - set(seen))
            time.sleep(0.005)
            news = thread.take()
    finally:
        assert thread.close() == ""


def still_waits(spool: Path) -> list[str]:
    """The uids of the records that wait in a spool and its siblings."""
    mine = Spool(spool)
    try:
        return sorted(each.record.uid for each in mine.begin())
    finally:
        mine.close()


def written_entry(uid: str, account: str, role: str) -> Record:
    """A small new record."""
    return Record(uid, 1.7957e9, Entry("one more"), account=account, role=role)


def confirmed_flag(uid: str, run: int, component: str) -> Record:
    """A flag that a shifter sets."""
    return Record(
        uid, 1.7957e9, Flag("GOOD"), account="sue_shifter", role="shifter", run=run,
        subsystem=component,
    )  # fmt: skip


def refusal_of_newer(url: str, account: str = "", password: str = "") -> str:
    """The words by which a book is refused; "" when it opens."""
    try:
        open_book(url, account, password).close()
    except BookTooNew as error:
        return str(error)
    return ""


def refusal_of_write(book: Book, record: Record) -> str:
    """The words by which an open book takes no record; "" when it does."""
    try:
        book.write([record])
    except BookError as error:
        return str(error)
    return ""


# -- settings --------------------------------------------------------------------------


def settings_values(file: Path) -> Values:
    """What the window remembers."""
    settings = Settings(file)
    return {
        "recent": list(settings.recent),
        "theme": settings.theme,
        "geometry": hash_of(settings.geometry.data()),
        "docks": hash_of(settings.arrangement.data()),
    }


# -- everything ------------------------------------------------------------------------


def all_values(folder: Path) -> Values:
    """What this program reads of a copy of the corpus, but for the database's dump."""
    site = open_site(folder / "site")
    book = open_book(f"sqlite:///{folder / 'data' / BOOK}")
    try:
        found = {
            "book": book_values(book, site.settings.experiment),
            "derived": derived_values(book, site, NOW),
        }
    finally:
        book.close()
    registry, online = (
        (folder / "export" / name).read_bytes()
        for name in ("registry.json", "online.json")
    )
    return found | {
        "settings": settings_values(folder / "config" / "console.ini"),
        "site": site_values(site),
        "ledger": ledger_values(folder / "site"),
        "bundles": {
            path.name: bundle_values(path)
            for path in sorted((folder / "evidence").iterdir())
        },
        "shown": {
            path.name: shown_values(path)
            for path in sorted((folder / "evidence").iterdir())
        },
        "run": {
            path.name: dqm_values(path) for path in sorted((folder / "run").iterdir())
        },
        "import": import_values(registry, online, site),
    }


# -- sites -----------------------------------------------------------------------------


def open_site(folder: Path) -> Site:
    """Read a site's folder."""
    return read_site(folder, site_tables())


def site_values(site: Site) -> Values:
    """A site by the keys of its files."""
    exam = teaching(site).exam
    return {
        "hash": site.hash,
        "errors": [each.file for each in site.problems if each.severity == "error"],
        "site.yaml": msgspec.to_builtins(site.settings),
        "layouts": [msgspec.to_builtins(each) for each in site.layouts],
        "references.yaml": [msgspec.to_builtins(each) for each in site.references],
        "known.yaml": [msgspec.to_builtins(each) for each in site.known],
        "checklists.yaml": [msgspec.to_builtins(each) for each in site.checklists],
        "instructions": {
            each.id: {
                "title": each.title,
                "version": each.version,
                "hash": each.hash,
                "applies_to": msgspec.to_builtins(each.applies_to),
                "steps": [
                    [step.role, [rule.urgency for rule in step.urgencies]]
                    for step in each.steps
                ],
                "examples": [[one.kind, one.cause] for one in each.examples],
                "call": [[turn.role, turn.purpose] for turn in each.turns],
            }
            for each in site.instructions
        },
        "notes": {
            each.id: [each.title, each.expires, list(each.supersedes), each.hash]
            for each in site.notes
        },
        "contacts.yaml": {
            "timezone": site.contacts.timezone,
            "roles": {
                name: [
                    each.title,
                    each.phone,
                    each.then,
                    each.example,
                    len(each.hours),
                    sorted({f"{turn.name} {turn.phone}" for turn in each.rota}),
                ]
                for name, each in site.contacts.roles.items()
            },
        },
        "lessons": [msgspec.to_builtins(each) for each in teaching(site).lessons],
        "exam.yaml": {
            "items": exam.items,
            "minutes": exam.minutes,
            "matter": [msgspec.to_builtins(each) for each in exam.matter],
        }
        if exam is not None
        else None,
    }


def ledger_values(home: Path) -> Values:
    """The releases of a site; each is whole, every file of it read."""
    found: Values = {}
    for number in release_numbers(home):
        whole = whole_release(home, number, thorough=True)
        found[str(number)] = {
            "release": msgspec.to_builtins(whole.release),
            "before": whole.before,
            "versions": dict(whole.versions),
            "files": {
                name: [file.size, file.sha256] for name, file in whole.files.items()
            },
            "read": open_site(home / "layouts" / "releases" / str(number)).hash,
        }
    return {
        "current": current_number(home),
        "never in force": sorted(never_in_force(home)),
        "releases": found,
    }


# -- evidence and DQM files ------------------------------------------------------------


def bundle_values(path: Path) -> Values:
    """What an evidence bundle holds."""
    bundle = read_bundle(path)
    manifest = msgspec.to_builtins(bundle.manifest)
    for name in ("feds", "subsystems"):
        values = manifest["run"]["conditions"][name]
        manifest["run"]["conditions"][name] = sorted(values) if values else values
    return {
        "manifest": manifest,
        "picture": hash_of(bundle.picture) if bundle.picture else "",
        "site": [bundle.site.settings.experiment, bundle.site.hash],
        "layouts": [each.layout for each in bundle.site.layouts],
        "plots": [
            {
                "key": each.tile.key,
                "path": each.tile.path,
                "run": each.tile.run,
                "verdict": msgspec.to_builtins(each.tile.verdict),
                "mode": each.mode,
                "note": msgspec.to_builtins(each.note),
                "element": element_values(each.element),
                "reference": element_values(each.reference),
                "overlays": list(each.overlays),
                "picture": _picture_values(each.tile.picture),
                "shown": [each.tile.produced, each.tile.stale_after, each.tile.span],
                "banner": each.tile.banner,
                "qualities": [
                    [one.name, one.test, one.code, one.message]
                    for one in each.qualities
                ],
            }
            for each in bundle.plots
        ],
    }


def element_values(element: Any) -> Values | None:  # noqa: ANN401 - any element
    """A monitor element, its bins as the hash of their bytes."""
    if element is None:
        return None
    if not hasattr(element, "contents"):
        return {"name": element.name, "value": element.value}
    return {
        "name": element.name,
        "class": element.root_class,
        "shape": list(element.contents.shape),
        "bins": hash_of(element.contents.astype("<f8").tobytes(order="F")),
        "entries": element.entries,
        "titles": [element.title, element.y_title],
        "axes": [
            [
                axis.low,
                axis.high,
                axis.title,
                list(axis.labels),
                axis.edges.tolist()[:9],
            ]
            for axis in element.axes
        ],
        "arrays": [
            None if array is None else hash_of(array.astype("<f8").tobytes(order="F"))
            for array in (element.sumw2, element.bin_entries, element.bin_sumw2)
        ],
        "marks": [element.error_mode, element.efficiency, list(element.sums)],
    }


def _picture_values(picture: Any) -> Values | None:  # noqa: ANN401 - or None
    if picture is None:
        return None
    compared = picture.comparison
    return {
        "whole": picture.whole,
        "text": picture.text,
        "known": msgspec.to_builtins(picture.known),
        "overlays": [element_values(each) for each in picture.overlays],
        "comparison": None
        if compared is None
        else [
            None if array is None else hash_of(array.astype("<f8").tobytes())
            for array in (compared.values, compared.errors)
        ],
    }


def shown_values(path: Path) -> Values:
    """What an engine shows of a bundle: the verdict of every plot it keeps."""
    link = FakeLink()
    link.incoming.append(Open(str(path)))
    loop = Loop(link)
    keys = [each.tile.key for each in read_bundle(path).plots]
    now = 1_795_700_000.0
    try:
        loop.step(now)
        link.incoming.append(
            Watch(
                tuple(
                    WatchItem(key, key.rpartition(" › ")[2], 400, 300) for key in keys
                )
            )
        )
        for step in range(200):
            loop.step(now + 0.02 * step)
    finally:
        loop.close()
    tiles = {
        tile.key: [tile.verdict.status.name, tile.run, tile.picture is not None]
        for message in link.sent
        for tile in getattr(message, "tiles", ())
    }
    return {key: tiles.get(key) for key in keys}


def dqm_values(path: Path) -> Values:
    """What a DQM file holds."""
    with DqmFile(path) as file:
        return {
            "run": file.run,
            "elements": {each.path: each.kind for each in file.entries()},
        }


# -- what is given to others -----------------------------------------------------------


def exports_of(book: Book, site: Site) -> tuple[bytes, bytes]:
    """The run registry's JSON and that of the online flags."""
    logbook = Logbook()
    for each in records_of(book):
        logbook.put(each)
    names = list(flags.components(site))
    runs = logbook.runs(RunSeen)
    return (
        run_registry(logbook, names, runs),
        encoded(online_flags(logbook, names, runs)),
    )


def import_values(registry: bytes, online: bytes, site: Site) -> Values:
    """What an import of both would enter into an empty book."""
    names = list(flags.components(site))
    template = written_entry("", "leo_leader", "shift-leader")
    claims, seen = read_registry(registry, names)
    return {
        "registry": _planned(
            plan(Logbook(), claims, seen, template, site.settings).records
        ),
        "online": _planned(
            plan(Logbook(), decoded(online, names), {}, template, site.settings).records
        ),
    }


def _planned(records: Collection[Record]) -> list[Values]:
    return [
        {
            "uid": each.uid,
            "run": each.run,
            "subsystem": each.subsystem,
            "body": msgspec.to_builtins(each.body),
        }
        for each in records
    ]


# -- the window ------------------------------------------------------------------------


def docks_of_a_window(file: Path) -> dict[str, bool]:
    """The docks of a window that remembers: their names, and whether they are open."""
    from PySide6.QtWidgets import QDockWidget
    from support.consoles import Console
    from support.fake_session import live_session

    console = Console(live_session(), file)
    try:
        docks = console.window.findChildren(QDockWidget)
        return {each.objectName(): not each.isHidden() for each in docks}
    finally:
        console.close()

"""Make the corpus of stored files: everything this program keeps on a disk, once.

    PYTHONPATH=.:tests python tests/data/make_stored.py

The corpus in ``tests/data/stored`` was written by the program as it was at commit
cf735c9, before it was rearranged, and is to stay as it is: ``tests/stored`` opens
copies of it. To write it again, check out the commit that added this file (its
program is that of cf735c9) in a work tree, and run it there: a later program does not
have what is imported here. Needs PostgreSQL and its pg_dump. Times and names are
fixed where the program does not take them from a clock itself: the database's own
``stored_at``, and the times of the files of releases.
"""

from __future__ import annotations

import datetime
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from dqmconsole.shift.book_thread import BookThread
from dqmconsole.shift.spool import Spool, Store, Waiting, spool_path
from msgspec.structs import replace
from support import stored
from support.bundles import write_bundle
from support.instruction_texts import CONTACTS, FILES, NOTE, TEXT, TIMING
from support.lesson_texts import EXAM, LESSON_FILES
from support.postgres import PASSWORD, Cluster, programs
from support.site_texts import KNOWN, REFERENCES

from dqmconsole.app.tables import site_tables
from dqmconsole.desk.publish import Register, publish, rollback
from dqmconsole.engine.loop import Loop
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookUnreachable
from dqmconsole.model.frame import Comparison, Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram, QualityResult, Scalar
from dqmconsole.model.known_issue import Region
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import (
    AddWords,
    EvidenceMade,
    MakeEvidence,
    Open,
    PastVerdict,
    Watch,
    WatchItem,
)
from dqmconsole.model.record import (
    Body,
    Call,
    Check,
    ElogSent,
    Entry,
    Flag,
    HandOver,
    PassedOn,
    Read,
    Record,
    RunSeen,
    Seen,
    Settled,
    ShiftBegan,
    ShiftEnded,
    SignOff,
    StoredFile,
    Tick,
    TookUp,
    Versions,
    hash_of,
)
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.release import Consent
from dqmconsole.model.run import Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.write import write_dqm
from dqmconsole.shift import reading
from dqmconsole.simulation.__main__ import main as detector
from dqmconsole.site.bundle import FORMAT
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest
from dqmconsole.site.site import read_site
from dqmconsole.training.course import covered
from dqmconsole.training.exam import begin_exam
from dqmconsole.training.files.import_evidence import take
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.lesson import teaching
from dqmconsole.training.records import (
    Deed,
    ExamBegan,
    ExamEnded,
    Finding,
    ItemAnswered,
    ItemShown,
    LessonDone,
    LessonStepDone,
    Mark,
    ScenarioAt,
)

OUT = Path(__file__).parent / "stored"
START = 1_795_700_000.0  # 2026-11-26 in UTC
RUN = 398213
OLD_RUN = 398000
URL = "postgresql://dqm.example.org/book"
EXPERIMENT = "Stored experiment"
VERSIONS = Versions("0.2", "a1b2c3d4e5f60718", 1, "hcal/occupancy@2")
ROLES = {
    "sue_shifter": "shifter",
    "leo_leader": "shift-leader",
    "eva_expert": "expert",
    "tim_trainee": "trainee",
}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)

SITE = f"""\
experiment: {EXPERIMENT}
format: 1
program: ">=0.1"
sources: [../run]
recorded: [recorded]
database: {URL}
elog:
  url: https://elog.example.org/DQM/
  attributes: {{Category: Shift, Type: Routine}}
permissions:
  trainee: [tim_trainee]
  shifter: [sue_shifter]
  shift-leader: [leo_leader]
  expert: [eva_expert]
run_types: {{pp_run: collisions, cosmic_run: cosmics, hi_run: heavy-ions}}
conditions:
  run_type: Info/ProvInfo/Run Type
  fill: Info/LhcInfo/lhcFill
  beam_mode: Info/LhcInfo/beamMode
  beam_energy: Info/LhcInfo/momentum
  luminosity: Info/LhcInfo/instLumi
  integrated: Info/LhcInfo/integratedLumi
  pileup: Info/LhcInfo/pileup
  magnet: Info/EventInfo/magneticField
  dcs: Info/EventInfo/reportSummaryMap
  feds: Hcal/RawTask/FedEntries
  subsystems: Info/ProvInfo/subsystems
  lumisection: EventInfo/iLumiSection
  events: EventInfo/processedEvents
  timestamp: EventInfo/processTimeStamp
  started: EventInfo/runStartTimeStamp
beam_modes: [no mode, setup, stable beams, adjust]
components: {{castor: [Castor], hcal: [Hcal]}}
classes: {{collisions: Collisions26, cosmics: Cosmics26, heavy-ions: HeavyIons26}}
significant: {{lumisections: 5, events: 500}}
shifts: ["07:00", "15:00", "23:00"]
"""
CASTOR = """\
layout: Castor
owner: castor-dqm
run_types: [collisions, heavy-ions]
needs: {subsystem: Castor}
pages:
  - page: Hits
    columns: 2
    stale_after: 400
    description: Hits and energy
    instruction: castor/hits
    plots:
      - path: Castor/CastorRecHitMonitor/CastorRecHitOccMap
        title: Rec hits by cell
        draw: {style: map, palette: cividis}
      - path: "Castor/CastorRecHitMonitor/CastorRecHit {EM,HAD} by Sectors"
        title: "{EM,HAD} hits by sector"
        draw: {style: fill, y: {range: [0, null]}}
      - path: Castor/CastorRecHitMonitor/CASTORTowerMultiplicity
        reference: {mode: none, normalize: none}
"""
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//stored//EN
BEGIN:VEVENT
UID:one@stored
DTSTART;TZID=Europe/Zurich:20261102T080000
DTEND;TZID=Europe/Zurich:20261109T080000
RRULE:FREQ=WEEKLY
SUMMARY:Cora Castor
LOCATION:tel:70044
END:VEVENT
END:VCALENDAR
"""
CASTOR_ROLE = """\
  castor-dqm:
    title: Castor DQM on call
    phone: "70044"
    calendar: rotas/castor.ics
    then: dqm-oncall
    example: true
"""
CHECKLISTS = """\
- id: start
  title: Start of the shift
  phase: start
  items:
    - id: look
      text: Look at the page
      pages: [Hcal/Digi occupancy]
      run_types: [collisions]
    - {id: read, text: Read the hand-over}
- {id: hourly, title: Every hour, phase: hourly, items: [{id: alive, text: Alive}]}
- {id: run, title: Every run, phase: run, items: [{id: began, text: Did it begin}]}
- {id: end, title: The end, phase: end, items: [{id: off, text: Sign off}]}
"""
HIDDEN = "{x: [20, 24], y_labels: [a, b]}"
KNOWN_MORE = """\
- problem: A noisy sector
  subsystem: Castor
  paths: [Castor/CastorRecHitMonitor/CastorRecHitOccMap]
  regions: [{x: [2, 3], y: [4, 5]}]
  owner: castor-dqm
  expires: 2027-12-31
- problem: Two bins by their names
  subsystem: Hcal
  paths: [Hcal/RawTask/BadQuality]
  regions: [{x_labels: [a], y_labels: [c]}]
  owner: hcal-dqm
  expires: 2027-12-31
"""


def main() -> None:
    """Write the corpus, and what this program reads of it."""
    shutil.rmtree(OUT, ignore_errors=True)
    found = programs()
    if found is None:
        message = "PostgreSQL is not installed"
        raise SystemExit(message)
    numbers = itertools.count(1)
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers))  # type: ignore[assignment]
    for name in ("config", "data", "evidence", "export", "rescue", "run", "site"):
        (OUT / name).mkdir(parents=True)
    runs()
    site(OUT / "site")
    hole = evidence()
    cluster = Cluster(found)
    try:
        cluster.make()
        stored_at = write_books(cluster, found, hole)
    finally:
        cluster.remove()
    spools()
    rescue()
    settings()
    exports()
    expected(stored_at)


# -- DQM files and the site ------------------------------------------------------------


def runs() -> None:
    """A live run of the simulated detector, and a recorded one of everything."""
    for folder, run in ((OUT / "run", RUN), (OUT / "site" / "recorded", OLD_RUN)):
        arguments = ["--folder", str(folder), "--only", "Info,Castor", "--whole", "3",
                     "--first-run", str(run), "--run-type", "heavy-ions"]  # fmt: skip
        detector(arguments)
    folder = OUT / "site" / "recorded"
    write_dqm(
        folder / f"DQM_V0001_Hcal_R{OLD_RUN:09d}.root",
        OLD_RUN,
        {
            "Hcal/DigiTask/Occupancy": [
                small(name)
                for name in ("depth1", "depth2", "depth3", "depth4", *"abcd")
            ],
            "Hcal/TPTask": [small("trend")],
            "Hcal/RawTask": [named_bins("BadQuality"), small("FedEntries")],
            "Hcal/EventInfo": [Scalar("processedEvents", 500)],
        },
    )


def small(name: str) -> Histogram:
    """A histogram of three bins."""
    return Histogram(
        name, name, "TH1F", (Axis(3, 0.0, 3.0),), np.arange(5, dtype=np.float32),
        entries=6.0,
    )  # fmt: skip


def named_bins(name: str) -> Histogram:
    """A map of two times two bins that have names."""
    sides = (Axis(2, 0.0, 2.0, labels=("a", "b")), Axis(2, 0.0, 2.0, labels=("c", "d")))
    counts = np.arange(16, dtype=np.float32).reshape(4, 4)
    return Histogram(name, name, "TH2F", sides, counts, entries=10.0)


def site(home: Path) -> None:
    """The working copy of a site with every key of its files."""
    texts = dict(FILES)
    texts["layouts/site.yaml"] = SITE
    texts["layouts/Castor.yaml"] = CASTOR
    texts["layouts/known.yaml"] = KNOWN.replace(HIDDEN, "{x: [1, 2]}") + KNOWN_MORE
    texts["layouts/references.yaml"] = REFERENCES
    texts["instructions/notes/boxes.md"] = NOTE
    texts["instructions/contacts.yaml"] = CONTACTS + CASTOR_ROLE
    texts["instructions/checklists.yaml"] = CHECKLISTS
    texts["instructions/rotas/castor.ics"] = CALENDAR
    texts["instructions/castor/hits.md"] = (
        TIMING.replace("hcal/timing", "castor/hits")
        .replace("layout: Hcal", "layout: Castor")
        .replace("[Experts]", "[Hits]")
        .replace("hcal-dqm", "castor-dqm")
    )
    del texts["layouts/references/collisions.root"]
    for name, text in LESSON_FILES.items():
        texts[f"instructions/lessons/{name}"] = text
    texts["instructions/lessons/exam.yaml"] = EXAM.replace(
        "minutes: 20\n",
        "seconds: 20\ngood: 0.6\nscenario_minutes: 30\nscenario_faults: 3\n"
        "least_faults: 100\nhit_rate: 0.6\nfalse_alarms: 0.3\nvalid_days: 365\n",
    )
    for name, text in texts.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    references = home / "layouts" / "references"
    references.mkdir(exist_ok=True)
    write_dqm(
        references / "collisions.root",
        397951,
        {
            "Hcal/DigiTask/Occupancy": [small(f"depth{each}") for each in "1234"],
            "Hcal/EventInfo": [Scalar("processedEvents", 1000)],
        },
    )


# -- evidence --------------------------------------------------------------------------


class Link:
    """A console's end of the link, in the same process."""

    def __init__(self) -> None:
        self.incoming: list[object] = []
        self.sent: list[object] = []

    def put(self, message: object) -> None:
        """Take what the engine says."""
        self.sent.append(message)

    def receive(self) -> list[object]:
        """Give what the console says."""
        incoming, self.incoming = self.incoming, []
        return incoming


def evidence() -> Path:
    """Bundles of a page, of a plot alone, and of all that a bundle can hold."""
    hole = of_page(OUT / "evidence" / "castor-hits.dqmevidence")
    everything(OUT / "evidence" / "every-form.dqmevidence")
    of_hcal(OUT / "evidence" / "hcal-hole.dqmevidence", "A hole in HB")
    of_hcal(OUT / "evidence" / "replayed.dqmevidence", "A hole, replayed", "REPLAY")
    home = OUT / "site"
    for name, lesson in (("hcal-hole", ""), ("replayed", "a-hole")):
        take(
            home, OUT / "evidence" / f"{name}.dqmevidence", "bad", "fed-lost",
            lesson, today=datetime.date(2026, 11, 26),
        )  # fmt: skip
    return hole


def of_page(path: Path) -> Path:
    """A bundle that an engine makes of a page of the run."""
    link = Link()
    loop = Loop(link)  # type: ignore[arg-type] # the script's own link
    # the bundle keeps the name of its source: one that is the same everywhere
    os.chdir(OUT)
    link.incoming.append(Open("run", "site", banner="DEMO"))
    page = "Castor/Hits"
    castor = next(each for each in read_site(OUT / "site").layouts
                  if each.layout == "Castor")  # fmt: skip
    keys = tuple(f"Castor › Hits › {plot.path}" for plot in castor.pages[0].plots)
    link.incoming.append(
        Watch(tuple(WatchItem(key, key.rpartition(" › ")[2], 400, 300) for key in keys))
    )
    end = time.monotonic() + 60.0
    while True:
        loop.step(time.time())
        drawn = {
            tile.key
            for each in link.sent
            for tile in getattr(each, "tiles", ())
            if tile.picture is not None
        }
        if drawn >= set(keys):
            break
        assert time.monotonic() < end, link.sent
        time.sleep(0.01)
    history = (PastVerdict(START, keys[0], RUN, Verdict(Status.GOOD, "fine")),)
    link.incoming.append(
        MakeEvidence(
            1, str(path), "Hits of Castor", page, keys, PNG, "", "Sue",
            history=history, versions=VERSIONS,
        )
    )  # fmt: skip
    wait_for(loop, link, 1)
    link.incoming.append(AddWords(2, str(path), "A sector is *noisy*.", "Sue"))
    wait_for(loop, link, 2)
    loop.close()
    return path


def wait_for(loop: Loop, link: Link, request: int) -> None:
    """Until the engine answered a request for evidence."""
    end = time.monotonic() + 60.0
    while True:
        loop.step(time.time())
        answers = [each for each in link.sent if isinstance(each, EvidenceMade)]
        for each in answers:
            if each.request == request:
                assert not getattr(each, "trouble", ""), each
                return
        assert time.monotonic() < end
        time.sleep(0.01)


def of_hcal(path: Path, title: str, banner: str = "") -> None:
    """A bundle of one plot of a page of the site, without a picture."""
    occupancy = "Hcal/DigiTask/Occupancy/depth1"
    key = f"Hcal › Digi occupancy › {occupancy}"
    verdict = Verdict(Status.BAD, "a hole")
    kept = KeptPlot(
        Tile(key, occupancy, RUN, 1, verdict, picture=Picture(small("depth1"))),
        "overlay",
    )
    page = Page("Digi occupancy", (Plot(occupancy),))
    shown = Site("", "one", SiteSettings(EXPERIMENT), (Layout("Hcal", (page,)),))
    manifest = Manifest(
        format=FORMAT, program="0.2", title=title, words="There is *a hole*.", by="Sue",
        made_at=START, keys=(key,), page="Hcal/Digi occupancy", banner=banner,
        run=RunInfo(RUN, conditions=Conditions(run_type="collisions")),
    )  # fmt: skip
    write_bundle(path, Bundle(manifest, (kept,), shown))


def everything(path: Path) -> None:
    """A bundle with each form that a plot has in it."""
    folder = "Hcal/Odd"
    fine = Verdict(Status.GOOD, "fine")

    def plot(name: str, picture: Picture | None, **more: Any) -> KeptPlot:  # noqa: ANN401
        tile = Tile(
            f"{folder}/{name}", f"{folder}/{name}", RUN, 3,
            more.pop("verdict", fine), picture=picture, produced=START,
            stale_after=60.0, span="LS 1–12", banner=more.pop("banner", ""),
        )  # fmt: skip
        return KeptPlot(tile, more.pop("mode", "overlay"), **more)

    def axes(*bins: int) -> tuple[Axis, ...]:
        return tuple(Axis(each, 0.0, float(each), title="x [cm]") for each in bins)

    def bins(*shape: int) -> np.ndarray[Any, Any]:
        many = int(np.prod([each + 2 for each in shape]))
        return np.arange(many, dtype=np.float64).reshape([each + 2 for each in shape])

    line = Histogram(
        "line", "a line", "TH1D", axes(4), np.array([0, 1, np.nan, np.inf, 5, 0]),
        sumw2=bins(4), entries=7.5, sums=(1.0, 2.0, 3.0, 4.0), y_title="Hits",
    )  # fmt: skip
    other = Histogram("other", "other", "TH1D", axes(4), bins(4), entries=15.0)
    uneven = Axis(
        3, 0.0, 7.0, variable=np.array([0.0, 1.0, 3.0, 7.0]), labels=("a", "b", "")
    )
    profile = Histogram(
        "profile", "a profile", "TProfile", (uneven,), bins(3), sumw2=bins(3),
        bin_entries=bins(3), bin_sumw2=bins(3), error_mode="s", entries=9.0,
    )  # fmt: skip
    area = Histogram("area", "an area", "TH2F", axes(3, 2), bins(3, 2), entries=9.0)
    flags = Histogram(
        "eff", "efficiency", "TH1I", axes(2), np.arange(4, dtype=np.int32),
        efficiency=True,
    )  # fmt: skip
    plots = (
        plot(
            "line",
            Picture(
                line, overlays=(other,),
                comparison=Comparison("ratio", np.ones(4), np.full(4, 0.5)),
            ),
            mode="ratio", reference=other, overlays=(f"{folder}/other",),
            note=ReferenceNote(
                OLD_RUN, "", "events", 0.5, "references/old.root", "A. Shifter",
                "2026-05-01", "Smooth fill",
            ),
            qualities=(QualityResult("line", "dead", 300, 0.2, "Dead", "a hole"),),
        ),
        plot("profile", Picture(profile)),
        plot(
            "area", Picture(area, known=(Region(x=(1.0, 2.0)),)), reference=area,
            mode="difference", verdict=Verdict(Status.WARNING, "odd"),
        ),
        plot("eff", Picture(flags), banner="RUN ENDED"),
        plot("sparse", Picture(replace(other, root_class="THnSparseD"))),
        plot(
            "many",
            Picture(
                Histogram(
                    "many", "many", "TH1S", axes(250_000),
                    np.zeros(250_002, dtype=np.int16),
                )
            ),
        ),
        plot("state", Picture(None, text="ready"), scalar=Scalar("state", "ready")),
        plot(
            "deep", None,
            undrawn=Histogram("deep", "deep", "TH3F", axes(2, 2, 2), bins(2, 2, 2)),
        ),
        plot("gone", None, verdict=Verdict(Status.MISSING, "is not there")),
    )  # fmt: skip
    conditions = Conditions(
        "collisions", 10512, "stable beams", 6800.0, 1.5e4, 2.5e6, 54.0, 3.8,
        {"HBHEa": True, "HBHEb": False}, frozenset({700, 1, 50}),
        frozenset({"Hcal", "Castor", "DT"}),
    )  # fmt: skip
    manifest = Manifest(
        format=FORMAT, program="0.2", title="Every form", words="<b>odd</b> & *more*",
        by="Zoë", made_at=START, keys=tuple(each.tile.key for each in plots),
        source="/dqm/live", run=RunInfo(RUN, conditions=conditions),
        versions=VERSIONS,
        history=(PastVerdict(START, plots[0].tile.key, RUN, fine),),
    )  # fmt: skip
    shown = replace(read_site(OUT / "site"), folder="", home="")
    write_bundle(path, Bundle(manifest, plots, shown, PNG))


# -- the log of the shift --------------------------------------------------------------


def write_books(cluster: Cluster, bin_: Path, hole: Path) -> dict[str, float]:
    """The same records in a file and in a database, whose dump is kept.

    Returns:
        uid of a record -> when the database took it, unix time, s.
    """
    local = OUT / "data" / "book-stored-experiment.sqlite"
    url = cluster.database()
    Book.create(url, user="owner", password=PASSWORD).close()
    file = Book.open(f"sqlite:///{local}", user="sue_shifter")
    shared = {
        account: Book.open(url, user=account, password=PASSWORD) for account in ROLES
    }
    publish_releases(OUT / "site", file, shared)
    records = shift_records(hole)
    for record, files in (*records, *training_records()):
        file.write([record], files)
        shared[record.account].write([record], files)
    stored_at = {
        each.uid: each.stored_at for each in stored.records_of(shared["leo_leader"])
    }
    file.close()
    for each in shared.values():
        each.close()
    dump = subprocess.run(
        [
            bin_ / "pg_dump", "--inserts", "--host", cluster.socket, "--username",
            "postgres", url.partition("?")[0].rpartition("/")[2],
        ],
        env=os.environ | {"PGPASSWORD": PASSWORD},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout  # fmt: skip
    # Other versions of the server and of its programs know other words here.
    known = re.sub(r"(?m)^(\\.*|SET transaction_timeout.*|--.*)\n", "", dump)
    text = re.sub(r"\n{3,}", "\n\n", known)
    (OUT / "data" / "postgresql.sql").write_text(text.lstrip(), encoding="utf-8")
    return stored_at


def publish_releases(home: Path, file: Book, shared: dict[str, Book]) -> None:
    """Two releases, and a third that is the first again; each in both books."""
    written = iter(range(3))

    def register() -> Register:
        def enter(release: Any) -> None:  # noqa: ANN401 - a release
            file.publish(release, EXPERIMENT, "expert")
            shared[release.account].publish(release, EXPERIMENT)

        return Register(file.releases(EXPERIMENT), enter, "expert")

    def now() -> float:
        return START + 3600.0 * next(written)

    common: dict[str, Any] = {
        "confirm": lambda proposal: Consent(proposal.by, proposal.why),
        "today": datetime.date(2026, 11, 26),
        "now": now,
    }
    publish(
        home, "Eva Expert", "eva_expert", "the first", register=register(), **common
    )
    text = TEXT.replace("version: 2\n", "version: 3\n").replace("0.2 %", "0.3 %")
    (home / "instructions" / "hcal" / "occupancy.md").write_text(text, encoding="utf-8")
    publish(
        home, "Eva Expert", "eva_expert", "limits as agreed", register=register(),
        **common,
    )  # fmt: skip
    rollback(
        home, 1, "Leo Leader", "leo_leader", "too many alarms", register=register(),
        **common,
    )  # fmt: skip


Written = list[tuple[Record, tuple[StoredFile, ...]]]


def shift_records(hole: Path) -> Written:
    """Two shifts, with every kind of record, once with all fields and once with few."""
    shift = Shift()
    begins(shift)
    runs_and_flags(shift)
    entries(shift, hole)
    calls_and_ticks(shift)
    ends(shift)
    return shift.written


class Shift:
    """Records in the order in which they are written.

    Attributes:
        written: the records, each with its files.
        sue, leo: what is common to the records of two people.
        noted: to those that a console writes by itself.
        key: a plot.
    """

    key = "Hcal › Digi occupancy › Hcal/DigiTask/Occupancy/depth1"

    def __init__(self) -> None:
        self.written: Written = []
        self.sue: dict[str, Any] = {
            "account": "sue_shifter",
            "who": "Sue Shifter",
            "console": "dqm-c2d07-01:4711",
            "shift": "shift-1",
            "versions": VERSIONS,
        }
        self.leo: dict[str, Any] = self.sue | {
            "account": "leo_leader",
            "who": "Leo Leader",
            "console": "dqm-c2d07-02:12",
            "shift": "shift-2",
        }
        self.noted: dict[str, Any] = {
            "account": "sue_shifter",
            "console": "dqm-c2d07-01:4711",
            "shift": "shift-1",
            "role": "",
        }

    def add(self, uid: str, body: Body, *files: StoredFile, **more: Any) -> int:  # noqa: ANN401
        """Add a record; its number."""
        more.setdefault("role", ROLES[more["account"]])
        number = len(self.written) + 1
        record = Record(uid, START + 60.0 * number, body, **more)
        self.written.append((record, files))
        return number


def begins(shift: Shift) -> None:
    """Who has the shift, and what was read."""
    add, sue, leo = shift.add, shift.sue, shift.leo
    whole = read_site(OUT / "site" / "layouts" / "releases" / "1")
    kept = reading.baseline(reading.items(whole, START))
    text = StoredFile(hash_of(b"the old text"), "occupancy.md", b"the old text")
    add("shift-0", ShiftBegan(), **leo | {"shift": "shift-0"})
    add("ended-0", ShiftEnded(), **leo | {"shift": "shift-0"})
    add("shift-1", ShiftBegan("Leo Leader", "hand-over-0"), **sue)
    add("read-all", Read(reading.ALL, "", hash=kept.hash), kept, **sue)
    add("read-1", Read("instruction", "hcal/occupancy", 2, text.hash), text, **sue)
    add("read-2", Read("note", "notes/boxes"), **sue)


def runs_and_flags(shift: Shift) -> None:
    """Runs, pages that were seen, and flags."""
    add, sue, noted = shift.add, shift.sue, shift.noted
    add("run-1", RunSeen("running"), run=RUN, **noted)
    add(
        "run-2",
        RunSeen(
            "ended", "collisions", "Collisions26", START, START + 3000.0, 120, 81234,
            10512, "stable beams", 6800.0, True, "", ("Castor", "Hcal"),
        ),
        run=RUN, **noted,
    )  # fmt: skip
    add(
        "run-3",
        RunSeen("not significant", significant=False, why="3 lumisections"),
        run=RUN + 1, **noted,
    )  # fmt: skip
    add(
        "run-4", RunSeen("running", "collisions", lumisections=40), run=RUN + 2, **noted
    )
    add("seen-1", Seen("Hcal/Digi occupancy"), run=RUN, **noted)
    add(
        "flag-1",
        Flag("BAD", 12, comment="holes", proposed=True, earliest=10, disputed="beam"),
        run=RUN, subsystem="hcal", **noted,
    )  # fmt: skip
    add(
        "flag-2", Flag("BAD", 12, 80, "readout", "a board is gone", earliest=10),
        run=RUN, subsystem="hcal", **sue,
    )  # fmt: skip
    add("flag-3", Flag("GOOD"), run=RUN, subsystem="castor", **sue)
    add("flag-4", Flag("EXCLUDED", cause="HV"), run=RUN + 2, subsystem="castor", **sue)
    add("flag-5", Flag("STANDBY", 3, 9), run=RUN + 2, subsystem="hcal", **sue)
    add("flag-6", Flag("NOTSET", 20), run=RUN + 2, subsystem="hcal", **sue)


def entries(shift: Shift, hole: Path) -> None:
    """Entries with evidence, corrected, settled, and sent."""
    add, sue, noted, key = shift.add, shift.sue, shift.noted, shift.key
    bundle = StoredFile(hash_of(hole.read_bytes()), hole.name, hole.read_bytes())
    picture = StoredFile(hash_of(PNG), "picture.png", PNG)
    add(
        "entry-1",
        Entry(
            "A hole in Castor", "There is *a hole*: see [it](https://example.org).\n",
            (key, "Castor/CastorRecHitMonitor/CastorRecHitOccMap"), "Castor/Hits",
            "BAD", bundle.hash, bundle.name, picture.hash, True, True,
        ),
        bundle, picture, run=RUN, subsystem="Castor", **sue,
    )  # fmt: skip
    add(
        "entry-2",
        Entry(
            "A hole in Castor, sector 4", "Sector **4**: ünïcode, <b>tags</b> & 中",
            (key,), "Castor/Hits", "BAD", bundle.hash, bundle.name, picture.hash,
            True, True, corrects="entry-1",
        ),
        run=RUN, subsystem="Castor", **sue,
    )  # fmt: skip
    add(
        "sent-1",
        ElogSent("entry-2", 1234, "https://elog.example.org/DQM/1234"),
        **noted,
    )
    add("entry-3", Entry("All is quiet"), **sue)
    add("entry-4", Entry("An open problem", problem=True, elog=True), run=RUN, **sue)
    add("settled-1", Settled("entry-1", "the board is back"), **sue)


def calls_and_ticks(shift: Shift) -> None:
    """Calls, steps and items that were ticked, releases taken up."""
    add, sue, noted, key = shift.add, shift.sue, shift.noted, shift.key
    add(
        "call-1",
        Call("hcal-dqm", "First", "70100", key, True, "they look at it"),
        run=RUN, subsystem="Hcal", **sue,
    )  # fmt: skip
    add("call-2", Call("dqm-oncall"), **sue)
    add("call-3", Call("dqm-oncall", answered=False), **sue)
    add("tick-1", Tick("hcal/occupancy", 2, 0, key), run=RUN, subsystem="Hcal", **sue)
    add("tick-2", Tick("hcal/occupancy", 2, 0, key, done=False), run=RUN, **sue)
    add("check-1", Check("start", "look"), **sue)
    add(
        "check-2", Check("run", "began", f"run {RUN}", comment="it did"), run=RUN, **sue
    )
    add("check-3", Check("hourly", "alive", "2026-11-26T14", done=False), **sue)
    add("took-1", TookUp(2, 1, "Leo Leader"), **sue)
    add("took-2", TookUp(1), **noted)


def ends(shift: Shift) -> None:
    """Sign-off, hand-over, and what the next shift writes."""
    add, sue, leo, noted = shift.add, shift.sue, shift.leo, shift.noted
    flags = [
        number
        for number, (record, _) in enumerate(shift.written, 1)
        if isinstance(record.body, Flag)
    ]
    last = flags[-1]
    add("sign-off-1", SignOff("as discussed", last), run=RUN, **sue)
    add("passed-1", PassedOn("it goes on"), run=RUN + 2, **sue)
    add(
        "hand-over-1",
        HandOver(
            "Hand-over of Sue", "# Runs\n\n398213: hcal BAD from 12.\n", elog=True
        ),
        **sue,
    )
    add("sent-2", ElogSent("hand-over-1"), **noted)
    add("ended-1", ShiftEnded("a quiet shift"), **sue)
    add("shift-2", ShiftBegan("Leo Leader", "hand-over-1"), **leo)
    add("read-3", Read("hand-over", "hand-over-1"), **leo)
    add("flag-7", Flag("BAD", 12, 90, "readout", "ten more"), run=RUN,
        subsystem="hcal", **leo)  # fmt: skip
    add("hand-over-2", HandOver("Short", "", elog=True), **leo)
    add("sign-off-2", SignOff(), run=RUN + 1, **leo)
    add("passed-2", PassedOn(), run=RUN + 2, **leo)


class NoRuns:
    """Prepares no runs: nothing is shown while the corpus is written."""


def training_records() -> Written:
    """Two trainees: one half-way in a lesson, one who left an exam."""
    now = itertools.count(START + 10_000.0, 60.0)
    ledger = Ledger(None, lambda: next(now), "tim_trainee", "dqm-c2d07-03:99")
    home = read_site(OUT / "site", site_tables())
    lessons = {each.id: each for each in teaching(home).lessons}
    first, rectangle = lessons["first"], lessons["rectangle"]
    ann, ben = "Ann Trainee", "Ben Trainee"
    ledger.write(ann, LessonStepDone("first", "look", first.hash, 12.5))
    ledger.write(
        ann,
        LessonDone(
            "first", first.version, first.hash, 12.5, 0, 0, covered(first.covers, home)
        ),
    )
    ledger.write(ann, LessonStepDone("rectangle", "see", rectangle.hash, 30.0, 1, 2))
    ledger.write(
        ann, LessonStepDone("rectangle", "compare", rectangle.hash, 8.0, choice=2)
    )
    ledger.write(ann, Finding("bad", "Hcal/DigiTask/Occupancy/depth1", "fed-lost",
                              "call now", 14))  # fmt: skip
    ledger.write(ann, Finding("good"))
    ledger.write(ben, LessonStepDone("first", "look", "of an older version", 5.0))
    begin_exam(
        home,
        ledger,
        NoRuns(),
        lambda _source, _run: None,
        lambda: 0.0,
        ben,
        7,  # type: ignore[arg-type]
    )
    exam = next(each for each in ledger.records if isinstance(each.body, ExamBegan)).uid
    for number, (answer, truth, kind) in enumerate(
        (("bad", "bad", "fault"), ("", "bad", "fault"), ("good", "good", "nothing"))
    ):
        ledger.write(ben, ItemShown(exam, number))
        ledger.write(
            ben,
            ItemAnswered(
                exam, number, 0, answer, "Hcal/DigiTask/Occupancy/depth1"  # type: ignore[arg-type]
                if answer == "bad" else "", 7.5, truth, kind,
                "fed-lost:Hcal*2" if kind == "fault" else "",
                "readout" if kind == "fault" else "", "Hcal/Digi occupancy", truth,
            ),
        )  # fmt: skip
    ledger.write(ben, ItemShown(exam, 3))
    ledger.write(ben, ItemShown(exam, 3, 1))
    scenario = ledger.write(ann, ExamBegan("scenario", 3, "0123abcd")).uid
    every = Deed(
        "flag", 120.0, 14, "stable beams", "bad", "fed-lost", "call now",
        ("Hcal/DigiTask/Occupancy/depth1",), "hcal-dqm", "hcal", "BAD", 12, 10, True,
    )  # fmt: skip
    ledger.write(ann, ScenarioAt(scenario, 300.0, 40, (every, Deed("call", 130.0))))
    marks = (
        Mark("fed-lost:Hcal@12", "time", 0.5, 1.0, "late", 90.0),
        Mark("", "false alarm", -1.0, 0.0),
    )
    ledger.write(ann, ExamEnded(scenario, "scenario", marks, {"layout Hcal": "0a1b"}))
    ledger.write(ann, ExamBegan("practice", 4, "4567ef01", "of the site", 3))
    return [(each, ()) for each in ledger.records]


# -- what waits ------------------------------------------------------------------------


def unsent(uid: str, account: str, body: Body | None = None, **more: Any) -> Record:  # noqa: ANN401
    """A record that no book has."""
    return Record(
        uid, START + 20_000.0, body if body is not None else Entry(uid),
        who=account, account=account, role=ROLES[account], console="dqm-c2d07-01:5000",
        shift="shift-2", versions=VERSIONS, **more,
    )  # fmt: skip


def spools() -> None:
    """What two consoles left that no database answered; and what one refused."""

    def away(_user: str, _password: str) -> Book:
        words = "the book is away"
        raise BookUnreachable(words)

    path = spool_path(OUT / "data", URL)
    first = BookThread(away, path, "first")
    until(lambda: first.take().state.word == "waiting")
    second = BookThread(away, path, "second")
    until(lambda: second.take().state.word == "waiting")
    big = b"evidence that waits"
    kept = StoredFile(hash_of(big), "waits.dqmevidence", big)
    first.put(
        unsent("waits-1", "sue_shifter", Entry("waits", evidence=kept.hash,
               evidence_name=kept.name), run=RUN + 2), [kept]
    )  # fmt: skip
    first.put(unsent("waits-2", "sue_shifter", Flag("BAD", 3), run=RUN + 2,
                     subsystem="hcal"))  # fmt: skip
    first.put(unsent("waits-3", "leo_leader", Call("hcal-dqm")))
    second.put(unsent("waits-4", "leo_leader"))
    second.put(unsent("waits-5", "sue_shifter", Check("end", "off")))
    until(lambda: first.take().state.unsaved == 3 and second.take().state.unsaved == 2)
    assert first.close(patience=0.1) == ""
    assert second.close(patience=0.1) == ""
    # the second console was killed while it wrote a line
    with path.with_suffix(".1.jsonl").open("a") as file:
        file.write('{"record":{"uid":"half a li')
    spool = Spool(path)
    spool.set_aside(
        Waiting(unsent("refused-1", "tim_trainee", SignOff(), run=RUN + 2)),
        "a trainee cannot sign off a run; a shifter or a shift-leader or an expert can",
    )
    spool.close()


def until(holds: Any) -> None:  # noqa: ANN401 - a function
    """Wait for something that a thread does."""
    end = time.monotonic() + 30.0
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def rescue() -> None:
    """What a console kept in the folder for temporary files, its spool being away."""
    with tempfile.TemporaryDirectory() as folder:
        blocked = Path(folder) / "blocked"
        blocked.write_text("no folder")
        tempfile.tempdir = str(OUT / "rescue")
        store = Store(spool_path(blocked, URL))
        store.open()
        big = b"a picture that waits"
        kept = StoredFile(hash_of(big), "picture.png", big)
        store.add([
            Waiting(unsent("rescued-1", "sue_shifter", Entry("rescued",
                           picture=kept.hash)), (kept,)),
            Waiting(unsent("rescued-2", "leo_leader")),
        ])  # fmt: skip
        assert "they are in" in store.close()
        tempfile.tempdir = None
    (file,) = (OUT / "rescue").iterdir()
    file.rename(file.with_name("dqmconsole-unsaved-stored.jsonl"))


# -- the window, and what is given to others -------------------------------------------


def settings() -> None:
    """What a window remembers: sources, theme, size and docks."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication, QDockWidget
    from support.consoles import Console
    from support.fake_session import live_session

    application = QApplication.instance() or QApplication([])
    file = OUT / "config" / "console.ini"
    console = Console(live_session(), file, size=(1200, 800))
    docks = {
        each.objectName(): each for each in console.window.findChildren(QDockWidget)
    }
    docks["Navigator"].hide()
    docks["Notices and problems"].show()
    docks["Book of the shift"].show()
    application.processEvents()
    remembered = console.window._settings
    for source in ("/dqm/old run", "replay:/dqm/Zoë", "/dqm/live"):
        remembered.remember_source(source)
    remembered.theme = "dark"
    console.close()
    application.processEvents()


def exports() -> None:
    """The run registry's JSON and that of the online flags, of the file's records."""
    book = stored.open_book(
        f"sqlite:///{OUT / 'data' / 'book-stored-experiment.sqlite'}"
    )
    registry, online = stored.exports_of(book, read_site(OUT / "site"))
    book.close()
    (OUT / "export" / "registry.json").write_bytes(registry)
    (OUT / "export" / "online.json").write_bytes(online)


def expected(stored_at: dict[str, float]) -> None:
    """What this program reads of it all, from a copy.

    Args:
        stored_at: uid of a record -> when the shared database took it, unix time, s.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(OUT, Path(folder) / "stored"))
        values = stored.all_values(copy) | {"shared stored_at": stored_at}
    kinds = {each["kind"] for each in values["book"]["records"]}
    assert kinds == stored.kinds(), "a kind of record is missing"
    text = json.dumps(values, indent=1, ensure_ascii=False, sort_keys=True)
    (OUT / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What an engine reads of a site with releases, and what it says of the others."""

from __future__ import annotations

import datetime
import logging
import time
from typing import TYPE_CHECKING, TypeVar

import pytest
from engine.fakes import FakeSource
from support.ledgers import Stopped, edit, put, stop
from support.site_texts import LAYOUT, make_site

from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.loop import Loop
from dqmconsole.engine.references import base_folder, recorded_folders
from dqmconsole.engine.site_releases import SiteReleases, with_last_healthy
from dqmconsole.model.frame import (
    Frame,
    NoticeFact,
    ProblemsFact,
    ReleaseFact,
    RollupFact,
    VerdictFact,
)
from dqmconsole.model.message import WORKING_COPY, Open, Ping, SiteMessage, TakeUp
from dqmconsole.site.ledger import ledger_folder, release_folder
from dqmconsole.site.site import read_site_with_places

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site


T = TypeVar("T")
HCAL = "layout: Hcal\npages: [{page: P, plots: [{path: Hcal/a}]}]\n"
ECAL = "layout: Ecal\npages: [{page: P, plots: [{path: Ecal/a}]}]\n"


class Bench:
    """A loop on a fake source and a real site, driven by hand."""

    def __init__(self, home: Path, release: int = 0) -> None:
        self.home = home
        self.now = 1000.0
        self.incoming: list[object] = [Open("fake", release=release)]
        self.sent: list[object] = []
        self.loop = Loop(self, self._open)  # type: ignore[arg-type]
        self.run(0.1)

    def _open(self, request: Open) -> SourceContext:
        releases = SiteReleases(self.home, request.release)
        return SourceContext(FakeSource(), self.home, releases=releases)  # type: ignore[arg-type]

    def put(self, message: object) -> None:
        self.sent.append(message)

    def receive(self) -> list[object]:
        incoming, self.incoming = self.incoming, []
        return incoming

    def run(self, seconds: float = 3.0) -> None:
        self.sent.clear()
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.incoming.append(Ping(self.now))
            self.loop.step(self.now)

    def say(self, message: object) -> None:
        self.incoming.append(message)
        self.run()

    @property
    def sites(self) -> list[Site]:
        return [each.site for each in self.sent if isinstance(each, SiteMessage)]

    def facts(self, kind: type) -> list[object]:
        return facts_of(self.sent, kind)

    @property
    def told(self) -> list[ReleaseFact]:
        return self.facts(ReleaseFact)  # type: ignore[return-value]

    @property
    def problems(self) -> str:
        found = self.facts(ProblemsFact)
        return "\n".join(str(p) for each in found for p in each.problems)  # type: ignore[attr-defined]


def facts_of(sent: list[object], kind: type[T]) -> list[T]:
    frames = [each for each in sent if isinstance(each, Frame)]
    return [f for each in frames for f in each.facts if isinstance(f, kind)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_site(tmp_path)
    (tmp_path / "instructions").mkdir()
    return tmp_path


def rename(home: Path, title: str) -> None:
    (home / "layouts" / "Hcal.yaml").write_text(LAYOUT.replace("2024", title))


def title(site: Site) -> str:
    return site.layouts[0].pages[0].plots[-1].title


def test_without_releases_the_working_copy_is_live(home: Path) -> None:
    bench = Bench(home)
    (site,) = bench.sites
    assert site.release is None
    assert site.home == site.folder == str(home)
    rename(home, "Edited")
    bench.run()
    assert [title(site) for site in bench.sites] == ["Edited"]
    assert not bench.told


def test_a_release_is_what_is_read_and_edits_change_nothing(home: Path) -> None:
    first = put(home)
    rename(home, "Edited")
    bench = Bench(home)
    (site,) = bench.sites
    assert title(site) == "2024"
    assert site.release == first
    assert site.folder == str(release_folder(home, 1))
    assert site.home == str(home)
    assert base_folder(site) == release_folder(home, 1) / "layouts"
    (home / "layouts" / "Hcal.yaml").unlink()
    bench.run()
    assert not bench.sites
    assert not bench.told
    assert not bench.problems


def test_recorded_runs_are_relative_to_the_site(home: Path) -> None:
    text = (home / "layouts" / "site.yaml").read_text()
    (home / "layouts" / "site.yaml").write_text(f"{text}recorded: [../runs]\n")
    put(home)
    (site,) = Bench(home).sites
    assert recorded_folders(site) == [home / "../runs"]


def test_a_release_is_announced_once_taken_up_and_rolled_back(home: Path) -> None:
    first = put(home)
    bench = Bench(home)
    rename(home, "Second")
    second = put(home)
    bench.run()
    (fact,) = bench.told
    assert fact.reading == 1
    assert fact.release is not None
    assert (fact.release.number, fact.release.hash) == (2, second.hash)
    assert [each.sentence for each in fact.release.changes] == [
        'Hcal/TPTask/trend: title: "2024" → "Second"'
    ]
    assert not bench.sites
    bench.run()
    assert not bench.told

    bench.say(TakeUp(2))
    (site,) = bench.sites
    assert title(site) == "Second"
    assert site.release == second
    assert bench.told == [ReleaseFact(None, 2)]

    rename(home, "2024")
    third = put(home)
    assert third.hash == first.hash
    bench.run()
    (fact,) = bench.told
    assert (fact.reading, fact.release.number) == (2, 3)  # type: ignore[union-attr]
    bench.say(TakeUp(3))
    assert [title(site) for site in bench.sites] == ["2024"]


def test_changes_are_told_against_what_is_read(home: Path) -> None:
    put(home)
    bench = Bench(home)
    rename(home, "Second")
    put(home)
    bench.run()
    rename(home, "Third")
    put(home)
    bench.run()
    (fact,) = bench.told
    assert fact.reading == 1
    assert '"2024" → "Third"' in fact.release.changes[0].sentence  # type: ignore[union-attr]


def test_the_first_release_is_announced_to_a_live_working_copy(home: Path) -> None:
    bench = Bench(home)
    put(home)
    rename(home, "Edited after")
    bench.run()
    (fact,) = bench.told
    assert (fact.reading, fact.release.number) == (0, 1)  # type: ignore[union-attr]
    assert fact.release.changes == ()  # type: ignore[union-attr]
    assert not bench.sites  # live edits count no longer
    bench.say(TakeUp(1))
    (site,) = bench.sites
    assert title(site) == "2024"


def test_an_engine_started_again_reads_what_it_read_before(home: Path) -> None:
    put(home)
    rename(home, "Second")
    put(home)
    bench = Bench(home, release=1)
    (site,) = bench.sites
    assert title(site) == "2024"
    bench.run()
    assert [fact.reading for fact in bench.told] == [1]
    bench = Bench(home, release=WORKING_COPY)
    assert bench.sites[0].release is None
    bench.run()
    assert [fact.reading for fact in bench.told] == [0]


def test_a_release_that_cannot_be_read_is_not_taken_up(home: Path) -> None:
    put(home)
    bench = Bench(home)
    rename(home, "Second")
    put(home)
    edit(release_folder(home, 2))
    bench.say(TakeUp(2))
    assert not bench.sites
    (notice,) = bench.facts(NoticeFact)[:1]
    assert "release 2 is not taken up: release 2 was altered" in notice.sentence  # type: ignore[attr-defined]
    assert "layouts/Hcal.yaml" in notice.sentence  # type: ignore[attr-defined]
    bench.say(TakeUp(7))
    assert not bench.sites
    assert not bench.told
    assert any("no release 7" in n.sentence for n in bench.facts(NoticeFact))  # type: ignore[attr-defined]


def test_an_altered_release_is_a_problem_and_what_was_read_stays(home: Path) -> None:
    put(home)
    bench = Bench(home)
    edit(release_folder(home, 1))
    bench.run()
    assert "release 1 was altered after it was published" in bench.problems
    assert "release 1 is kept as it was read before" in bench.problems
    assert "layouts/Hcal.yaml has other content" in bench.problems
    assert not bench.sites


def test_a_fresh_start_falls_back_to_the_newest_whole_release(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(home)
    rename(home, "Second")
    put(home)
    rename(home, "Third")
    put(home)
    edit(release_folder(home, 3))
    bench = Bench(home)
    (site,) = bench.sites
    assert title(site) == "Second"
    assert site.release is not None
    assert site.release.number == 2
    bench.run()
    assert not bench.told
    assert "release 3 was altered" in caplog.text
    edit_back = release_folder(home, 3) / "layouts" / "Hcal.yaml"
    edit_back.write_text(LAYOUT.replace("2024", "Third"))
    bench.run()
    assert [fact.reading for fact in bench.told] == [2]  # mended: it can be taken up
    bench.say(TakeUp(3))
    assert title(bench.sites[0]) == "Third"


@pytest.mark.parametrize("text", ["", "nonsense", "9"])
def test_a_broken_current(
    home: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    put(home)
    rename(home, "Edited")
    running = Bench(home)
    (ledger_folder(home) / "CURRENT").write_text(text)
    running.run()
    assert running.problems
    assert not running.sites
    bench = Bench(home)
    assert [title(site) for site in bench.sites] == ["2024"]
    assert caplog.records


def test_without_any_whole_release_the_working_copy_is_read(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(home)
    edit(release_folder(home, 1))
    (site,) = Bench(home).sites
    assert site.release is None
    assert title(site) == "2024"
    assert "altered" in caplog.text


def test_taking_up_before_the_source_is_open(home: Path) -> None:
    put(home)
    rename(home, "Second")
    put(home)
    bench = Bench.__new__(Bench)
    opened: list[int] = []

    def refuse_once(request: Open) -> SourceContext:
        opened.append(request.release)
        if len(opened) == 1:
            raise OSError("not yet")  # noqa: EM101 - a test's own
        return Bench._open(bench, request)

    bench.home, bench.now, bench.sent = home, 1000.0, []
    bench.incoming = [Open("fake", release=1)]
    bench.loop = Loop(bench, refuse_once)  # type: ignore[arg-type]
    bench.run(0.1)
    bench.incoming.append(TakeUp(2))
    bench.run(4.0)
    assert opened == [1, 2]
    assert title(bench.sites[0]) == "Second"


def test_what_is_new_is_read_in_pieces(home: Path) -> None:
    put(home)
    releases = SiteReleases(home, 0)
    site, _ = releases.open()
    assert releases.poll(site) == []
    assert not releases.pending
    rename(home, "Second")
    put(home)
    assert releases.poll(site) == []
    pieces = 1
    found: list[ReleaseFact] = []
    while releases.pending:
        found += releases.go_on()
        pieces += 1
    assert pieces == 5
    (fact,) = found
    assert fact.release is not None
    assert fact.release.number == 2
    assert len(fact.release.changes) == 1
    assert releases.poll(site) == releases.go_on() == []


def test_a_look_that_was_begun_is_given_up_when_another_is_taken_up(
    home: Path,
) -> None:
    put(home)
    releases = SiteReleases(home, 0)
    site, _ = releases.open()
    releases.poll(site)
    rename(home, "Second")
    put(home)
    releases.poll(site)
    assert releases.pending
    site, _ = releases.take_up(2)
    assert not releases.pending
    assert releases.poll(site) == [ReleaseFact(None, 2)]


def rota(name: str, now: float) -> str:
    begin = datetime.datetime.fromtimestamp(now - 3600, datetime.UTC)
    end = begin + datetime.timedelta(hours=8)
    return (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//test//EN\nBEGIN:VEVENT\nUID:1\n"
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}\nDTEND:{end:%Y%m%dT%H%M%SZ}\n"
        f"SUMMARY:{name}\nEND:VEVENT\nEND:VCALENDAR\n"
    )


@pytest.mark.parametrize("published", [False, True])
def test_a_site_opens_before_its_calendars_are_read(
    home: Path, published: bool
) -> None:
    folder = home / "instructions"
    folder.mkdir(exist_ok=True)
    (folder / "contacts.yaml").write_text(
        'roles:\n  one: {title: One, phone: "70001", calendar: one.ics}\n'
        '  two: {title: Two, phone: "70002", calendar: two.ics}\n'
    )
    (folder / "one.ics").write_text(rota("A. Person", time.time()))
    (folder / "two.ics").write_text("BEGIN:VCALENDAR\nnonsense")
    if published:
        put(home)
    bench = Bench(home)
    (first,) = bench.sites
    first_verdicts = {f.key for f in facts_of(bench.sent, VerdictFact)}
    assert first_verdicts
    assert first.contacts.roles["one"].rota == ()
    told = [str(each) for each in first.problems if ".ics" in each.file]
    assert len(told) == 2
    assert all("is being read: who is on call by it" in each for each in told)
    site = first
    while any("is being read" in each.message for each in site.problems):
        bench.run(1.0)
        site = (bench.sites or [site])[-1]
    assert [turn.name for turn in site.contacts.roles["one"].rota] == ["A. Person"]
    assert site.contacts.roles["two"].rota == ()
    (told_now,) = [each for each in site.problems if "two.ics" in each.file]
    assert "no line of a calendar" in told_now.message
    assert site.hash == first.hash
    # with a site come the verdicts by it, roll-ups and problems
    at = next(i for i, m in enumerate(bench.sent) if isinstance(m, SiteMessage))
    sent = bench.sent[at:]
    bench.run(2.0)
    sent += bench.sent
    told = {f.key for f in facts_of(sent, VerdictFact)}
    assert told >= first_verdicts  # more were judged meanwhile
    assert facts_of(sent, RollupFact)
    (problems,) = facts_of(sent, ProblemsFact)
    assert "is being read" not in str(problems)
    bench.run(5.0)
    assert not bench.sites  # and that is all
    bench.loop.close()


# -- a ledger that no longer says which release is in force ------------------------


@pytest.mark.parametrize("text", [None, "7\n"])
def test_what_is_read_is_kept_and_a_fresh_start_takes_the_newest_whole_release(
    home: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    put(home)
    running = Bench(home)
    for name in ("Second", "Third"):
        rename(home, name)
        put(home)
    edit(release_folder(home, 3))
    rename(home, "Edited")
    current = ledger_folder(home) / "CURRENT"
    current.unlink()
    if text:
        current.write_text(text)
    running.run()
    assert not running.sites
    assert "releases 1, 2, 3 are there; which was in force?" in running.problems
    assert "the console keeps release 1" in running.problems
    bench = Bench(home)
    assert [title(site) for site in bench.sites] == ["Second"]
    assert "release 2 is read" in bench.problems
    assert "which was in force?" in caplog.text
    # The next release ends it.
    rename(home, "Fourth")
    assert put(home).number == 4
    bench.run()
    assert [fact.release.number for fact in bench.told if fact.release] == [4]


def test_a_working_copy_that_was_read_is_kept_as_it_was(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    put(home)
    bench = Bench(home, release=WORKING_COPY)
    (ledger_folder(home) / "CURRENT").unlink()
    rename(home, "Edited")
    bench.run()
    assert not bench.sites
    assert "the console keeps the working copy" in bench.problems


def test_a_first_release_that_was_stopped_changes_nothing(home: Path) -> None:
    bench = Bench(home)
    with pytest.raises(Stopped):
        put(home, step=stop)
    rename(home, "Edited")
    bench.run()
    assert [title(site) for site in bench.sites] == ["Edited"]
    assert not bench.problems
    assert not bench.told


# -- a layout that an edit broke ------------------------------------------------


def two_layouts(folder: Path) -> Path:
    layouts = folder / "layouts"
    layouts.mkdir()
    (folder / "instructions").mkdir()
    (layouts / "site.yaml").write_text("experiment: test\n")
    (layouts / "1-Hcal.yaml").write_text(HCAL)
    (layouts / "2-Ecal.yaml").write_text(ECAL)
    return layouts


def test_a_layout_that_breaks_stays_as_it_was(tmp_path: Path) -> None:
    layouts = two_layouts(tmp_path)
    before, places = read_site_with_places(tmp_path)
    (layouts / "1-Hcal.yaml").write_text("layout: Hcal\npages: [{page: P, plots: [\n")
    broken, _ = read_site_with_places(tmp_path)
    assert [each.layout for each in broken.layouts] == ["Ecal"]
    site, kept = with_last_healthy(broken, before, places)
    assert [each.layout for each in site.layouts] == ["Hcal", "Ecal"]
    assert [each.layout for each in kept] == ["Hcal"]
    said = [str(each) for each in site.problems]
    assert any("1-Hcal.yaml" in words and "still shown" in words for words in said)
    assert any(each.severity == "error" for each in site.problems)


def test_a_layout_that_was_removed_goes(tmp_path: Path) -> None:
    layouts = two_layouts(tmp_path)
    before, places = read_site_with_places(tmp_path)
    (layouts / "1-Hcal.yaml").unlink()
    (layouts / "2-Ecal.yaml").write_text(ECAL.replace("Ecal", "EcalBarrel", 1))
    after, _ = read_site_with_places(tmp_path)
    site, kept = with_last_healthy(after, before, places)
    assert not kept
    assert [each.layout for each in site.layouts] == ["EcalBarrel"]

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from engine.fakes import FILE, PATHS, FakeSource, line
from support.recorded import PATH as RECORDED
from support.recorded import plot, record
from support.recorded_runs import FILLS, OTHERWISE, curve, record_runs
from support.recorded_site import make_recorded_site

from dqmconsole.engine import reference_runs
from dqmconsole.engine.context import SourceContext
from dqmconsole.engine.reference_runs import RecordedRuns, ReferenceRuns, RunRecords
from dqmconsole.engine.references import Measured, References
from dqmconsole.model.compare import Exposure
from dqmconsole.model.frame import ReferenceFact, RunFact, RunsFact
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.history import TransitionFact
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.message import Open, UseReference
from dqmconsole.model.reference import ByHand, ReferenceRule
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status
from dqmconsole.recording.recorder import Item, Recorder, Update
from dqmconsole.rootio.errors import NotInFileError, RootFileError
from dqmconsole.rootio.write import write_dqm
from dqmconsole.sources.scan import FileStat, FolderListing
from dqmconsole.sources.scanner import DirectScanner

if TYPE_CHECKING:
    from dqmconsole.engine.reference_runs import ReferenceRun
    from dqmconsole.model.graph import Element

PATH = "Hcal/Digi/Occupancy"
DATA = line("Occupancy", [10, 20, 30])


class FakeFile:
    """An open ROOT file that is a dictionary."""

    def __init__(self, elements: dict[str, Any], run: int) -> None:
        self.elements = elements
        self.run = run
        self.closed = False

    def element(self, path: str) -> object:
        try:
            found = self.elements[path]
        except KeyError:
            raise NotInFileError(FILE, path) from None
        if isinstance(found, Exception):
            raise found
        return found

    def unchanged(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


class Place:
    """References over fake files; what was opened, and how often, is kept."""

    def __init__(
        self,
        rules: tuple[ReferenceRule, ...],
        files: dict[str, FakeFile],
        override: str = "",
        recorded: RecordedRuns | None = None,
        records: Path | None = None,
    ) -> None:
        self.files = files
        self.opened: list[str] = []
        self.source = FakeSource()
        settings = SiteSettings(
            "CMS",
            conditions=msgspec.structs.replace(
                PATHS,
                integrated="BRIL/lumi",
                pileup="Info/PileUp",
                events_by_lumisection="Info/Events",
            ),
        )
        site = Site("/site", "abc", settings, (), rules)
        origins = ReferenceRuns(
            self.source,
            Path("/site/layouts"),
            recorded or RecordedRuns([]),
            self._open,  # type: ignore[arg-type]
            RunRecords(records),
        )
        self.references = References(site, origins, override)

    def _open(self, path: Path) -> FakeFile:
        self.opened.append(str(path))
        if str(path) not in self.files:
            raise FileNotFoundError(path)
        return self.files[str(path)]

    def scaled(
        self, how: str = "none", run_type: str | None = "collisions", **more: object
    ) -> tuple[Histogram | None, Any]:
        by_hand = more.pop("by_hand", 0)
        measured = Measured(
            more.pop("data", DATA),  # type: ignore[arg-type]
            PATH,
            how,  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )
        return self.references.scaled(measured, run_type, by_hand)  # type: ignore[arg-type]


def rule(**more: object) -> ReferenceRule:
    return ReferenceRule("A. Shifter", "2026-05-01", "a quiet fill", **more)


def of_file(elements: dict[str, Any], run: int = 42) -> Place:
    return Place(
        (rule(file="references/c.root"),),
        {"/site/layouts/references/c.root": FakeFile(elements, run)},
    )


def test_a_reference_with_its_provenance() -> None:
    place = of_file({PATH: line("Occupancy", [1, 2, 3])})
    assert place.opened == []  # lazily
    found, note = place.scaled()
    assert found is not None
    assert found.values().tolist() == [1, 2, 3]
    assert (note.run, note.origin, note.sentence) == (42, "references/c.root", "")
    assert (note.chosen_by, note.chosen_on, note.why) == (
        "A. Shifter",
        "2026-05-01",
        "a quiet fill",
    )
    again, _ = place.scaled()
    assert again is found  # the same object: it is not sent again
    assert len(place.opened) == 1


def test_events_scale_and_the_note_says_so() -> None:
    elements = {
        PATH: line("Occupancy", [1, 2, 3]),
        "Hcal/EventInfo/processedEvents": Scalar("processedEvents", 100),
    }
    found, note = of_file(elements).scaled("events", seen=Exposure(events=1000))
    assert found is not None
    assert found.values().tolist() == [1, 2, 3]  # unscaled; the note has the factor
    assert (note.normalize, note.scale) == ("events", 10.0)


@pytest.mark.parametrize(
    ("has", "seen", "where"),
    [(False, Exposure(events=5), "run 42"), (True, Exposure(), "this run")],
)
def test_what_cannot_be_normalised_is_scaled_by_area_and_says_so(
    has: bool, seen: Exposure, where: str
) -> None:
    elements: dict[str, Any] = {PATH: line("Occupancy", [1, 2, 3])}
    if has:
        elements["Hcal/EventInfo/processedEvents"] = Scalar("n", 5)
    found, note = of_file(elements).scaled("events", seen=seen)
    assert found is not None
    assert note.sentence == (
        f"no events at Hcal/EventInfo/processedEvents in {where}: scaled by area"
    )
    assert (note.run, note.normalize, note.scale) == (42, "area", 10.0)


def trend(name: str, values: list[float]) -> Histogram:
    axes = (Axis(len(values), 0.5, len(values) + 0.5, title="LS"),)
    return line(name, values, axes=axes)


PILED = {
    PATH: line("Occupancy", [1, 2, 3]),
    "Hcal/EventInfo/processedEvents": Scalar("n", 100),
    "Info/PileUp": trend("PileUp", [60, 20, 0]),
    "Info/Events": trend("Events", [75, 25, 0]),
}


def test_the_pile_up_of_a_reference_is_its_mean_weighed_by_events() -> None:
    seen = Exposure(events=300, pileup=10)
    found, note = of_file(PILED).scaled("pileup", seen=seen)
    assert found is not None
    assert (note.normalize, note.sentence) == ("pileup", "")
    assert note.scale == pytest.approx(3 * 10 / 50)


def test_without_a_pile_up_the_path_looked_for_is_said() -> None:
    elements = {key: PILED[key] for key in PILED if key != "Info/PileUp"}
    found, note = of_file(elements).scaled("pileup", seen=Exposure(3, pileup=5))
    assert found is not None
    assert note.sentence == "no pile-up at Info/PileUp in run 42: scaled by area"
    assert note.normalize == "area"


def test_the_pile_up_of_a_recorded_run_is_in_the_file_of_another_client() -> None:
    scanner = SlowScanner()
    recorded = RecordedRuns([Path("/kept")], lambda _: scanner)
    names = [f"DQM_V0001_{client}_R000000077.root" for client in ("Hcal", "Info")]
    scanner.answers = [FolderListing(changed=tuple(map(stat, names)), whole=True)]
    files = {
        f"/kept/{name}": FakeFile(
            {path: PILED[path] for path in PILED if path.startswith(client)}, 77
        )
        for name, client in zip(names, ("Hcal", "Info"), strict=True)
    }
    place = Place((rule(run=77),), files, recorded=recorded)
    place.scaled()
    place.references.poll(0.0)
    found, note = place.scaled("pileup", seen=Exposure(events=300, pileup=10))
    assert found is not None
    assert note.origin == names[0]
    assert (note.normalize, note.scale) == ("pileup", pytest.approx(3 * 10 / 50))


def test_luminosity_of_the_reference_is_read_from_its_file() -> None:
    elements = {PATH: line("Occupancy", [1, 2, 3]), "BRIL/lumi": Scalar("lumi", 4.0)}
    _, note = of_file(elements).scaled("lumi", seen=Exposure(lumi=2.0))
    assert (note.normalize, note.scale) == ("lumi", 0.5)


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({}, "not in the reference (run 42)"),
        ({PATH: Scalar("n", 3)}, "the reference is no histogram"),
        (
            {PATH: line("Occupancy", [1, 2])},
            "binning differs in x: reference 2 bins, data 3",
        ),
        (
            {PATH: line("Occupancy", [1, 2, 3], axes=(Axis(3, 0, 9),))},
            "binning differs in x: reference from 0 to 9, data from 0 to 3",
        ),
        (
            {PATH: RootFileError("c.root", "corrupt", PATH)},
            "the reference cannot be read: corrupt",
        ),
        (
            {PATH: line("Occupancy", [1, float("nan"), 3])},
            "the reference is not used: 1 bin holds no number (NaN or infinite)",
        ),
    ],
)
def test_what_is_wrong_is_said_and_not_drawn(
    elements: dict[str, Any], said: str
) -> None:
    found, note = of_file(elements).scaled()
    assert found is None
    assert note.sentence == said


def test_no_rule_no_type_no_file(caplog: pytest.LogCaptureFixture) -> None:
    assert Place((), {}).scaled()[1].sentence == "no reference is chosen for collisions"
    file = FakeFile({PATH: DATA}, 1)
    place = Place((rule(file="pp.root", run_type="collisions"),), {"pp.root": file})
    found, note = place.scaled(run_type=None)
    assert found is None
    assert note.sentence == "no reference is chosen for runs of an unknown type"
    assert place.opened == []
    gone = Place((rule(file="gone.root"),), {})
    assert gone.scaled()[1].sentence == (
        "no reference: there is no file /site/layouts/gone.root"
    )
    gone.scaled()
    assert len(gone.opened) == 1  # not tried at every frame
    assert caplog.messages == ["reference: there is no file /site/layouts/gone.root"]


def test_the_most_specific_rule_holds_and_of_a_tie_the_first() -> None:
    files = {
        f"/site/layouts/{name}.root": FakeFile({PATH: DATA}, run)
        for name, run in (("all", 1), ("hcal", 2), ("digi", 3), ("twin", 4))
    }
    rules = (
        rule(file="all.root"),
        rule(file="hcal.root", subsystem="Hcal"),
        rule(file="digi.root", histograms=("Hcal/Digi/*",)),
        rule(file="twin.root", histograms=("Hcal/Digi/*",)),
    )
    assert Place(rules, files).scaled()[1].run == 3
    assert Place(rules[:2], files).scaled()[1].run == 2


def test_a_rule_for_all_types_holds_where_the_type_is_unknown() -> None:
    found, note = of_file({PATH: DATA}).scaled(run_type=None)
    assert found is not None
    assert note.chosen_by


def test_the_override_goes_before_all_and_needs_no_run_type() -> None:
    files = {
        "/tmp/mine.root": FakeFile({PATH: DATA}, 9),
        "/site/layouts/all.root": FakeFile({PATH: DATA}, 1),
    }
    place = Place((rule(file="all.root"),), files, override="/tmp/mine.root")
    found, note = place.scaled(run_type=None)
    assert found is not None
    assert (note.run, note.chosen_by) == (9, "--reference")


def test_a_run_of_the_source_itself_and_its_newer_snapshots() -> None:
    place = Place((rule(run=5),), {})
    place.source.snapshot(5, "Hcal", {PATH: line("Occupancy", [1, 1, 1])})
    found, note = place.scaled()
    assert found is not None
    assert found.values().tolist() == [1, 1, 1]
    assert (note.run, note.origin) == (5, "run 5 of fake")
    place.source.snapshot(5, "Hcal", {PATH: line("Occupancy", [2, 2, 2])})
    found, _ = place.scaled()
    assert found is not None
    assert found.values().tolist() == [2, 2, 2]


class SlowScanner:
    """A scanner that answers when told to."""

    def __init__(self) -> None:
        self.answers: list[FolderListing] = []
        self.closed = False

    def read(self, now: float) -> list[FolderListing]:
        del now
        answers, self.answers = self.answers, []
        return answers

    def silent_since(self, now: float) -> float | None:
        del now
        return None

    def complaint(self) -> str:
        return ""

    def close(self) -> None:
        self.closed = True


def stat(file: str) -> FileStat:
    return FileStat(file, 1, 1, 1)


def test_a_recorded_run_is_looked_for_without_waiting() -> None:
    scanner = SlowScanner()
    recorded = RecordedRuns([Path("/kept")], lambda _: scanner)
    wanted = "/kept/0003/DQM_V0001_Hcal_R000000077.root"
    place = Place(
        (rule(run=77),), {wanted: FakeFile({PATH: DATA}, 77)}, recorded=recorded
    )
    found, note = place.scaled()
    assert found is None
    assert note.sentence == "no reference: run 77 is being looked for in /kept"
    assert note.run == 0, "only a reference that is there has a run"
    assert "run 77" in note.sentence
    assert not place.references.poll(0.0)
    scanner.answers = [
        FolderListing(
            changed=(
                stat("0003/DQM_V0001_Hcal_R000000077.root"),
                stat("0003/DQM_V0001_DT_R000000077.root"),
                stat(
                    "0003/DQM_V0001_Hcal_R000000078.root.ls00000001_hosta_pid00000001"
                ),
                stat("notes.root"),
            ),
            whole=True,
        )
    ]
    assert place.references.poll(0.0)
    assert scanner.closed
    found, note = place.scaled()
    assert found is not None
    assert (note.run, note.origin) == (77, "DQM_V0001_Hcal_R000000077.root")
    place.references.close()
    assert place.files[wanted].closed


def test_a_run_that_is_nowhere() -> None:
    recorded = RecordedRuns(
        [Path("/kept")],
        lambda _: DirectScanner(lambda: FolderListing(error="Stale file handle")),
    )
    place = Place((rule(run=77),), {}, recorded=recorded)
    place.scaled()
    place.references.poll(0.0)
    _, note = place.scaled()
    assert note.sentence == (
        "no reference: run 77 is neither in the source's folder nor in /kept; "
        "/kept: Stale file handle"
    )


def test_what_could_not_be_opened_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = of_file({PATH: DATA})
    (path, file), *_ = place.files.items()
    place.files.clear()  # a mount that is not up yet
    place.references.poll(1000.0)
    assert place.scaled()[0] is None
    assert not place.references.poll(1029.0)
    assert place.references.poll(1031.0)
    assert place.scaled()[0] is None
    place.files[path] = file
    assert place.scaled()[0] is None, "not at each redraw"
    assert place.references.poll(1062.0)
    assert place.scaled()[0] is not None
    assert not place.references.poll(1093.0)
    assert len(caplog.messages) == 1, "said once"
    caplog.clear()


def write(path: Path, contents: list[float]) -> None:
    write_dqm(path, 42, {"Hcal/Digi": [line("Occupancy", contents)]})


def on_disk(folder: Path) -> References:
    """The references of a rule with a real file, after a first look at it."""
    (folder / "kept").mkdir()
    write(folder / "kept" / "c.root", [1, 2, 3])
    site = Site("/site", "abc", SiteSettings("CMS"), (), (rule(file="kept/c.root"),))
    references = References(site, ReferenceRuns(FakeSource(), folder, RecordedRuns([])))
    references.poll(1000.0)
    found, note = seen(references)
    assert (found, note) == ([1, 2, 3], "")
    return references


def seen(references: References) -> tuple[list[float] | None, str]:
    found, note = references.scaled(Measured(DATA, PATH, "none"), "collisions")
    return None if found is None else found.values().tolist(), note.sentence


def test_a_reference_that_has_lost_its_name_goes_on_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    references = on_disk(tmp_path)
    away = (tmp_path / "kept").rename(tmp_path / "away")
    assert references.poll(1031.0)
    assert references.replaced, "what is said of it is said with the verdicts"
    gone = "its file is no longer there: what was opened of it stays in force"
    assert seen(references) == ([1, 2, 3], f"{gone} (00:17:11 UTC)")
    assert not references.poll(1062.0), "said once"
    away.rename(tmp_path / "kept")
    assert references.poll(1093.0)
    assert seen(references) == ([1, 2, 3], "")
    assert len(caplog.messages) == 1
    caplog.clear()
    references.close()


@pytest.mark.parametrize("in_place", [False, True])
def test_a_reference_that_was_replaced_is_opened_again_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, in_place: bool
) -> None:
    references = on_disk(tmp_path)
    write(tmp_path / "other.root", [7, 8, 9])
    kept = tmp_path / "kept" / "c.root"
    if in_place:
        kept.write_bytes((tmp_path / "other.root").read_bytes())
    else:
        (tmp_path / "other.root").rename(kept)
    assert references.poll(1031.0)
    assert references.replaced
    words = "its file was replaced, and opened again 00:17:11 UTC"
    assert seen(references) == ([7, 8, 9], words)
    assert not references.poll(1062.0)
    kept.write_bytes(kept.read_bytes()[:600])
    assert references.poll(1093.0)
    found, sentence = seen(references)
    assert found is None
    assert "cut short" in sentence
    caplog.clear()
    references.close()


def test_what_is_read_of_a_file_that_was_written_to_is_not_believed(
    tmp_path: Path,
) -> None:
    """Until it is looked at again, its list of elements is that of the old file."""
    write(tmp_path / "c.root", [1, 2, 3])
    runs = ReferenceRuns(FakeSource(), tmp_path, RecordedRuns([]))
    opened = runs.of_file("c.root")
    assert not isinstance(opened, str)
    opened.element(PATH)
    os.utime(tmp_path / "c.root", (1.0, 1.0))
    with pytest.raises(RootFileError, match="written to since it was opened"):
        opened.element(PATH)
    runs.close()


def test_a_folder_that_could_not_be_listed_is_listed_again() -> None:
    listings = [
        FolderListing(error="Stale file handle"),
        FolderListing(changed=(stat("DQM_V0001_Hcal_R000000077.root"),), whole=True),
    ]
    wanted = "/kept/DQM_V0001_Hcal_R000000077.root"
    recorded = RecordedRuns(
        [Path("/kept")], lambda _: DirectScanner(lambda: listings.pop(0))
    )
    place = Place(
        (rule(run=77),), {wanted: FakeFile({PATH: DATA}, 77)}, recorded=recorded
    )
    place.scaled()
    place.references.poll(1000.0)
    assert "Stale file handle" in place.scaled()[1].sentence
    place.references.poll(1031.0)
    assert "Stale file handle" in place.scaled()[1].sentence
    place.references.poll(1031.1)
    assert place.scaled()[0] is not None
    place.references.close()


def test_means_are_drawn_unscaled() -> None:
    profile = line("p", [4, 4, 4], bin_entries=np.array([0, 2.0, 2, 2, 0]))
    place = of_file({PATH: profile})
    found, note = place.scaled("events", data=profile)
    assert found is not None
    assert (note.normalize, note.scale, note.sentence) == ("none", 1.0, "")


def test_an_origin_that_names_no_run_is_called_by_its_file() -> None:
    place = of_file({}, run=0)
    origin: ReferenceRun | None
    origin, note = place.references.note(PATH, "collisions")
    assert origin is not None
    assert note.run == 0
    assert place.scaled()[1].sentence == "not in the reference (references/c.root)"


RUN = Conditions(run_type="collisions", beam_energy=6800, magnet=3.8, pileup=50)
INFO = msgspec.structs.replace(
    PATHS,
    run_type="Info/Type",
    beam_energy="Info/Energy",
    magnet="Info/Field",
    pileup="Info/PileUp",
    scalars={"trigger_key": "Info/Key"},
)


def with_conditions(place: Place, *rules: ReferenceRule) -> Place:
    """The same place with paths of conditions, and other rules where some are given."""
    references = place.references
    site = references._site
    settings = msgspec.structs.replace(
        site.settings, conditions=INFO, run_types={"pp": "collisions"}
    )
    site = msgspec.structs.replace(
        site, settings=settings, references=rules or site.references
    )
    place.references = References(site, references._runs)
    return place


def test_a_reference_for_other_conditions_is_none_and_says_why() -> None:
    place = of_file({PATH: DATA})
    (only,) = (rule(file="references/c.root", when={"pileup": [40, 60]}),)
    with_conditions(place, only)
    _, note = place.scaled()
    assert note.sentence == (
        "no reference: of references/c.root: it is for pile-up 40 to 60, and the "
        "pile-up is unknown"
    )
    assert not place.references.notice(7, RUN)
    found, note = place.scaled()
    assert found is not None
    assert note.sentence == ""
    low = msgspec.structs.replace(RUN, pileup=30.0)
    assert place.references.notice(7, low), "another rule may hold"
    found, note = place.scaled()
    assert found is None
    assert note.sentence == (
        "no reference: of references/c.root: it is for pile-up 40 to 60, this run "
        "has 30"
    )
    assert place.opened == ["/site/layouts/references/c.root"]
    assert not place.references.notice(7, msgspec.structs.replace(low, luminosity=9))


def test_a_rule_for_other_conditions_judges_from_the_update_that_has_them(
    tmp_path: Path,
) -> None:
    home = tmp_path / "layouts"
    home.mkdir()
    for run, values in ((42, [10, 20, 30]), (43, [30, 20, 10])):
        write_dqm(home / f"{run}.root", run, {"Hcal/Digi": [line("h", values)]})
    rules = (
        rule(file="42.root", when={"pileup": [40, 60]}),
        rule(file="43.root", when={"pileup": [None, 40]}),
        rule(file="42.root", when={"pileup": [None, 40]}, run_type="cosmics"),
        rule(file="42.root", when={"pileup": [0, 39]}, valid_until=6),
    )
    plots = (Plot("Hcal/Digi/h", checks=({"equal": {}},)),)
    site = Site(
        str(tmp_path),
        "abc",
        SiteSettings(
            "Test",
            run_types={"pp": "collisions"},
            conditions=INFO,
            lumisection="spill",
        ),
        (Layout("Hcal", (Page("Digi", plots),)),),
        rules,
    )
    source = FakeSource()
    context = SourceContext(source, tmp_path, reading=(site, {}), at_once=True)  # type: ignore[arg-type]
    said: list[str] = []
    found: list[tuple[Status, int | None]] = []
    for at, pileup in enumerate((50.0, 41.0, 40.0, 30.0, None), start=1):
        data = {"Hcal/Digi/h": line("h", [10, 20, 30])}
        source.snapshot(7, "Hcal", data, lumisection=at)
        info: dict[str, Element] = {"Info/Type": Scalar("Type", "pp")}
        if pileup is not None:
            info["Info/PileUp"] = Scalar("PileUp", pileup)
        source.snapshot(7, "Info", info, lumisection=at)
        context.poll(1000.0 + at)
        context.judge(float("inf"))
        facts = context.take_facts()
        said += [each.sentence for each in facts if isinstance(each, RunFact)]
        found += [
            (each.status, each.lumisection)
            for each in facts
            if isinstance(each, TransitionFact)
        ]
    context.close()
    low = "43.root (pile-up up to 40)"
    assert said == [
        f"Verdicts from spill 4 on: by {low}, no longer by 42.root (pile-up 40 to 60)",
        f"Verdicts from spill 5 on: no longer by {low}",
    ]
    assert found == [
        (Status.GOOD, 1), (Status.BAD, 4), (Status.NO_REFERENCE, 5)
    ]  # fmt: skip


def test_conditions_of_the_run_that_is_shown_count() -> None:
    place = with_conditions(
        of_file({PATH: DATA}), rule(file="references/c.root", valid_until=7)
    )
    place.references.notice(7, RUN)
    place.references.notice(8, RUN)
    assert place.scaled(run=7)[0] is not None
    assert place.scaled()[0] is None
    assert "runs up to 7, this is run 8" in place.scaled()[1].sentence


def test_what_was_otherwise_in_the_reference_is_said() -> None:
    place = with_conditions(
        of_file(
            {
                PATH: DATA,
                "Info/Type": Scalar("t", "pp"),
                "Info/Energy": Scalar("e", 6500.0),
                "Info/Field": Scalar("b", 3.8),
                "Info/Key": Scalar("k", "v11"),
            }
        )
    )
    place.references.notice(7, msgspec.structs.replace(RUN, scalars={"trigger_key": 1}))
    found, note = place.scaled()
    assert found is not None
    assert note.sentence == (
        "reference at 6.5 TeV per beam, this run 6.8 TeV; "
        "reference with trigger key v11, this run 1"
    )


def several(combine: str = "worst") -> Place:
    place = Place((rule(runs=(3, 4, 5), combine=combine),), {})
    for run, value in ((3, 1), (5, 2)):
        place.source.snapshot(run, "Hcal", {PATH: line("Occupancy", [value] * 3)})
    return place


def test_several_references_are_each_compared_with_and_the_first_is_drawn() -> None:
    place = several("any")
    found, note = place.scaled()
    assert found is not None
    assert (note.run, note.others, note.combine) == (3, (4, 5), "any")
    every = place.references.each_scaled(Measured(DATA, PATH, "area"), None)
    assert [(each is not None, note.run, note.scale) for each, note, _ in every] == [
        (True, 3, 20.0),
        (False, 0, 1.0),
        (True, 5, 10.0),
    ]
    assert "run 4 is not in the source's folder" in every[1][1].sentence


def test_one_of_several_that_is_not_there_hides_no_other() -> None:
    place = several()
    del place.source.versions[(3, "Hcal")]
    _, note = place.scaled()
    assert note.run == 5


def test_what_the_producer_stored_is_the_reference_where_no_rule_holds() -> None:
    place = Place((rule(file="c.root", subsystem="Ecal"),), {})
    place.source.snapshot(
        7, "Hcal", {PATH: DATA, f"Reference/{PATH}": line("Occupancy", [1, 2, 3])}
    )
    place.references.notice(7, RUN)
    found, note = place.scaled("events", seen=Exposure(events=5))
    assert found is not None
    assert (note.normalize, note.scale, note.sentence) == ("area", 10.0, "")
    assert (note.origin, note.chosen_by) == ("stored in the file", "the producer")
    asked = len(place.source.asked)
    other = "Hcal/Digi/Other"
    for _ in range(3):
        reference, note = place.references.plain(other, "collisions")
        assert reference is None
        assert note.sentence == "no reference is chosen for collisions"
    assert len(place.source.asked) == asked + 1, "once in each snapshot"


def test_a_rule_goes_before_what_is_stored() -> None:
    place = of_file({PATH: line("Occupancy", [1, 2, 3])})
    place.source.snapshot(7, "Hcal", {f"Reference/{PATH}": DATA})
    place.references.notice(7, RUN)
    assert place.scaled()[1].run == 42


BY_HAND = (
    "all plots are shown with run 5, chosen by hand; verdicts stay with the site's "
    "references"
)


def test_a_run_chosen_by_hand_goes_before_all() -> None:
    place = of_file({PATH: DATA})
    place.source.snapshot(5, "Hcal", {PATH: line("Occupancy", [1, 1, 1])})
    assert place.references.take_fact() is None
    place.references.use(ByHand(run=5))
    assert place.references.take_fact() == ReferenceFact(5, "", BY_HAND, found=True)
    assert place.references.take_fact() is None
    _, note = place.scaled(run_type=None)
    assert (note.run, note.by_hand, note.chosen_by) == (5, True, "by hand")
    place.references.use(ByHand())
    assert place.references.take_fact() == ReferenceFact()
    assert place.scaled()[1].run == 42
    _, note = place.scaled(by_hand=5)
    assert (note.run, note.by_hand) == (5, True), "for one plot"
    place.references.use(ByHand(run=5))
    measured = Measured(DATA, PATH, "area")
    ((_, note, _),) = place.references.each_scaled(measured, None)
    assert note.run == 42, "verdicts stay with the site's"
    assert place.references.judged_by(PATH, None) is not None


def test_a_run_chosen_by_hand_that_is_not_there_yet() -> None:
    scanner = SlowScanner()
    recorded = RecordedRuns([Path("/kept")], lambda _: scanner)
    wanted = "/kept/DQM_V0001_Hcal_R000000077.root"
    place = Place((), {wanted: FakeFile({PATH: DATA}, 77)}, recorded=recorded)
    place.references.use(ByHand(run=77))
    fact = place.references.take_fact()
    assert fact is not None
    assert not fact.found
    assert fact.sentence == (
        "run 77 was chosen as reference by hand: run 77 is being looked for in /kept"
    )
    scanner.answers = [FolderListing(changed=(stat(Path(wanted).name),), whole=True)]
    assert place.references.poll(0.0)
    fact = place.references.take_fact()
    assert fact is not None
    assert fact.found
    assert place.scaled()[1].run == 77
    told = place.references.take_runs()
    assert told is not None
    assert 77 in told.runs
    assert place.references.take_runs() is None, "only what is new is told"


def test_a_file_chosen_by_hand() -> None:
    place = of_file({PATH: DATA})
    place.references.use(ByHand(file="references/c.root"))
    fact = place.references.take_fact()
    assert fact is not None
    assert (fact.run, fact.file, fact.found) == (42, "references/c.root", True)


def test_of_two_uploads_of_a_run_the_later_version_is_the_reference() -> None:
    names = [f"DQM_V000{version}_Hcal_R000000077.root" for version in (2, 1)]
    recorded = RecordedRuns(
        [Path("/kept")],
        lambda _: DirectScanner(
            lambda: FolderListing(changed=tuple(map(stat, names)), whole=True)
        ),
    )
    recorded.find(77, "Hcal")
    recorded.poll(0.0)
    assert recorded.find(77, "Hcal") == Path("/kept") / names[0]


def test_a_source_is_opened_with_a_reference_by_hand(tmp_path: Path) -> None:
    home = make_recorded_site(tmp_path)
    runs = home / "runs"
    file = str(runs / "DQM_V0001_Hcal_R000000102.root")
    context = SourceContext.of(
        Open(
            str(runs / "DQM_V0001_Hcal_R000000101.root"),
            site=str(home),
            reference_file=file,
        )
    )
    context.poll(1e9)
    facts = context.take_facts()
    assert [each.runs for each in facts if isinstance(each, RunsFact)] == [(101,)]
    told = [each for each in facts if isinstance(each, ReferenceFact)]
    assert [(each.run, each.file, each.found) for each in told] == [(102, file, True)]
    context.use_reference(UseReference())
    told = [each for each in context.take_facts() if isinstance(each, ReferenceFact)]
    assert told == [ReferenceFact()]
    context.close()


# -- runs that the recorder keeps --------------------------------------------------


def test_a_rule_may_name_a_run_that_is_only_recorded(tmp_path: Path) -> None:
    record(tmp_path, 3, run=5)  # 30 events
    place = Place((rule(run=5),), {}, records=tmp_path)
    measured = Measured(plot(1, 2), RECORDED, "events", Exposure(events=60))
    reference, note = place.references.scaled(measured, "collisions")
    assert reference is not None
    assert reference.values().tolist() == [3, 6]
    assert (note.run, note.scale, note.sentence) == (5, 2.0, "")
    assert note.origin == "the record of run 5"
    (judged,) = place.references.each_scaled(measured, "collisions")
    assert judged[0] is reference, "it judges as any other"
    place.references.close()


def test_what_its_elements_do_not_say_of_a_recorded_run_is_kept_beside(
    tmp_path: Path,
) -> None:
    recorder = Recorder(tmp_path, "/dqm")
    recorder.note_conditions(5, Conditions(integrated=8.0))
    recorder.note(5, Update("Hcal", 3, 1003.0, 30.0), [Item(RECORDED, plot(3, 6))])
    recorder.drain()
    recorder.close()
    place = Place((rule(run=5),), {}, records=tmp_path)
    measured = Measured(plot(1, 2), RECORDED, "lumi", Exposure(lumi=4.0))
    _, note = place.references.scaled(measured, "collisions")
    assert (note.normalize, note.scale, note.sentence) == ("lumi", 0.5, "")
    place.references.close()


def test_what_is_recorded_of_runs_is_at_hand_and_their_conditions_are_known(
    tmp_path: Path,
) -> None:
    record_runs(tmp_path)
    place = Place((), {}, records=tmp_path)
    place.references.notice(398010, Conditions(run_type="collisions", fill=10412))
    runs = place.references.take_runs()
    assert runs is not None
    assert runs.runs == tuple(FILLS)
    assert {run: each.fill for run, each in runs.conditions.items()} == FILLS
    assert place.references.take_runs() is None
    place.references.notice(398009, Conditions(run_type="collisions", fill=10412))
    runs = place.references.take_runs()
    assert runs is not None
    assert 398009 not in runs.conditions, "of the run at hand they change"
    place.references.use(ByHand(398005))
    fact = place.references.take_fact()
    assert fact is not None
    assert fact.found
    measured = Measured(curve(398005, 10), RECORDED, "area")
    _, note = place.references.scaled(measured, None)
    assert "cosmics" in note.sentence, "the run type of then is another"
    assert place.references.poll(0.0) is False
    (tmp_path / "run-398005.sqlite").unlink()
    assert place.references.poll(31.0)
    _, note = place.references.note(RECORDED, None)
    assert note.sentence == (
        "no reference: run 398005 is not in the source's folder, nor is it recorded"
    )
    place.references.close()


def test_a_record_that_is_damaged_is_no_reference(tmp_path: Path) -> None:
    (tmp_path / "run-5.sqlite").write_bytes(b"no database" * 100)
    place = Place((rule(run=5),), {}, records=tmp_path)
    _, note = place.references.note(RECORDED, "collisions")
    assert note.sentence.startswith("no reference: ")
    assert "run-5.sqlite" in note.sentence


def test_further_runs_are_scaled_as_the_reference_is(tmp_path: Path) -> None:
    record_runs(tmp_path)
    place = Place((), {}, records=tmp_path)
    measured = Measured(
        curve(398004, 50), RECORDED, "events", Exposure(events=100), run=398010
    )
    same, other, gone = place.references.beside(
        measured, (ByHand(398004), ByHand(OTHERWISE), ByHand(7))
    )
    assert same.histogram is not None
    assert (same.note.run, same.note.scale, same.note.by_hand) == (398004, 0.5, True)
    assert other.histogram is None
    assert other.note.sentence == "binning differs in x: reference 20 bins, data 30"
    assert gone.histogram is None
    assert (gone.note.run, gone.note.sentence) == (
        7, "no reference: run 7 is not in the source's folder, nor is it recorded",
    )  # fmt: skip
    place.references.close()


def test_few_records_are_open_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference_runs, "_OPEN", 2)
    record_runs(tmp_path)
    records = RunRecords(tmp_path)
    first, *others = FILLS
    found = records.find(first)
    assert not isinstance(found, str)
    assert found.element(RECORDED).name == "occupancy"
    for run in others:
        records.find(run)
    with pytest.raises(RootFileError):  # it was closed
        found.element(RECORDED)
    found = records.find(first)
    assert not isinstance(found, str)
    assert found.element(RECORDED).name == "occupancy"
    records.close()


def test_it_is_known_that_a_reference_is_of_another_type_of_run() -> None:
    place = with_conditions(of_file({PATH: DATA, "Info/Type": Scalar("t", "pp")}))
    assert not place.references.is_of_other_type(PATH, "cosmics"), "not read yet"
    place.references.notice(7, RUN)
    place.scaled(run=7)
    assert place.references.is_of_other_type(PATH, "cosmics")
    assert not place.references.is_of_other_type(PATH, "collisions")
    assert not place.references.is_of_other_type(PATH, None)

"""A main source and its streams as one source."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import msgspec
import pytest
from dqm_files import PATHS, T0, direct, file_name, write

from dqmconsole.model.histogram import Scalar
from dqmconsole.model.layout import Layout, Page, Plot
from dqmconsole.model.site import SiteSettings, SourceSettings, streams_fed
from dqmconsole.rootio.errors import NotInFileError
from dqmconsole.sources import open as opening
from dqmconsole.sources.clients import KeptContent
from dqmconsole.sources.combined import (
    CombinedSource,
    Stream,
    StreamMemory,
    StreamPlan,
)
from dqmconsole.sources.folder import DqmFolder
from dqmconsole.sources.scanner import DirectScanner
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.model.run import Client
    from dqmconsole.sources.folder import ContentMemory
    from dqmconsole.sources.source import Source

CALIB = frozenset({"Calib"})
DAY = 86400.0


def put(folder: Path, name: str, ls: int, *, run: int = 7, at: float = T0) -> None:
    folder.mkdir(exist_ok=True)
    write(
        folder,
        file_name(name, run, ls),
        run=run,
        subsystems=(name,),
        ls=ls,
        events=100 * ls,
        written=at,
        value=10 * run + ls,
    )


class Opened:
    """A main source and a stream, and what there is to be seen of them."""

    def __init__(self, folder: Path) -> None:
        self.main, self.calib = folder / "main", folder / "calib"
        self.main.mkdir()
        self.refused = ""
        self.stream = Stream(StreamPlan("calib", "text", None, CALIB), self.opener)
        self.source = CombinedSource(direct(self.main), [self.stream])

    def opener(self) -> Source:
        if self.refused:
            raise SourceError(self.refused)
        return DqmFolder(
            self.calib, PATHS, scanner=DirectScanner.of(self.calib), opened=T0
        )

    def at(self, now: float) -> dict[str, Client]:
        """The clients after a look."""
        self.source.poll(now)
        while self.source.poll(now) or not self.source.ready:
            pass
        return {each.subsystem: each for each in self.source.clients(now)}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    made = Opened(tmp_path)
    yield made
    made.source.close()


def value(source: Source, path: str, run: int = 7) -> object:
    found = source.element(run, path)
    assert isinstance(found, Scalar)
    return found.value


def test_each_subsystem_is_of_the_source_that_feeds_it(opened: Opened) -> None:
    put(opened.main, "Hcal", 1)
    put(opened.main, "Calib", 2)
    put(opened.calib, "Calib", 3)
    put(opened.calib, "Ecal", 3)
    source, clients = opened.source, opened.at(T0)
    assert {name: each.stream for name, each in clients.items()} == {
        "Hcal": "", "Calib": "calib"
    }  # fmt: skip
    assert value(source, "Hcal/Task/value") == 71
    assert value(source, "Calib/Task/value") == 73
    with pytest.raises(NotInFileError):
        source.element(7, "Ecal/Task/value")
    top, below = source.folder(7, ""), source.folder(7, "Calib/Task")
    assert top is not None
    assert sorted(top.folders) == ["Calib", "Hcal"]
    assert below is not None
    assert set(below.scalars) == {"value"}
    found = [each.path for each in source.entries(7)]
    assert len(found) == len(set(found)) == 6
    assert {each.partition("/")[0] for each in found} == {"Calib", "Hcal"}
    assert source.version(7, "Ecal") == 0 < source.version(7, "Calib")
    (problem,) = source.problems()
    assert "Calib is in" in problem.message
    assert "shown is that of calib" in problem.message


def test_what_has_no_folder_is_named(opened: Opened) -> None:
    plan = StreamPlan("calib", "text", None, frozenset({""}))
    main = cast("Source", SimpleNamespace(name="/data", version=lambda *_: 1))
    stream = Stream(plan, opened.opener)
    (twice, *_) = stream.problems(7, main)
    assert stream.source is not None
    stream.source.close()
    words = "what has no folder is in /data, too: shown is that of calib"
    assert twice.message == words


def test_runs_are_those_of_the_main_source(opened: Opened) -> None:
    put(opened.main, "Hcal", 1, run=8)
    put(opened.calib, "Calib", 3, run=7)
    source, client = opened.source, opened.at(T0)["Calib"]
    assert (source.current_run, source.runs()) == (8, (8,))
    assert (client.state, client.run) == ("waiting", 7)
    assert client.sentence == ("Its source, calib, is in run 7")
    with pytest.raises(NotInFileError):
        source.element(8, "Calib/Task/value")
    put(opened.calib, "Calib", 1, run=8)
    assert opened.at(T0 + 1)["Calib"].run == 8
    assert value(source, "Calib/Task/value", 8) == 81
    put(opened.calib, "Calib", 1, run=9)  # ahead of the main source
    client = opened.at(T0 + 2)["Calib"]
    assert (source.current_run, client.state, client.run) == (8, "waiting", 9)
    assert value(source, "Calib/Task/value", 8) == 81
    said = [each.sentence for each in source.facts()]
    assert {"calib: Run 9 is running", "calib: Calib entered run 9"} <= set(said)


def test_a_stream_that_returns_to_an_earlier_run_is_followed(opened: Opened) -> None:
    put(opened.main, "Hcal", 1, run=8)
    put(opened.calib, "Calib", 1, run=8)
    put(opened.calib, "Calib", 1, run=99, at=T0 + 1)  # a wrong number
    assert opened.at(T0 + 1)["Calib"].run == 99
    put(opened.calib, "Calib", 2, run=8, at=T0 + 2)
    client = opened.at(T0 + 2)["Calib"]
    assert (client.run, client.state, client.lumisection) == (8, "live", 2)
    put(opened.main, "Hcal", 1, run=9, at=T0 + 3)
    put(opened.calib, "Calib", 1, run=9, at=T0 + 3)
    opened.at(T0 + 3)
    client = opened.at(T0 + 4)["Calib"]
    assert (client.run, client.lumisection) == (9, 1)
    put(opened.calib, "Calib", 2, run=99, at=T0 + 5)
    assert opened.at(T0 + 5)["Calib"].run == 99
    put(opened.calib, "Calib", 2, run=9, at=T0 + 4)  # another client is late
    assert opened.at(T0 + 6)["Calib"].run == 99


def test_a_stream_that_is_not_there_hides_nothing_and_is_waited_for(
    tmp_path: Path,
) -> None:
    made = Opened(tmp_path)
    made.refused = "no such thing"
    made.stream.source = None
    put(made.main, "Hcal", 1)
    clients = made.at(T0)
    assert clients["Hcal"].run == 7
    assert clients["Calib"].state == "waiting"
    assert "no such thing" in clients["Calib"].sentence
    (problem,) = made.source.problems()
    assert "the source calib cannot be opened: no such thing" in problem.message
    assert not made.source.version(7, "Calib")
    assert made.source.folder(7, "Calib") is None
    with pytest.raises(NotInFileError):
        made.source.element(7, "Calib/Task/value")
    assert {e.path.partition("/")[0] for e in made.source.entries(7)} == {"Hcal"}
    made.refused = ""
    put(made.calib, "Calib", 3)
    assert made.at(T0 + 10)["Calib"].run == 7
    assert not made.source.problems()
    made.source.close()


def test_a_stream_that_has_nothing_says_why(opened: Opened) -> None:
    put(opened.main, "Hcal", 1)
    said = opened.at(T0)["Calib"].sentence
    why = "there is no such folder yet"
    assert said == f"Its source, calib, has nothing that can be read: {why}"


def test_a_stream_that_fails_fails_alone(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened.main, "Hcal", 1)
    put(opened.calib, "Calib", 1)
    opened.at(T0)

    def fails(_now: float) -> bool:
        raise OSError(5, "Input/output error")

    assert opened.stream.source is not None
    monkeypatch.setattr(opened.stream.source, "poll", fails)
    put(opened.main, "Hcal", 2)
    assert opened.at(T0 + 1)["Hcal"].lumisection == 2
    assert "fails: Input/output error" in opened.source.problems()[0].message


def test_old_files_beside_a_source_that_goes_on_are_no_recording(
    opened: Opened,
) -> None:
    put(opened.calib, "Calib", 1, at=T0 - DAY)
    put(opened.main, "Hcal", 1)
    clients = opened.at(T0)
    assert opened.source.recorded is None
    assert clients["Calib"].state == "silent"
    assert clients["Calib"].sentence == "No new file since 2023-11-13 22:13 UTC"


class Kept:
    """What is kept of clients, by name."""

    def __init__(self) -> None:
        self.contents: dict[str, KeptContent] = {}

    def recall(self, client: str) -> KeptContent | None:
        return self.contents.get(client)

    def keep(self, client: str, content: KeptContent) -> None:
        self.contents[client] = content


def test_what_is_kept_of_clients_is_kept_apart() -> None:
    kept = Kept()
    memory = StreamMemory(kept, "calib")
    memory.keep("Hcal", KeptContent("x"))
    assert memory.recall("Hcal") == KeptContent("x")
    assert kept.recall("Hcal") is None


def test_streams_of_one_folder_keep_what_is_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept()

    def opened(text: str, *, memory: ContentMemory, **_: object) -> object:
        memory.keep("", KeptContent(text))
        return SimpleNamespace(name=text, banner="")

    monkeypatch.setattr(opening, "open_source", opened)
    sources = (
        SourceSettings(str(tmp_path / "main")),
        SourceSettings("side", files="calib_{run}.root", layouts=("Calib",)),
        SourceSettings("side", files="noise_{run}.root", layouts=("Noise",)),
    )
    layouts = [
        Layout(each, (Page("P", (Plot(f"{each}/adc"),)),))
        for each in ("Calib", "Noise")
    ]
    settings = SiteSettings("X", sources=sources)
    text = opening.source_called("", settings, tmp_path)
    site = opening.SiteSays(settings, layouts, tmp_path, {})
    opening.open_by_site(text, site, memory=kept)
    assert len(kept.contents) == 3


def test_which_sources_are_streams_and_what_they_feed() -> None:
    def layout(name: str, *paths: str) -> Layout:
        return Layout(name, (Page("P", tuple(map(Plot, paths))),))

    layouts = (
        layout("Beam", "Hcal/a", "Info/b"),
        layout("Calib", "Calib/a", "Hcal/b"),
        layout("Flat", "adc"),
    )
    calib = SourceSettings("calib", layouts=("Calib",), name="calib")
    flat = SourceSettings("flat", layouts=("Flat",))
    main, other = SourceSettings("main"), SourceSettings("other")
    settings = SiteSettings("X", sources=(calib, main, other, flat))
    assert settings.main_source == main
    assert settings.streams == (calib, flat)
    assert streams_fed(settings, layouts) == (
        (calib, frozenset({"Calib"}), frozenset({"Hcal"})),
        (flat, frozenset({""}), frozenset()),
    )
    settings = SiteSettings("X", sources=(calib, flat))
    assert settings.main_source == calib
    assert [each[1] for each in streams_fed(settings, layouts)] == [{""}]
    replay = msgspec.structs.replace(main, folder="replay:main")
    assert SiteSettings("X", sources=(replay, calib)).streams == ()

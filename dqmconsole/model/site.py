"""The site: what experts own, as the engine reads it and the console is sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from dqmconsole.model.checklist import CheckList
from dqmconsole.model.contacts import Contacts
from dqmconsole.model.glossary import Term
from dqmconsole.model.instruction import Instruction, Note
from dqmconsole.model.known_issue import KnownIssue
from dqmconsole.model.layout import Layout, RunType, subsystem_of
from dqmconsole.model.problem import Problem
from dqmconsole.model.reference import ReferenceRule
from dqmconsole.model.release import Release

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConditionPaths(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where the source's files say what the conditions are; "" when they do not.

    Paths are whole. ``{subsystem}`` stands for the subsystem of a client, where each
    writes its own; of ``lumisection``, ``events``, ``timestamp`` and ``started`` a path
    without it is looked for as it stands, and then below the client's subsystem.

    A scalar gives its value; a histogram against lumisection the content of its
    last filled bin (beam mode: its number, named by the labels of the y axis or
    by ``beam_modes``). ``dcs`` is a map of lumisection (x) against partition
    (y labels), 1 on, 0 off, below 0 unknown. ``feds`` is a histogram of entries
    against front-end driver. ``subsystems`` is a text: the names of those in the run,
    separated by spaces or commas. ``daq_state`` is a text, ``dead_time`` in percent:
    when nothing comes from anywhere, no data are missed while that text is one of
    ``dqmconsole.model.run.HALTED`` ("paused"), in full dead time, or in a beam mode in
    which the site expects none (``data_expected``).

    Attributes:
        run_type: the type of the run, in the producer's word.
        fill: the number of the fill.
        beam_mode: the mode of the beams.
        beam_energy: energy per beam, GeV.
        luminosity: instantaneous luminosity.
        integrated: luminosity integrated over the run.
        pileup: mean number of interactions in a crossing.
        magnet: the field, T.
        dcs: which partitions of the detector are on.
        feds: entries of each front-end driver.
        subsystems: names of those in the run.
        daq_state: what the data taking does.
        dead_time: share of the time in which no event is taken, %.
        lumisection: the last lumisection that a client processed.
        events: events that it processed in the run.
        timestamp: when it last processed any, unix time, s.
        started: when the run began, unix time, s.
        events_by_lumisection: events against lumisection: by them the lumisections
            weigh in the mean pile-up of a run; all weigh the same when left out.
        scalars: further conditions by a name of the site's (trigger_key, stream) ->
            path of the scalar; references may be for values of them. That called
            ``prescale_column`` is shown with the state of the DAQ.
        NOUN: what problems call them.
    """

    NOUN: ClassVar[str] = "conditions"

    run_type: str = ""
    fill: str = ""
    beam_mode: str = ""
    beam_energy: str = ""
    luminosity: str = ""
    integrated: str = ""
    pileup: str = ""
    magnet: str = ""
    dcs: str = ""
    feds: str = ""
    subsystems: str = ""
    daq_state: str = ""
    dead_time: str = ""
    lumisection: str = ""
    events: str = ""
    timestamp: str = ""
    started: str = ""
    events_by_lumisection: str = ""
    scalars: dict[str, str] = {}


SUBSYSTEM_WORD = "{subsystem}"
OF_CLIENTS = ("lumisection", "events", "timestamp", "started")
"""Conditions that every client may publish of its own."""


def places_of(path: str, subsystem: str) -> tuple[str, ...]:
    """Where a client's own number is looked for, in order; nowhere for "".

    Args:
        path: as ``ConditionPaths`` has it.
        subsystem: the client's.
    """
    if not path:
        return ()
    if SUBSYSTEM_WORD in path:
        return (path.replace(SUBSYSTEM_WORD, subsystem),)
    return (path, f"{subsystem}/{path}") if subsystem else (path,)


class Significance(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The least a run must have to count.

    Attributes:
        lumisections: that it lasted.
        events: of the stream.
    """

    lumisections: int = 0
    events: int = 0


ELOG_WORDS = ("who", "role", "run", "subsystem", "status", "title")
ELOG_ENCODINGS = ("HTML", "ELCode", "plain")


class ElogSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A logbook of an ELOG (PSI) server; accounts come from the user's netrc.

    Attributes:
        url: http(s) address of the logbook, such as https://elog.example.org/DQM/.
        attributes: attributes of every message: name -> value. In a value ``{who}``
            and the others of ``ELOG_WORDS`` stand for the record's; ``Encoding`` is
            one of ``ELOG_ENCODINGS``.
    """

    url: str
    attributes: dict[str, str] = {}


class PageLink(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A page outside of the console that a shift uses, such as the run registry.

    Attributes:
        title: what it is called.
        url: its http(s) address; the console shows it, and opens it when asked to.
        about: what stands there, one line.
        example: the address is made up.
        NOUN: what problems call it.
    """

    NOUN: ClassVar[str] = "a page of links"

    title: str
    url: str
    about: str = ""
    example: bool = False


ALL_SOURCES = "all:"
"""Before the text of a site's main source: with it all that feed layouts beside it."""
_NOT_LIVE = ("replay:", "recorded:")
Merge = Literal["refuse", "sum"]
"""What is made of an element that several producers give."""


class SourceSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Where elements come from; a single word is its folder.

    Attributes:
        folder: the folder, relative to the site; without `files` anything that can be
            opened.
        files: pattern of its files' names, see `dqmconsole.model.file_pattern`; ""
            for those of DQM.
        merge: of an element that several producers of a run give: they are added up,
            or (with `files`) none is shown and the plot says so.
        layouts: the layouts whose plots it feeds; all when empty. Beside a source
            that feeds all others it is a stream, opened with that.
        name: what it is opened and shown by; its folder when "".
    """

    NOUN: ClassVar[str] = "a source"
    WORD: ClassVar[str] = "folder"

    folder: str
    files: str = ""
    merge: Merge = "refuse"
    layouts: tuple[str, ...] = ()
    name: str = ""

    @property
    def called(self) -> str:
        """Its name, or else its folder."""
        return self.name or self.folder

    @property
    def live(self) -> bool:
        """It is no recording."""
        return not self.folder.startswith(_NOT_LIVE)


CONDITION_NAMES = {
    "run_type": "Type",
    "fill": "Fill",
    "beam_mode": "Beam",
    "daq_state": "DAQ",
    "luminosity": "Luminosity",
    "pileup": "Pile-up",
    "magnet": "Magnet",
    "dcs": "High voltage",
}
"""What the conditions that are shown are called, where a site says nothing else."""
PRESCALE_COLUMN = "prescale_column"
LUMISECTION = "lumisection"


class HeaderItem(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One item of the header.

    Attributes:
        show: path of any scalar; in the file also the name of a condition.
        label: what it is called; the last part of the path when left out.
        unit: stands behind the value.
        NOUN: what problems call it.
    """

    NOUN: ClassVar[str] = "this item of the header"

    show: str
    label: str = ""
    unit: str = ""

    def words(self, value: float | str | None) -> str:
        """A value with its unit: "120 GeV"; "" where it is unknown."""
        if value is None:
            return ""
        said = value if isinstance(value, str) else f"{value:.6g}"
        return f"{said} {self.unit}".rstrip()


class SiteSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """``layouts/site.yaml``.

    Attributes:
        experiment: its name.
        sources: where elements come from; a console opens the main one by itself,
            with its streams.
        recorded: folders of recorded runs, for references by run number.
        recordings: folder on a local disk, relative to the site, in which the consoles
            of this machine record runs; each user's own when left out.
        run_types: the types of run this experiment has, in its own words, as a list;
            or the producer's word -> the type. None: any word of the producer's.
        conditions: where the conditions stand.
        beam_modes: names of the beam modes by number, from 1.
        data_expected: run type -> beam modes in which its data are expected: in
            another, and without luminosity, none are missed. A type that is not
            named expects them always.
        header: condition -> what it is called at this experiment; or a list of items,
            of conditions and of any scalars.
        shown: the scalars that the header shows beside the conditions, in order; in
            the file they stand under ``header``, too.
        lumisection: what a lumisection is called: "spill", "burst".
        lumisection_length: seconds of a lumisection; measured when left out.
        database: URL of the book; "" keeps it in a file of the user's. No password.
        elog: where entries are sent; None when nowhere.
        links: pages outside of the console that a shift uses.
        permissions: role (trainee, shifter, shift-leader, expert) -> account names.
        mentors: names of the people who sign what trainees did; anybody whom
            `permissions` allow when empty.
        components: component of the run registry -> the layouts it covers; every
            layout is one, in lower case, when empty.
        classes: run type -> class of runs ("Collisions26").
        significant: what a run must have to count.
        shifts: local times of day at which shifts begin ("07:00").
        causes: the site's own words for what may go wrong, which steps of
            instructions may name (``for: pump-stopped``).
        format: version of the format the site's files are written in.
        program: versions of the program that can run it (">=0.2"); any when "".
        WORDS_OR_MAPPING, UNWRITTEN: see ``site.decoder``.
        LISTED: key -> the field that holds it where it is written as a list.
        releases_in_git: git keeps ``layouts/releases``, too, where the site is in git.
    """

    WORDS_OR_MAPPING: ClassVar[tuple[str, ...]] = ("run_types",)
    UNWRITTEN: ClassVar[tuple[str, ...]] = ("shown",)
    LISTED: ClassVar[dict[str, str]] = {"header": "shown"}

    experiment: str
    sources: tuple[SourceSettings, ...] = ()
    recorded: tuple[str, ...] = ()
    recordings: str = ""
    run_types: dict[str, RunType] = {}
    conditions: ConditionPaths = ConditionPaths()
    beam_modes: tuple[str, ...] = ()
    data_expected: dict[str, tuple[str, ...]] = {}
    header: dict[str, str] = {}
    shown: tuple[HeaderItem, ...] = ()
    lumisection: str = LUMISECTION
    lumisection_length: float | None = None
    database: str = ""
    elog: ElogSettings | None = None
    links: tuple[PageLink, ...] = ()
    permissions: dict[str, tuple[str, ...]] = {}
    mentors: tuple[str, ...] = ()
    components: dict[str, tuple[str, ...]] = {}
    classes: dict[str, str] = {}
    significant: Significance = Significance()
    shifts: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    format: int = 1
    program: str = ""
    releases_in_git: bool = False

    @property
    def main_source(self) -> SourceSettings | None:
        """The first source that feeds all layouts; else the first; None of none."""
        whole = (each for each in self.sources if not each.layouts)
        return next(whole, next(iter(self.sources), None))

    @property
    def streams(self) -> tuple[SourceSettings, ...]:
        """The sources that are opened beside the main one, where that is live."""
        main = self.main_source
        if main is None or not main.live:
            return ()
        return tuple(e for e in self.sources if e.layouts and e.live and e is not main)

    @property
    def types(self) -> tuple[str, ...]:
        """The types of run, each once; empty where any word is one."""
        return tuple(dict.fromkeys(self.run_types.values()))

    def expects_data(self, run_type: str | None, beam_mode: str | None) -> bool:
        """Tell whether this is a mode in which the site says that data are taken."""
        return beam_mode in self.data_expected.get(run_type or "", ())

    def type_of(self, word: str) -> str | None:
        """The type of a run by the producer's word for it; None where it is none."""
        found = self.run_types.get(word, word)
        return found if found and (not self.types or found in self.types) else None

    @property
    def unit(self) -> str:
        """What stands before the number of a lumisection: "LS", "spill"."""
        return "LS" if self.lumisection == LUMISECTION else self.lumisection

    def name_of(self, condition: str) -> str:
        """What a condition is called; one of `CONDITION_NAMES`."""
        return self.header.get(condition, CONDITION_NAMES[condition])


class Site(msgspec.Struct, frozen=True):
    """Everything of a site that was healthy, and the problems of the rest.

    Attributes:
        folder: the folder the files were read from: the site's own, or that of a
            release in its ledger.
        home: the site's own folder.
        release: the release that is in force; None for an unpublished working copy.
        hash: short hash of every file read; frames name it.
        settings: ``site.yaml``.
        layouts: expanded: every plot is one monitor element with its needs,
            run types, reference mode and normalisation resolved; in the order
            of the file names.
        references: the rules of ``references.yaml``.
        known: the known problems of ``known.yaml``.
        instructions, notes: all that were healthy, expired notes among them.
        contacts, checklists, glossary: likewise.
        parts: what features made of their files of the site, by the kind of file;
            only they can read it.
        problems: what was wrong, with its place.
    """

    folder: str
    hash: str
    settings: SiteSettings
    layouts: tuple[Layout, ...]
    references: tuple[ReferenceRule, ...] = ()
    known: tuple[KnownIssue, ...] = ()
    problems: tuple[Problem, ...] = ()
    home: str = ""
    release: Release | None = None
    instructions: tuple[Instruction, ...] = ()
    notes: tuple[Note, ...] = ()
    contacts: Contacts = Contacts()
    checklists: tuple[CheckList, ...] = ()
    glossary: tuple[Term, ...] = ()
    parts: dict[str, bytes] = {}


def streams_fed(
    settings: SiteSettings, layouts: Iterable[Layout]
) -> tuple[tuple[SourceSettings, frozenset[str], frozenset[str]], ...]:
    """What each stream feeds: the subsystems of its layouts' plots.

    Of several sources whose layouts show one subsystem, the first feeds it, the main
    one before all.

    Args:
        settings: of the site.
        layouts: of the site.

    Returns:
        Each stream, the subsystems that it feeds, and those of its layouts' plots that
        another source feeds.
    """
    shown = {
        layout.layout: {
            subsystem_of(plot.path) for page in layout.pages for plot in page.plots
        }
        for layout in layouts
    }
    main, streams = settings.main_source, settings.streams
    of_streams = {name for each in streams for name in each.layouts}
    own = () if main is None else main.layouts
    own = own or tuple(name for name in shown if name not in of_streams)
    taken = {each for name in own for each in shown.get(name, ())}
    found = []
    for stream in streams:
        wanted = {each for name in stream.layouts for each in shown.get(name, ())}
        found.append((stream, frozenset(wanted - taken), frozenset(wanted & taken)))
        taken |= wanted
    return tuple(found)

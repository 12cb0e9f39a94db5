"""Lessons: what a trainee is told and shown, and what must become true."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import msgspec

from dqmconsole.model.instruction import Urgency
from dqmconsole.model.layout import ReferenceMode
from dqmconsole.model.record import FlagStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.site import Site

LESSONS = "lesson"
"""The kind of files of a site under which all this travels in :class:`Site`."""

RunType = Literal["collisions", "cosmics", "heavy-ions"]
RUN_TYPES: tuple[RunType, ...] = ("collisions", "cosmics", "heavy-ions")
"""Types of run of the simulated detector, in which all training is."""

ExamName = Literal["collisions", "heavy-ions"]
EXAMS: dict[ExamName, tuple[RunType, ...]] = {
    "collisions": ("collisions", "cosmics"),
    "heavy-ions": ("heavy-ions",),
}
"""The exams that a site may have, with the types of run their pages are of."""
EXAM_TITLES: dict[ExamName, str] = {
    "collisions": "exam",
    "heavy-ions": "exam of heavy ions",
}

Judgement = Literal["good", "bad"]
Answer = Literal[Judgement, ""]

Control = Literal[
    "run header", "navigator", "search", "page", "plot panel", "instruction",
    "contacts", "notice bar", "shift band", "book", "flags", "entries", "check-lists",
    "hand-over",
]  # fmt: skip
"""What a step can point at besides pages and plots."""

Taught = Literal[
    "next-abnormal", "search", "palette", "keys", "pause", "log", "next-page",
    "detail", "reference", "instruction", "begin-shift",
]  # fmt: skip
"""Commands a step can ask for, by their ids in the window's table of commands."""

NOBODY = "nobody"
"""In place of a role: rightly nobody is called."""

CauseKind = Literal["fault", "harmless"]
ItemKind = Literal[CauseKind, "nothing"]
"""What happens in an item of the exam."""


ActsOn = Literal["state", "stream", "tests", "run", "session", "plot"]
"""The detector; what its clients write; what their quality tests say of it; how runs
begin and end; the console's session alone, as a wrong reference does: then the detector
does nothing; or one plot of a recorded run."""


class CauseWords(msgspec.Struct, frozen=True):
    """A cause of the simulated detector's table, as people choose among them.

    Those that act on a plot are put into recorded runs; their target is its path.

    Attributes:
        name, kind, family, description: as the table has them.
        targets: subsystems it goes to by default; none acts on the whole detector.
        before: it acts from the start until its onset.
        acts_on: where it acts.
        ends_run: the next run begins after it.
        from_run: it stands from the first lumisection of a run on, as the table has it.
        urgency: when somebody has to act: "now", "dump", "next-day"; "" of harmless.
        lasts: lumisections after which it is over by itself; 0: it stays.
        may_end: it may be over sooner than the run is: somebody brings it back.
        trace: what it leaves, by the table: how the data are wrong, and of which parts
            ("missing boards"); "" where it takes no parts as a whole.
    """

    name: str
    kind: CauseKind
    family: str
    description: str
    targets: tuple[str, ...] = ()
    before: bool = False
    acts_on: ActsOn = "state"
    ends_run: bool = False
    from_run: bool = False
    urgency: str = ""
    lasts: int = 0
    may_end: bool = False
    trace: str = ""


EVERYWHERE = frozenset({"loss", "shift", "frozen"})
"""Faults for recorded runs that change all of a plot: no part of it is their place, and
one picture shows them beside its reference alone."""


class LessonRun(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The simulated or recorded run of a lesson, a practice, an observed shift.

    The lumisections of a recorded run are its updates, from 1.

    Attributes:
        run_type: collisions, cosmics or heavy-ions; a recorded run has its own.
        seed: everything random follows from it.
        causes: "NAME[:SUBSYSTEM]@LS[-LAST]" entries of the table of causes; of a
            recorded run "NAME:PATH@UPDATE[*SIZE][#PLACE]" with the path of the plot
            they are put into.
        ahead: lumisections that are over when the lesson begins.
        speed: seconds of the detector per second from then on.
        run_length: lumisections after which a run ends and the next begins; 0: never.
        evidence: an evidence bundle beside the lesson's file, shown instead of a run.
        recorded: number of a run that consoles of this site recorded, played instead of
            a simulated one, in practice, exam and observed shift; 0: none.
        updates: how many updates of a recorded run can be played.
    """

    run_type: RunType = "collisions"
    seed: int = 1
    causes: tuple[str, ...] = ()
    ahead: int = 12
    speed: float = 10.0
    run_length: int = 0
    evidence: str = ""
    recorded: int = 0
    updates: int = 0

    @property
    def known_type(self) -> str | None:
        """Type of the run; None of a recorded one, which has its own."""
        return None if self.recorded else self.run_type


class FindingGoal(msgspec.Struct, frozen=True, omit_defaults=True):
    """The trainee says what is wrong, or that nothing is.

    Evidence bundles of earlier versions hold other keys, which are read over.

    Attributes:
        KEYS, ONE_OR_MORE: how YAML writes the fields.
        verdict: "bad", or "good" for "nothing to report here".
        causes: names of the table, each of which is right; any when empty.
        plots: globs on the path of the plot it is said of, one of which it matches;
            any plot when empty. ``validate`` plays the run and insists that the cause
            shows on all that match.
        urgency: how soon to call; "nobody": rightly nobody; "" is not asked.
    """

    KEYS: ClassVar[dict[str, str]] = {"plots": "plot"}
    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("plot",)

    verdict: Judgement
    causes: tuple[str, ...] = ()
    plots: tuple[str, ...] = ()
    urgency: Literal[Urgency, "nobody"] | Literal[""] = ""


class FlagGoal(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What flags leave in force over the first run, confirmed by the trainee.

    Later flags go before earlier ones where they overlap. In the end the component
    has this status over one range of lumisections, and nowhere else.

    Attributes:
        component: the component.
        status: the flag.
        first: the range begins in these lumisections (both ends in it); anywhere when
            empty.
        last: it ends in these; when empty, it holds on until the run's end.
        causes: words for the cause ("HV", "readout"), one of which it has; not asked
            when empty.
    """

    component: str
    status: FlagStatus
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()


class EntryGoal(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of the book.

    Evidence bundles of earlier versions hold other keys, which are read over.

    Attributes:
        KEYS, ONE_OR_MORE: how YAML writes the fields.
        plots: globs on the path of a plot it is about, one of which it matches; any
            plot, or none, when empty.
        evidence: it has an evidence bundle.
    """

    KEYS: ClassVar[dict[str, str]] = {"plots": "plot"}
    ONE_OR_MORE: ClassVar[tuple[str, ...]] = ("plot",)

    plots: tuple[str, ...] = ()
    evidence: bool = True


class TickGoal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of an instruction is ticked: its id, and the step's number from 1."""

    instruction: str
    step: int


class OpenProblem(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A problem that the shift before left open, and about which nobody calls again.

    Attributes:
        NOUN: what problems call it.
        what: what is wrong, where, since when; one line.
        called: the role that was called about it, and answered.
        awaits: what is awaited, and until when; one line.
        plot: path of a plot it is about, or "".
    """

    NOUN: ClassVar[str] = "an open problem"

    what: str
    called: str
    awaits: str
    plot: str = ""


class HandedOver(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The hand-over of the shift before, as training has it in its book.

    Attributes:
        NOUN: what problems call it.
        who: who gave it.
        leader: the shift leader of that shift, or "".
        open: problems that are left open.
        known: paths of plots in which a known issue of the site shows: what it is, and
            until when, says ``known.yaml``.
        references: references that changed, one line each.
        requests: what the shift leader asks of the next shift, one line each.
    """

    NOUN: ClassVar[str] = "the hand-over"

    who: str
    leader: str = ""
    open: tuple[OpenProblem, ...] = ()
    known: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What must become true, since the lesson began; all that is given, at once or not.

    Attributes:
        page: this "Layout/Page" is in view.
        plot: a plot whose path matches this glob is selected, or shown alone.
        alone: the plot is shown alone.
        mode: the plot is compared with its reference so.
        used: a command was used.
        finding: this was said of a plot (V).
        flag: this flag was confirmed.
        entry: such an entry was written.
        tick: this step of an instruction was ticked.
        call: this role was called; "nobody" is what a finding says, not a call.
        read: the instruction of this id is shown in the reader.
        shift: the shift was begun or handed over, or the hand-over of the shift before
            is on record as read.
        settled: a run that ended is signed off.
        lumisection: the run has come so far.
        runs: so many runs were seen, the first among them.
    """

    page: str = ""
    plot: str = ""
    alone: bool = False
    mode: ReferenceMode | Literal[""] = ""
    used: Taught | Literal[""] = ""
    finding: FindingGoal | None = None
    flag: FlagGoal | None = None
    entry: EntryGoal | None = None
    tick: TickGoal | None = None
    call: str = ""
    read: str = ""
    shift: Literal["begun", "hand-over read", "handed over", ""] = ""
    settled: bool = False
    lumisection: int = 0
    runs: int = 0


class Question(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A check of understanding: one of the choices is right.

    Attributes:
        choices: two to five, one line of Markdown each.
        right: number of the right one, from 1.
        why: for each choice, what is said when it is chosen.
    """

    choices: tuple[str, ...]
    right: int
    why: tuple[str, ...]


class LessonStep(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One step of a lesson. Its words stand in the Markdown under "## <id>".

    With neither `done` nor `question` it is read, and left with Enter.

    Attributes:
        NOUN, UNWRITTEN: what problems call it, and the fields no YAML may hold.
        id: lower case, unique in its lesson.
        title: the bubble's heading.
        point: a control; or "plot PATH" or "page LAYOUT/PAGE"; "" points nowhere.
        region: of the plot pointed at, in its axes' units: x from, x to and, for a
            map, y from, y to; the whole plot when empty.
        done: what must become true.
        question: what is asked.
        after: ids of steps without which this one makes no sense; it counts only
            once they are done.
        hint_after: seconds until the first hint, and between further ones.
        text, hints: Markdown; from the file beside the lesson's.
    """

    NOUN: ClassVar[str] = "this step"
    UNWRITTEN: ClassVar[tuple[str, ...]] = ("text", "hints")

    id: str
    title: str
    point: str = ""
    region: tuple[float, ...] = ()
    done: Goal | None = None
    question: Question | None = None
    after: tuple[str, ...] = ()
    hint_after: float = 40.0
    text: str = ""
    hints: tuple[str, ...] = ()


class Lesson(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """``instructions/lessons/<id>.yaml`` with ``<id>.md`` beside it.

    Attributes:
        UNWRITTEN: the fields no YAML may hold.
        number: its place in the course, from 1.
        title: what it is called.
        version: grows with every published change.
        author: who wrote this version; a role, or a name.
        written: date of this version, ISO.
        minutes: how long it takes.
        teaches: one line: what one can do after it.
        steps: in the order in which they are told.
        run: its simulated run.
        hand_over: what the shift before hands over; None: its book begins empty.
        requires: ids of lessons that come before it.
        covers: globs on ids of instructions and names of layouts: when these change,
            the lesson wants a refresher.
        id: name of its file.
        debrief: Markdown, said at the end ("## debrief").
        hash: of both files.
    """

    UNWRITTEN: ClassVar[tuple[str, ...]] = ("id", "debrief", "hash")

    number: int
    title: str
    version: int
    author: str
    written: str
    minutes: int
    teaches: str
    steps: tuple[LessonStep, ...]
    run: LessonRun = LessonRun()
    hand_over: HandedOver | None = None
    requires: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    id: str = ""
    debrief: str = ""
    hash: str = ""


Band = Literal["gross", "clear", "subtle"]
BANDS: tuple[Band, ...] = ("gross", "clear", "subtle")
TOLD = 2.0
"""Strength below which a page does not show its cause: of two such pages, one good,
the right one is chosen in 92 %, Φ(2 / √2) (Macmillan and Creelman, Detection Theory,
2nd ed., 2005, ch. 7)."""
CLEAR, GROSS = 30.0, 65.0
"""Strengths from which on a page is clear, and gross: the thirds, about, of the faults
of the bundled site."""
MOSTLY = 2 / 3
"""Share of its trials from which on the console says of a row what it says."""


class MeasuredPage(NamedTuple):
    """What is measured at one go: a page, in runs of one kind.

    Attributes:
        page: "Layout/Page".
        run_type: type of the runs.
        recorded: they are recorded runs; else simulated ones.
    """

    page: str
    run_type: RunType
    recorded: bool = False


class MeasuredRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One candidate, played several times.

    Attributes:
        page: "Layout/Page".
        run_type: type of the runs; of recorded ones only which exam they are in.
        kind: what happens.
        cause: "NAME[:SUBSYSTEM]*SIZE#PLACE", of a recorded run "NAME:PATH*SIZE#PLACE";
            "" where nothing happens.
        trials: how often it was played, each time with another seed.
        good_runs: good runs it was compared with.
        strength: d': the largest change of its plots, against good runs.
        bad: trials in which the console said BAD of a plot of the page.
        judged: trials in which it said anything.
        plots: paths of the plots on which it shows, the clearest first.
        region: on the first of these, in its axes' units: x from, x to and, for a map,
            y from, y to; empty where it has no place.
        out: why it makes no item; "" when it does.
        of: stamp of what it was measured on; "" of rows that were written before.
        recorded: number of the recorded run that was played; 0 of simulated ones.
        updates: how many of its updates are shown.
        record: hash of what its record held.
    """

    page: str
    run_type: RunType
    kind: ItemKind
    cause: str = ""
    trials: int = 0
    good_runs: int = 0
    strength: float = 0.0
    bad: int = 0
    judged: int = 0
    plots: tuple[str, ...] = ()
    region: tuple[float, ...] = ()
    out: str = ""
    of: str = ""
    recorded: int = 0
    updates: int = 0
    record: str = ""

    @property
    def measured_page(self) -> MeasuredPage:
        """With what it was measured at one go."""
        return MeasuredPage(self.page, self.run_type, self.recorded > 0)

    @property
    def called_about(self) -> str:
        """By what it is said how soon to call: its cause by the table.

        Of a recorded run what the site says of the plot: then page, cause and plot.
        """
        name, target = split_cause(self.cause)
        return f"{self.page} {name}:{target}" if self.recorded else name

    @property
    def band(self) -> Band:
        """How large it is, by its strength."""
        if self.strength >= GROSS:
            return "gross"
        return "clear" if self.strength >= CLEAR else "subtle"

    @property
    def is_unseen(self) -> bool:
        """Whether the console, mostly, does not say BAD of it."""
        return self.trials - self.bad >= MOSTLY * self.trials

    @property
    def looks_wrong(self) -> bool:
        """Whether a harmless event changes the page so that it can be seen."""
        return self.kind == "harmless" and self.strength >= TOLD


class ItemSource(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What items of an exam are made of: a cause, and pages on which it is judged.

    Attributes:
        pages: "Layout/Page" names; on each of them the cause is to be seen (a
            fault), or could be mistaken for one (a harmless event).
        cause: "NAME[:SUBSYSTEM]"; of recorded runs "NAME:PATH" with the path of a
            plot; "" for a run in which nothing happens.
        sizes: sizes of the cause, from easy to hard; the table's own when empty.
        run_types: types of run it may stand in.
        evidence: an evidence bundle beside the file instead of a simulated run.
        truth: of an evidence bundle: whether something is wrong in it.
        recorded: numbers of runs that consoles of this site recorded, played instead
            of simulated ones.
        updates: how many each of those has at least.
    """

    pages: tuple[str, ...]
    cause: str = ""
    sizes: tuple[float, ...] = ()
    run_types: tuple[RunType, ...] = ("collisions",)
    evidence: str = ""
    truth: Answer = ""
    recorded: tuple[int, ...] = ()
    updates: int = 0


class PassMark(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What the last sittings of an exam, taken together, must reach.

    Attributes:
        sittings: how many count.
        missed: gross faults for which one must call now that may be missed.
        found: share of all faults that are found, at least; of sittings that were begun
            when less was asked for, that.
        false_calls: share of the good pages that may be called wrong, at most.
        causes: share of the faults found whose cause is named rightly, at least.
    """

    sittings: int = 2
    missed: int = 0
    found: float = 0.70
    false_calls: float = 0.10
    causes: float = 0.80


class ExamSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """``instructions/lessons/exam.yaml``: the bank of items of exam and practice.

    Evidence bundles of earlier versions hold more keys, which are read over.

    Attributes:
        UNWRITTEN: the fields no YAML may hold.
        matter: what items are made of.
        items: how many an exam has.
        minutes: for all of them; how long one takes is not scored.
        valid_days: how long a lesson that was done, or an exam, holds.
        pass_mark: what has to be reached.
        hand_over: what practice begins with; nothing in it may be of its run, which is
            drawn each time.
        measured: the bank of ``measured.tsv`` beside the file; exams are drawn from it
            where it is there.
        measured_before: pages whose rows were measured on another simulation, other
            references or other causes than there are now.
        measured_unread: that file is there and cannot be read: no exam is drawn.
    """

    UNWRITTEN: ClassVar[tuple[str, ...]] = (
        "measured",
        "measured_before",
        "measured_unread",
    )

    matter: tuple[ItemSource, ...]
    items: int = 40
    minutes: float = 60.0
    valid_days: int = 365
    pass_mark: PassMark = PassMark()
    hand_over: HandedOver | None = None
    measured: tuple[MeasuredRow, ...] = ()
    measured_before: tuple[MeasuredPage, ...] = ()
    measured_unread: bool = False


FoundBy = Literal["checks", "eye"]
"""Whether the console's checks find a fault, or only who looks at its plots."""


class PlannedFault(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A fault of an observed shift, and what is right to do about it.

    Attributes:
        NOUN: what problems call it.
        cause: "NAME[:SUBSYSTEM]@LS[*SIZE]", of a recorded run
            "NAME:PATH@UPDATE[*SIZE]"; it stays until the end of the shift.
        found_by: "checks", or "eye": no check of the site finds it.
        call: roles, each of which is right to call about it.
        component: it is flagged BAD from the onset on, and covers a layout of its
            plots; "": no data are bad by it.
        plots: paths of plots on which it is to be seen; of a recorded run the one into
            which it is put, which is not written.
    """

    NOUN: ClassVar[str] = "this fault"

    cause: str
    found_by: FoundBy
    call: tuple[str, ...]
    component: str = ""
    plots: tuple[str, ...] = ()


class PlannedAlarm(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What the console tells of in an observed shift, and nobody has to act on.

    Attributes:
        cause: "NAME[:SUBSYSTEM]@LS[*SIZE]": of a false alarm a harmless event, or a
            fault smaller than what the table says matters; of what was handed on a
            fault that began before the shift. Nothing harmless is put into a recorded
            run: a false alarm is one that the run has by itself, "WORD@UPDATE" with a
            word for it.
        plots: paths of plots on which the console tells of it; of what is put into a
            recorded run that plot, which is not written.
    """

    cause: str
    plots: tuple[str, ...] = ()


class ObservedPlan(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An observed shift, of ``instructions/lessons/observed-shifts.yaml``.

    Attributes:
        NOUN: what problems call it.
        id: its name, unique in the file; the trainee never sees it.
        run: its run; its causes come from the faults and the false alarm.
        faults: one that the checks find, and one that they miss.
        known: path of a plot in which a known issue of the site shows.
        unanswered: a role whose phone nobody answers.
        false_alarm: what looks like a fault, and is none; None where a recorded run has
            none.
        minutes: how long it lasts.
        hand_over: what the shift before hands over; None: the book begins empty.
        handed_on: a fault that is there from the start and an open problem of the
            hand-over, about which nobody calls again.
    """

    NOUN: ClassVar[str] = "this observed shift"

    id: str
    run: LessonRun
    faults: tuple[PlannedFault, ...]
    known: str
    unanswered: str
    false_alarm: PlannedAlarm | None = None
    minutes: float = 90.0
    hand_over: HandedOver | None = None
    handed_on: PlannedAlarm | None = None


class ObservedSettings(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """``instructions/lessons/observed-shifts.yaml``.

    Attributes:
        shifts: a trainee has each of them once at most.
        shadow_shifts: how many shadow shifts stay mandatory beside the certificate.
        shadow_items: what is done and seen in them, one line each.
        valid_days: how long a certificate is valid.
        lapse_days: it lapses after so many days without a shift.
    """

    shifts: tuple[ObservedPlan, ...]
    shadow_shifts: int = 3
    shadow_items: tuple[str, ...] = ()
    valid_days: int = 365
    lapse_days: int = 183


class Teaching(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a site has for those who learn on it.

    Attributes:
        lessons: the healthy ones, in the order of their numbers.
        exam: of ``instructions/lessons/exam.yaml``; None where there is none.
        causes: the table of the simulated detector, for finding and for plans.
        observed: of ``observed-shifts.yaml``; None where there is none.
        observed_mistaken: that file is there, and not all shifts of it can be used.
    """

    lessons: tuple[Lesson, ...] = ()
    exam: ExamSettings | None = None
    causes: tuple[CauseWords, ...] = ()
    observed: ObservedSettings | None = None
    observed_mistaken: bool = False

    @property
    def matter(self) -> tuple[ItemSource, ...]:
        """What items of the exam are made of."""
        return self.exam.matter if self.exam is not None else ()


NOTHING = Teaching()


def teaching(site: Site | None) -> Teaching:
    """The lessons and the exam that a site carries; nothing where it carries none."""
    if site is None or (part := site.parts.get(LESSONS)) is None:
        return NOTHING
    return decoded(part)


@functools.lru_cache(4)
def decoded(part: bytes) -> Teaching:
    """What :func:`encoded` made bytes of."""
    return msgspec.msgpack.decode(part, type=Teaching)


def encoded(found: Teaching) -> bytes:
    """Lessons and exam as bytes, as they travel with a site."""
    return msgspec.msgpack.encode(found)


def split_cause(text: str) -> tuple[str, str]:
    """Name and subsystem of "NAME[:SUBSYSTEM][@LS[-LAST]][*SIZE][#PLACE]"; "" of none.

    Whether there is such a cause ``simulation.table.causes.parse_cause`` says.
    """
    before = text.partition("#")[0].partition("*")[0]
    name, _, target = before.partition("@")[0].partition(":")
    return name, target


def short_name(name: str) -> str:
    """A cause in few words: "hv-trip" as "HV trip"."""
    words = [
        each.upper() if each in {"hv", "fed"} else each for each in name.split("-")
    ]
    found = " ".join(words)
    return f"{found[:1].upper()}{found[1:]}"


def onset(cause: str) -> int:
    """First lumisection of "NAME[:SUBSYSTEM]@LS[-LAST][*SIZE][#PLACE]"; 1 of none."""
    return _lumisections(cause)[0] or 1


def last_of(cause: str) -> int:
    """Last lumisection of "NAME[:SUBSYSTEM]@LS-LAST[*SIZE][#PLACE]"; 0 of none."""
    return _lumisections(cause)[1]


def _lumisections(cause: str) -> tuple[int, int]:
    """First and last lumisection of a cause, as it is written; 0 where none is."""
    written = cause.partition("@")[2].partition("#")[0].partition("*")[0]
    first, _, last = written.partition("-")
    return int(first) if first.isdigit() else 0, int(last) if last.isdigit() else 0


def kind_of(source: ItemSource, kinds: Mapping[str, CauseKind]) -> ItemKind | None:
    """What happens in the items of a source; None of a cause that is not known.

    Args:
        source: what they are made of.
        kinds: name of a cause -> its kind.
    """
    kind = kinds.get(split_cause(source.cause)[0])
    if source.evidence and source.truth == "bad":
        return "fault"
    if source.evidence:
        return "harmless" if kind == "harmless" else "nothing"
    return kind if source.cause else "nothing"
